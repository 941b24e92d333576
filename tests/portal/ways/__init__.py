"""Tests of the ways out."""

from __future__ import annotations
