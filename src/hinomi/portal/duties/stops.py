"""止めてよいもの: prepared by anybody who works with the company, agreed by the company alone."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import time
from typing import TYPE_CHECKING, Any

from django.db import transaction

from hinomi.business.stopping import Alone, StopLine
from hinomi.core.errors import HinomiError
from hinomi.portal.access import audit
from hinomi.portal.access.time import now
from hinomi.portal.duties.models import StopSheet
from hinomi.portal.organisations.calendars import calendar_of
from hinomi.portal.organisations.models import Organisation

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from hinomi.portal.accounts.models import User

MOST_LINES = 30


class ChangedMeanwhile(HinomiError):
    """Somebody else wrote a newer version since the page was opened."""


class NothingToAgree(HinomiError):
    """The sheet is empty."""


@dataclass(frozen=True, slots=True)
class StopNow:
    """One line as it stands at this moment."""

    line: StopLine
    now_alone: Alone


@dataclass(frozen=True, slots=True)
class StopsNow:
    """What the case page and the first call show. No `sheet`: nothing was agreed."""

    sheet: StopSheet | None
    lines: tuple[StopNow, ...]
    has_proposal: bool


def stops_now(organisation_id: str, *, moment: datetime) -> StopsNow:
    """What holds now, and whether a newer proposal waits; one query and the calendar's."""
    last, holds = _last_two(organisation_id)
    if holds is None:
        return StopsNow(None, (), last is not None)
    at = calendar_of(organisation_id).local(moment).time()
    lines = tuple(StopNow(each, each.now_alone(at)) for each in lines_of(holds))
    return StopsNow(holds, lines, last is not None and last.pk != holds.pk)


def newest(organisation_id: str) -> StopSheet | None:
    """The version that was written last, agreed or not."""
    return _last_two(organisation_id)[0]


def holding(organisation_id: str) -> StopSheet | None:
    """The version that was agreed last."""
    return _last_two(organisation_id)[1]


def agreements(organisation_id: str) -> list[StopSheet]:
    """Every agreement, newest first."""
    rows = StopSheet.objects.of(organisation_id).exclude(agreed_at=None)
    return list(rows.order_by("-place")[:20])


def lines_of(sheet: StopSheet) -> list[StopLine]:
    """The lines as values."""
    return [
        StopLine(
            **{
                **each,
                "alone": Alone(each["alone"]),
                "since": _clock(each["since"]),
                "until": _clock(each["until"]),
            }
        )
        for each in sheet.lines
    ]


@transaction.atomic
def prepare(
    *, organisation_id: str, lines: Sequence[StopLine], seen: int, user_id: int | None
) -> StopSheet | None:
    """A new version, which nobody agreed to yet. The same lines once more add none; None: an empty
    sheet where there was none. Raises ChangedMeanwhile."""
    Organisation.objects.of(organisation_id).select_for_update().get()
    last = newest(organisation_id)
    said = _as_json(lines)
    if (last.lines if last else []) == said:
        return last
    if (last.place if last else 0) != seen:
        raise ChangedMeanwhile("The sheet was changed meanwhile.")
    made = StopSheet.objects.create(
        organisation_id=organisation_id, place=seen + 1, lines=said, prepared_by_id=user_id
    )
    _audit("prepare", made, user_id)
    return made


@transaction.atomic
def agree(*, organisation_id: str, seen: int, user: User) -> StopSheet:
    """The company agrees to the version that it saw. Twice is once. Raises ChangedMeanwhile or
    NothingToAgree."""
    Organisation.objects.of(organisation_id).select_for_update().get()
    last = newest(organisation_id)
    if last is None or not last.lines:
        raise NothingToAgree("There is nothing on the sheet.")
    if last.place != seen:
        raise ChangedMeanwhile("The sheet was changed meanwhile.")
    if last.agreed_at is not None:
        return last
    last.agreed_at, last.agreed_by, last.agreed_name = now(), user, user.shown_name[:200]
    last.save(update_fields=["agreed_at", "agreed_by", "agreed_name"])
    _audit("agree", last, user.pk)
    return last


def _last_two(organisation_id: str) -> tuple[StopSheet | None, StopSheet | None]:
    """The newest, and the newest agreed one."""
    rows = StopSheet.objects.of(organisation_id).select_related("prepared_by").order_by("-place")
    last = rows.first()
    if last is None or last.agreed_at is not None:
        return last, last
    return last, rows.exclude(agreed_at=None).first()


def _as_json(lines: Iterable[StopLine]) -> list[dict[str, Any]]:
    return [
        {
            **asdict(each),
            "alone": each.alone.value,
            "since": each.since.isoformat("minutes") if each.since else None,
            "until": each.until.isoformat("minutes") if each.until else None,
        }
        for each in lines
    ]


def _clock(text: str | None) -> time | None:
    return time.fromisoformat(text) if text else None


def _audit(act: str, sheet: StopSheet, user_id: int | None) -> None:
    audit.record(
        what=f"duties:stop:{act}",
        user_id=user_id,
        organisation_id=sheet.organisation_id,
        version=sheet.place,
    )
