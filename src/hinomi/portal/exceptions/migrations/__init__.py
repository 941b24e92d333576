"""The schema of exceptions."""

from __future__ import annotations
