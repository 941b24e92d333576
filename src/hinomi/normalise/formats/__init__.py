"""One file per format, mostly tables."""

from __future__ import annotations
