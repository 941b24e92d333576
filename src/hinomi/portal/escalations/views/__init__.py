"""Screens of the staff, and the two public addresses at which a person answers."""

from __future__ import annotations
