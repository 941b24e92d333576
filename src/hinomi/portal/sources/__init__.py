"""What sends for a company: tokens, ports, addresses, consent, nicknames of devices."""

from __future__ import annotations
