"""Firms, the companies they serve, memberships and engagements."""

from __future__ import annotations
