"""Schema of installations."""

from __future__ import annotations
