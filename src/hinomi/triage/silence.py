"""When silence is an incident: one source's judgement, and whether the fault is rather our own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.core.incidents import Judgement
from hinomi.core.words import Certainty, Disposition
from hinomi.triage.cases import case_of

if TYPE_CHECKING:
    from datetime import datetime

KIND = "sensor_silent"
_FEW = 4  # of fewer sources nothing can be said about a common cause


def silence_key(source: str) -> str:
    """The group key: one open incident per silent source."""
    return f"{KIND}:source={source}"


def silence(*, source: str, name: str, last_alive: datetime) -> Judgement:
    """The judgement of a source that was heard last at `last_alive`."""
    return Judgement(
        kind=KIND,
        group_key=silence_key(source),
        level=case_of(KIND).level,
        certainty=Certainty.CONFIRMED,
        disposition=Disposition.UNKNOWN,
        device="",
        first_event_at=last_alive,
        last_event_at=last_alive,
        count=0,
        late=False,
        slots={"sensor": name},
        reasons=(f"case:{KIND}",),
    )


def is_our_side(*, silent: int, watched: int) -> bool:
    """Most sources of all companies silent at once: look at ourselves before writing to them."""
    return watched >= _FEW and silent * 2 > watched
