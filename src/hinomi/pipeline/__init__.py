"""Joins the stages to the stores. The only room where stages meet."""

from __future__ import annotations
