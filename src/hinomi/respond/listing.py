"""Every customer text there is, rendered with short, long and hostile slot values, for the checks.

What this lists is what a customer can get: all cases by verdict, certainty, number and lateness.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import TYPE_CHECKING

from hinomi.core.words import ActionLevel, Certainty, Disposition
from hinomi.respond.announcement import NAMES, announce
from hinomi.respond.library import DIMENSIONS, SLOT_NAMES, case_text, cases, choose
from hinomi.respond.plain import plain
from hinomi.respond.speech import speech
from hinomi.respond.text import TextFacts, build, build_release

if TYPE_CHECKING:
    from collections.abc import Iterator

_NOW = datetime(2026, 11, 20, 1, 20, tzinfo=UTC)
_SERVICE = "まちの見守り"
_HOSTILE = (
    "<script>alert(1)</script>",
    '=cmd|"/c calc"!A1 {x} {device} %s %(x)s ${x} >> <<',
    "\x1b[31m赤\x1b]0;題\x07\u202e写真.exe\u2066\nSubject: 偽\r\nhttps://evil.example/ @",
)


@dataclass(frozen=True, slots=True)
class ListedText:
    """One rendered text; slot values stand between << and >>."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class _SlotSet:
    """One way to fill the slots."""

    name: str
    device: str
    value: str
    phone: str


SLOT_SETS = (
    _SlotSet("short", "経理2番", "田中", "03-0000-0000"),
    _SlotSet("bare", "", "", ""),
    _SlotSet(
        "long", "第二工場の三階にある加工機用の古いパソコン" * 4, "長い名前" * 30, "03-0000-0000"
    ),
    *(_SlotSet(f"hostile{n}", value, value, value) for n, value in enumerate(_HOSTILE, start=1)),
)


def texts_list() -> list[ListedText]:
    """All texts, notices, SMS, calls and 合図, without repeats."""
    seen: set[str] = set()
    listed = []
    for each in _all():
        if each.text and each.text not in seen:
            seen.add(each.text)
            listed.append(each)
    return listed


def _all() -> Iterator[ListedText]:
    for case, slots in product(cases(), SLOT_SETS):
        for name, facts in _variants(case, slots):
            text = build(
                case, facts=facts, service_name=_SERVICE, phone=slots.phone, mark_slots=True
            )
            yield ListedText(f"{case}.{name}.{slots.name}", plain(text))
            yield ListedText(f"{case}.{name}.{slots.name}.sms", text.sms)
            if facts.level is ActionLevel.NOW:  # nobody is called about anything else
                said = speech(text, service_name=_SERVICE, mark_slots=True)
                yield ListedText(f"{case}.{name}.{slots.name}.call", said)
        yield _release(case, slots)
    for name, about, slots in product(NAMES, ("sender", "program", "quiet"), SLOT_SETS):
        yield _announcement(name, about, slots)


def _variants(case: str, slots: _SlotSet) -> Iterator[tuple[str, TextFacts]]:
    for disposition, certainty in product(Disposition, Certainty):
        facts = _facts(case, slots, disposition, certainty)
        name = f"{disposition}.{certainty}"
        yield f"{name}.one", facts
        many = replace(facts, count=2314, first_event_at=facts.first_event_at - timedelta(hours=9))
        yield f"{name}.many", many
        level = min((facts.level, ActionLevel.TODAY), key=lambda level: level.urgency)
        late = facts.last_event_at - timedelta(days=2)
        yield f"{name}.late", replace(facts, late=True, level=level, last_event_at=late)
        yield f"{name}.computer", replace(facts, guard_kind="windows")
        yield f"{name}.reported", replace(facts, origin="reported")
        yield from _raised(name, facts)
        if case == "sensor_silent":
            for sensor in sorted(DIMENSIONS["sensor"]):
                yield f"{name}.{sensor}", replace(facts, sensor=sensor)


def _raised(name: str, facts: TextFacts) -> Iterator[tuple[str, TextFacts]]:
    """A rule or a person may set another level than the case's own."""
    for level in ActionLevel:
        if level is not facts.level:
            yield f"{name}.{level}", replace(facts, level=level)


def _facts(case: str, slots: _SlotSet, disposition: Disposition, certainty: Certainty) -> TextFacts:
    level = choose(case_text(case).blocks["level"], {"disposition": disposition.value})
    return TextFacts(
        level=ActionLevel(str(level)),
        certainty=certainty,
        disposition=disposition,
        first_event_at=_NOW,
        last_event_at=_NOW,
        now=_NOW,
        number="K-2041",
        device=slots.device,
        guard_kind="fortigate",
        slots=dict.fromkeys(SLOT_NAMES, slots.value),
    )


def _release(case: str, slots: _SlotSet) -> ListedText:
    facts = _facts(case, slots, Disposition.UNKNOWN, Certainty.CONFIRMED)
    text = build_release(
        case, facts=facts, service_name=_SERVICE, phone=slots.phone, mark_slots=True
    )
    return ListedText(f"{case}.release.{slots.name}", plain(text))


def _announcement(name: str, about: str, slots: _SlotSet) -> ListedText:
    values = {
        "number": "K-2041",
        "day": "11月20日（金）",
        "first": "12月29日（火）",
        "last": "1月3日（日）",
        "holiday": "2026年の年末年始",
        "count": "3",
        "asks": "1",
        "phone": slots.phone,
    }
    text = announce(name, about=about, slots=values, mark_slots=True).text
    return ListedText(f"{name}.{about}.{slots.name}", text)
