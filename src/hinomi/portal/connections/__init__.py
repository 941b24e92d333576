"""Accounts at makers' APIs: connecting them, and saying which customer is which company."""

from __future__ import annotations
