"""Tests of the vocabulary."""

from __future__ import annotations
