"""One self-describing class per way to reach a person."""

from __future__ import annotations
