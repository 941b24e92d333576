"""Tests of what stands at the customer's place."""

from __future__ import annotations
