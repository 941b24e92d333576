"""All pairs there are."""

from __future__ import annotations

from benchmarks._senders import clients, daemons, flows, folders, letters

WIRES = (*daemons.PAIRS, *clients.PAIRS, *flows.PAIRS, *folders.PAIRS)
PAIRS = (*WIRES, *letters.PAIRS)
