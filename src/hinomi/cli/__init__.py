"""`hinomi …`: parses arguments, imports the rest lazily."""

from __future__ import annotations
