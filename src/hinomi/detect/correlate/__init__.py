"""Correlations: several rules' hits in time, by group. Only hits come here, never all events."""

from __future__ import annotations

from hinomi.detect.correlate.correlation import Correlation, Kind, pack_hash
from hinomi.detect.correlate.correlator import Correlator, Counts
from hinomi.detect.correlate.link import needed_for

__all__ = ["Correlation", "Correlator", "Counts", "Kind", "needed_for", "pack_hash"]
