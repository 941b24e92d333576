"""The outbox's side of an exercise (訓練): which notices belong to one, and the key that answers.

An exercise is about no incident, so nothing of it rings an alarm or climbs a ladder.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.portal.notices.models import KeyPress, LastExercise, Notice, NoticeState

if TYPE_CHECKING:
    from hinomi.portal.access.owned import ScopedQuerySet

_REASON = "exercise:"


def reason_of(exercise_id: int) -> str:
    """The reason of a letter of this exercise."""
    return f"{_REASON}{exercise_id}"


def is_exercise(notice: Notice) -> bool:
    """True for a notice of an exercise; never for one about an incident."""
    return not notice.incident_number and notice.dedupe_key.startswith(f":{_REASON}")


def notices_of(*, organisation_id: str, exercise_id: int) -> ScopedQuerySet[Notice]:
    """What went out, or is to, for one exercise."""
    begins = f":{reason_of(exercise_id)}:"
    return Notice.objects.of(organisation_id).filter(dedupe_key__startswith=begins)


def waiting() -> dict[tuple[str, int], set[str]]:
    """Company and exercise → by which ways something still waits to go out. One question, whoever
    trains: the bell asks every second."""
    rows = Notice.objects.across_all(reason="the bell looks after every company's exercise").filter(
        state=NoticeState.QUEUED, incident_number="", dedupe_key__startswith=f":{_REASON}"
    )
    found: dict[tuple[str, int], set[str]] = {}
    for company, key, kind in rows.values_list("organisation_id", "dedupe_key", "channel"):
        found.setdefault((company, exercise_of(key)), set()).add(kind)
    return found


def exercise_of(dedupe_key: str) -> int:
    """Which exercise a notice of one belongs to."""
    return int(dedupe_key.split(":")[2])


def drop_unsent(*, organisation_id: str, exercise_id: int, kinds: frozenset[str]) -> int:
    """What nobody began to send by these ways is never sent; returns how many."""
    rows = notices_of(organisation_id=organisation_id, exercise_id=exercise_id)
    waiting = rows.filter(state=NoticeState.QUEUED, channel__in=kinds)
    return waiting.update(state=NoticeState.DROPPED)


def note_press(notice: Notice) -> None:
    """The person at the telephone pressed the key. Pressed twice is pressed once."""
    KeyPress.objects.of(notice.organisation_id).get_or_create(
        organisation_id=notice.organisation_id, notice=notice
    )


def last_exercise(organisation_id: str) -> LastExercise | None:
    """The newest one, for the company's home page."""
    return LastExercise.objects.of(organisation_id).first()
