"""だれが見たか: when people of a firm looked into a company's things, and why.

What is in the audit trail is read from there. Apps above that know of other looks (a hunt over many
companies leaves one entry, not one per company) put a function into `SOURCES` when they start.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from hinomi.portal.access.models import AuditEntry
from hinomi.portal.organisations.models import Membership
from hinomi.portal.ui.visible import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

# Acts by which somebody of a firm reads what belongs to the company, in the company's words.
ACTS = {
    "incidents:incident:view_as_customer": "お客様と同じ画面で、案件を見ました",
    "incidents:browsing:open": "案件の前後30分の、利用者の記録を開きました",
    "organisations:watchword:show": "御社の合言葉を画面に出しました",
    "calls:card:open": "電話のときに、御社の画面を開きました",
}
SHOWN = 200


@dataclass(frozen=True, slots=True)
class Look:
    """One look. `why` is "" where none is asked for."""

    at: datetime
    person: str
    firm: str
    what: str
    thing: str
    why: str


Source: TypeAlias = "Callable[[str], Iterable[Look]]"
SOURCES: list[Source] = []


def looks(organisation_id: str) -> list[Look]:
    """The newest looks at one company, newest first."""
    found = [*_from_trail(organisation_id)]
    for source in SOURCES:
        found += source(organisation_id)
    return sorted(found, key=lambda look: look.at, reverse=True)[:SHOWN]


def firms_of(user_ids: Iterable[int]) -> dict[int, str]:
    """Person → the name of the firm they belong to today."""
    rows = Membership.objects.across_all(reason="which firm a person who looked is of")
    members = rows.filter(user_id__in=set(user_ids), firm__isnull=False).select_related("firm")
    return {row.user_id: row.firm.name for row in members if row.firm is not None}


def _from_trail(organisation_id: str) -> Iterable[Look]:
    rows = list(
        AuditEntry.objects.filter(organisation_id=organisation_id, what__in=ACTS)
        .select_related("user")
        .order_by("-sequence")[:SHOWN]
    )
    firms = firms_of(row.user_id for row in rows if row.user_id is not None)
    for row in rows:
        yield Look(
            at=row.at,
            person=visible(row.user.shown_name) if row.user else "",
            firm=firms.get(row.user_id or 0, ""),
            what=ACTS[row.what],
            thing=visible(str(row.detail.get("incident", ""))),
            why=visible(str(row.detail.get("reason", ""))),
        )
