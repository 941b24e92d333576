"""Tests of correlations."""

from __future__ import annotations
