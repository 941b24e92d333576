"""Public ids of portal rows: a word that says what it is, then a ULID in lower case."""

from __future__ import annotations

from hinomi.core.ids import ulid
from hinomi.portal.access.time import now


def draw(prefix: str) -> str:
    """e.g. `org_01jd…`; 26 characters after the prefix, sortable by time."""
    return f"{prefix}_{ulid(time_ms=int(now().timestamp() * 1000)).lower()}"
