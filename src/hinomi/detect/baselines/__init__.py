"""Baselines: what is normal at one company, and what of an event differs from it. Pure.

Each measure is one file: what it reads, when it speaks and in which words. `measure.py` holds the
words they share, `observer.py` asks them all.
"""

from __future__ import annotations

from hinomi.detect.baselines.observer import MEASURES, Baselines

__all__ = ["MEASURES", "Baselines"]
