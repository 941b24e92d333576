"""Incidents (案件) as people see them, with their history and the bell's bookkeeping."""

from __future__ import annotations
