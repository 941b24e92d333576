"""Unit tests; no database, socket or clock."""

from __future__ import annotations
