"""引き継ぎ (S10): each change of the first on duty, what was open then, and both signatures.

What is open is known to apps above this one: each adds a function to `SECTIONS` when it is ready.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from django.db import transaction

from hinomi.business.rota import Order
from hinomi.core.errors import UsageError
from hinomi.portal.access import audit
from hinomi.portal.access.time import now
from hinomi.portal.duties.models import Booking, Handover, Slot
from hinomi.portal.duties.rota import lock
from hinomi.portal.ui.moments import moment_ja

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from hinomi.portal.access.scope import Scope

LOOK_BACK = timedelta(days=2)
SIGNED_BEFORE = timedelta(hours=2)  # a hand-over may be written this long before it is due
GRACE = timedelta(minutes=15)
MOST_NOTE = 4000


@dataclass(frozen=True, slots=True)
class Line:
    """One open thing. `number` is a 受付番号 or empty."""

    text: str
    when: str = ""
    number: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """One kind of open things; `empty` is said where there are none."""

    title: str
    empty: str
    lines: list[Line]


# Called with what the reader reaches and the moment.
SECTIONS: list[Callable[[Scope, datetime], Section]] = []


def sections(scope: Scope, moment: datetime) -> list[Section]:
    """Everything the next one on duty must know, as far as the reader reaches it."""
    return [*(each(scope, moment) for each in SECTIONS), _promised(scope, moment)]


@transaction.atomic
def prepare(firm_id: str, moment: datetime) -> None:
    """A row for each change of the first on duty from two days ago until two hours from now. Rows
    that nobody signed follow a rota that was changed meanwhile."""
    lock(firm_id)
    wanted = {at: (before, after) for at, before, after in _changes(firm_id, moment)}
    rows = Handover.objects.of_firm(firm_id).filter(at__gt=moment - LOOK_BACK)
    for row in rows:
        if row.at not in wanted and row.given_at is None and row.taken_at is None:
            row.delete()
    for at, (before, after) in wanted.items():
        row = rows.filter(at=at).first() or Handover(firm_id=firm_id, at=at)
        if row.given_at is None:
            row.from_user, row.from_partner = before.user, before.partner
        if row.taken_at is None:
            row.to_user, row.to_partner = after.user, after.partner
        row.save()


@transaction.atomic
def give(
    row: Handover, *, note: str, user_id: int, firm_ids: list[str], lines: list[list[str]]
) -> bool:
    """The one who goes signs, with a note; False when it was signed before. Raises UsageError for
    anybody else."""
    _require(row.from_user_id, row.from_partner_id, user_id, firm_ids)
    return _sign(row, "given", user_id, note=note.strip()[:MOST_NOTE], given_lines=lines)


@transaction.atomic
def take(row: Handover, *, user_id: int, firm_ids: list[str], lines: list[list[str]]) -> bool:
    """The one who comes signs: they read it and it is theirs now."""
    _require(row.to_user_id, row.to_partner_id, user_id, firm_ids)
    return _sign(row, "taken", user_id, taken_lines=lines)


def unsigned(firm_id: str, moment: datetime) -> list[Handover]:
    """Hand-overs whose time passed a quarter of an hour ago without both signatures."""
    rows = Handover.objects.of_firm(firm_id).filter(
        at__lte=moment - GRACE, at__gt=moment - LOOK_BACK
    )
    late = rows.exclude(given_at__isnull=False, taken_at__isnull=False)
    return list(late.select_related(*_PEOPLE).order_by("at"))


def listed(scope: Scope, moment: datetime) -> list[Handover]:
    """The newest hand-overs that the scope's firms take part in, soonest last."""
    rows = Handover.objects.within(scope).filter(at__gt=moment - LOOK_BACK)
    return list(rows.select_related(*_PEOPLE, "given_by", "taken_by").order_by("-at")[:20])


_PEOPLE = ("from_user", "from_partner", "to_user", "to_partner")


def _changes(firm_id: str, moment: datetime) -> Iterator[tuple[datetime, Slot, Slot]]:
    """Where one slot ends and another person's begins; after a gap there is nobody to give."""
    rows = Slot.objects.of_firm(firm_id).filter(
        order=Order.FIRST.value,
        published_at__isnull=False,
        ends_at__gt=moment - LOOK_BACK,
        starts_at__lte=moment + SIGNED_BEFORE,
    )
    slots = list(rows.select_related("user", "partner").order_by("starts_at"))
    for before, after in pairwise(slots):
        is_same = (before.user_id, before.partner_id) == (after.user_id, after.partner_id)
        if before.ends_at == after.starts_at and not is_same:
            yield after.starts_at, before, after


def _promised(scope: Scope, moment: datetime) -> Section:
    rows = Booking.objects.within(scope).filter(kept_at=None, dropped_at=None)
    coming = rows.filter(promised_at__gt=moment - LOOK_BACK).select_related("organisation", "user")
    lines = [
        Line(
            text=f"{each.organisation.name}：{each.what}（{each.person}）",
            when=f"{moment_ja(each.promised_at)}まで",
        )
        for each in coming.order_by("promised_at", "pk")[:50]
    ]
    return Section("約束した電話", "約束した電話はありません。", lines)


def _require(
    wanted_user: int | None, wanted_firm: str | None, user_id: int, firm_ids: list[str]
) -> None:
    if wanted_user == user_id or (wanted_firm is not None and wanted_firm in firm_ids):
        return
    raise UsageError("Only who goes gives the duty, only who comes takes it.")


def _sign(row: Handover, side: str, user_id: int, **more: object) -> bool:
    rows = Handover.objects.of_firm(row.firm_id).filter(pk=row.pk, **{f"{side}_at": None})
    moment = now()
    if not rows.update(**{f"{side}_at": moment, f"{side}_by": user_id}, **more):
        return False
    audit.record(
        what=f"duties:handover:{side}",
        user_id=user_id,
        organisation_id=None,
        firm_id=row.firm_id,
        handover=row.pk,
    )
    return True
