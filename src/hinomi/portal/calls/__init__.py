"""First call: who rings, what their page shows now, five questions and the next promise."""

from __future__ import annotations
