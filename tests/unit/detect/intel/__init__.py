"""Feeds in, a compiled set out, and what events meet of it."""

from __future__ import annotations
