"""Formats that a firm's people teach: drafts, versions, and samples without names."""

from __future__ import annotations
