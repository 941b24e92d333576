"""Stage 2: one raw record in, one event with native field names out."""

from __future__ import annotations
