"""Stage 3: rules + events in, matches that say why out."""

from __future__ import annotations
