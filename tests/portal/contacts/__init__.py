"""Tests of whom a company wants woken."""

from __future__ import annotations
