"""Weekly re-judging of what was closed without a person, and the error rate."""

from __future__ import annotations
