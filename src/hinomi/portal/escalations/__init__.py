"""Escalation: what is due until a person answers, and the proof that it ran."""

from __future__ import annotations
