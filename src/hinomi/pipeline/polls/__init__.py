"""Joins the pollers to the log, the directory and the pollroom."""

from __future__ import annotations
