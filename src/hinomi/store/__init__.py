"""Adapters for what must outlive a process: log, pipeline, directory, lake."""

from __future__ import annotations
