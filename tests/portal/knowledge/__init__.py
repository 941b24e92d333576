"""Tests of plain answers."""

from __future__ import annotations
