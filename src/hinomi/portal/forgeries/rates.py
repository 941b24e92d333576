"""How often a stranger may ask about numbers: they are counted on, so guessing must not pay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.cache import cache

from hinomi.portal.access.time import now

if TYPE_CHECKING:
    from django.http import HttpRequest

PER_ADDRESS = 10
PER_EVERYBODY = 300
WINDOW_S = 600


def may_ask(request: HttpRequest) -> bool:
    """Counts the question; False when the address, or everybody together, asked too often."""
    window = int(now().timestamp()) // WINDOW_S
    address = request.META.get("REMOTE_ADDR", "")
    asked = _count(f"genuine:{window}:{address}") <= PER_ADDRESS
    return asked and _count(f"genuine:{window}") <= PER_EVERYBODY


def _count(name: str) -> int:
    cache.add(name, 0, timeout=WINDOW_S)
    return cache.incr(name)
