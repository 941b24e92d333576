"""Tests of 困った and 相談."""

from __future__ import annotations
