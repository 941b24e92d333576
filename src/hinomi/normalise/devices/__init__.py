"""What a device on a network is, judged from what it says of itself. Pure, on versioned data."""

from __future__ import annotations

from hinomi.normalise.devices.judging import KINDS_JA, Judgement, judge, maker_of

__all__ = ["KINDS_JA", "Judgement", "judge", "maker_of"]
