"""The relay: a small process on a customer's network that keeps what it hears and brings it on."""

from __future__ import annotations
