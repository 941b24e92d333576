"""Tests of taking in lists of customers."""

from __future__ import annotations
