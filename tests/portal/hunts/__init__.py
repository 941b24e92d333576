"""Tests of さかのぼり調査."""

from __future__ import annotations
