"""How often a key may ask: counted per key and minute. One web process, so memory is one truth."""

from __future__ import annotations

import math

from django.core.cache import cache

from hinomi.portal.access.time import now
from hinomi.portal.api.problems import TooMany

PER_MINUTE = 120
_MINUTE_S = 60


def count(key_id: str) -> None:
    """TooMany, with the seconds to wait, when the minute's requests are used up."""
    moment = now().timestamp()
    minute, begun_s = divmod(moment, _MINUTE_S)
    name = f"api:{key_id}:{minute:.0f}"
    cache.add(name, 0, timeout=2 * _MINUTE_S)
    if cache.incr(name) > PER_MINUTE:
        raise TooMany(retry_after_s=math.ceil(_MINUTE_S - begun_s) or 1)
