"""Real senders and how their records are compared: for `hinomi bench senders` and for tests."""

from __future__ import annotations
