"""Exceptions from rules as the portal keeps them."""

from __future__ import annotations
