"""Stage 5: the words and the ways to reach a person."""

from __future__ import annotations
