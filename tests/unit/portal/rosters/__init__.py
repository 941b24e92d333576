"""Tests of lists of customers, without a database."""

from __future__ import annotations
