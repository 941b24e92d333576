"""DATA/intel.sqlite: indicators by source, what is held, who allowed what, which file is in use.

Written by `hinomi intel` and the portal, one at a time (ADR 0017); the data path never opens it.
"""

from __future__ import annotations

from hinomi.store.intel.rows import Allowance, Entry, ImportDone, Source, State
from hinomi.store.intel.store import FILE, IntelStore, Limits, open_intel

__all__ = [
    "FILE",
    "Allowance",
    "Entry",
    "ImportDone",
    "IntelStore",
    "Limits",
    "Source",
    "State",
    "open_intel",
]
