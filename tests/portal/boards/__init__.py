"""Tests of いま."""

from __future__ import annotations
