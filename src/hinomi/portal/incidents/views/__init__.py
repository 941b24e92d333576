"""Screens about incidents: what the customer sees, and the console."""

from __future__ import annotations
