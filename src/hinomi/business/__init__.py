"""Pure rules of the trade: working days, whose silence means what, how much was covered."""

from __future__ import annotations
