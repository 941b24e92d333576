"""Reads for the pages of rules: what they can see, and packs, trials and held rules."""

from __future__ import annotations
