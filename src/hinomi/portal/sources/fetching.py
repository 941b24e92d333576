"""Why a source has no records, where an app above this one fetches them and knows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from hinomi.portal.sources.models import Source


@dataclass(frozen=True, slots=True)
class FetchTrouble:
    """`sentence` is for the firm's staff, who can do something about it; `connection` is its id."""

    sentence: str
    connection: str
    name: str


# Each named by an app when it is ready.
FETCHED: list[Callable[[Source], FetchTrouble | None]] = []


def fetch_trouble(source: Source) -> FetchTrouble | None:
    """The first trouble anybody knows of; of what may not be fetched there is none."""
    if source.revoked_at is not None or source.awaits_consent:
        return None
    return next((found for told in FETCHED if (found := told(source))), None)
