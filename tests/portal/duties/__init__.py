"""Tests of rotas, hand-overs, promises, night terms and long holidays."""

from __future__ import annotations
