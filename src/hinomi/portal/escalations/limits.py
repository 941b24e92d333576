"""How often one address may try tokens that are not ours: guessing must be slow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.cache import cache

if TYPE_CHECKING:
    from django.http import HttpRequest

WRONG_MOST, WITHIN_S = 20, 60


def is_guessing(request: HttpRequest) -> bool:
    """True when this address tried too many wrong tokens within the minute."""
    return int(cache.get(_key(request), 0)) >= WRONG_MOST


def note_wrong(request: HttpRequest) -> None:
    """One more."""
    key = _key(request)
    if not cache.add(key, 1, WITHIN_S):
        cache.incr(key)


def _key(request: HttpRequest) -> str:
    return f"wrong-token:{request.META.get('REMOTE_ADDR', '')}"
