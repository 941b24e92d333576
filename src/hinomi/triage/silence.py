"""When silence is an incident: one source's judgement, and whether the fault is rather our own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hinomi.core.incidents import Judgement
from hinomi.core.words import ActionLevel, Certainty, Disposition
from hinomi.triage.cases import case_of

if TYPE_CHECKING:
    from datetime import datetime

KIND = "sensor_silent"
_FEW, _SEVERAL = 3, 2  # of fewer sources or companies nothing can be said about a common cause
_SHARE = 0.05


def silence_key(source: str) -> str:
    """The group key: one open incident per silent source."""
    return f"{KIND}:source={source}"


@dataclass(frozen=True, slots=True)
class Silent:
    """A source that fell silent. `sensor` is what the text calls it (box, pc_sensor, relay,
    mail, cloud, removed); `opens` when the company opens next, "" while it is open."""

    source: str
    name: str
    last_alive: datetime
    sensor: str = "box"
    opens: str = ""


def silence(silent: Silent) -> Judgement:
    """The judgement of a source that says nothing. A PC that nobody switches on is no alarm."""
    is_pc = silent.sensor == "pc_sensor"
    slots = {"sensor": silent.name, "sensor_kind": silent.sensor, "opens": silent.opens}
    return Judgement(
        kind=KIND,
        group_key=silence_key(silent.source),
        level=ActionLevel.CHECK if is_pc else case_of(KIND).level,
        certainty=Certainty.CONFIRMED,
        disposition=Disposition.UNKNOWN,
        device="",
        first_event_at=silent.last_alive,
        last_event_at=silent.last_alive,
        count=0,
        late=False,
        slots={name: value for name, value in slots.items() if value},
        reasons=(f"case:{KIND}", f"sensor:{silent.sensor}"),
    )


def is_mass(*, silent: int, companies: int, judged: int) -> bool:
    """Many sources of several companies silent at once: ask whether it is us before writing to
    them. One company whose line is down is no such thing, nor are two boxes of a small tower."""
    return silent >= _FEW and companies >= _SEVERAL and silent > judged * _SHARE


def proves_us_well(*, alive: int, judged: int, ways_proved: bool) -> bool:
    """Whether what others send shows that the fault is not ours: most speak, and some of them by
    each way by which the silent ones came."""
    return ways_proved and alive * 2 > judged
