"""Tests of consent to watch."""

from __future__ import annotations
