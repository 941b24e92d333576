"""The vocabulary: frozen dataclasses, enums, protocols and errors. Standard library only."""

from __future__ import annotations
