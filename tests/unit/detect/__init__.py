"""Tests of stage 3."""

from __future__ import annotations
