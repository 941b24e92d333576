"""Mailboxes ready to show: how fetching goes, what came today, what was learned."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils.timezone import localtime

from hinomi.core.mail import MailState
from hinomi.portal.access.time import now
from hinomi.portal.mailboxes.mailroom import reading
from hinomi.portal.mailboxes.models import Mailbox, MailRoute, MailSender
from hinomi.portal.mailboxes.waiting import served_by, waiting_count
from hinomi.portal.organisations.models import Organisation

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet

    from hinomi.portal.access.scope import Scope
    from hinomi.store.mailroom import KeptMail, Look

_TODAY_MOST = 3_000  # of a mailbox; more a day are not counted further
_LATE = timedelta(minutes=15)
FAILED_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Card:
    """One mailbox with how it is doing. `state` is well, waiting, trouble, paused or removed."""

    mailbox: Mailbox
    state: str
    word: str
    icon: str
    sentence: str
    today: int
    delivered: int
    unreadable: int
    put_away: int
    waiting: int
    refused: int


_SHOWN = {
    "well": ("つながっています", "circle-check"),
    "start": ("まだ届いていません", "hourglass"),
    "late": ("しばらく確かめられていません", "clock-alert"),
    "trouble": ("つながりません", "octagon-x"),
    "paused": ("止めています", "circle-pause"),
    "removed": ("外しました", "circle-slash"),
}


def mailboxes(scope: Scope) -> QuerySet[Mailbox]:
    """Those connected, by name."""
    return Mailbox.objects.within(scope).filter(removed_at=None).order_by("name", "pk")


def cards(rows: Iterable[Mailbox]) -> list[Card]:
    """The mailboxes with their state."""
    return [card(row) for row in rows]


def card(mailbox: Mailbox) -> Card:
    """One mailbox: its last look and the mails since midnight."""
    midnight = localtime(now()).replace(hour=0, minute=0, second=0, microsecond=0)
    with reading() as room:
        box = [mailbox.id]
        refused = room.refused(mailboxes=box, since=midnight) if room else 0
        looks = room.looks(mailboxes=box) if room else []
        found = room.mails(mailboxes=box, states=list(MailState), limit=_TODAY_MOST) if room else []
    today = [mail for mail in found if mail.arrived_at >= midnight]
    state, sentence = _state(mailbox, looks[0] if looks else None, found[0] if found else None)
    word, icon = _SHOWN[state]
    return Card(
        mailbox=mailbox,
        state=state,
        word=word,
        icon=icon,
        sentence=sentence,
        today=len(today),
        delivered=_count(today, MailState.DELIVERED),
        unreadable=_count(found, MailState.UNREADABLE),
        put_away=_count(today, MailState.PUT_AWAY),
        waiting=waiting_count(mailbox),
        refused=refused,
    )


def failed(mailbox: Mailbox) -> list[KeptMail]:
    """Mails that could not be read, newest first."""
    with reading() as room:
        if room is None:
            return []
        states = [MailState.UNREADABLE]
        return room.mails(mailboxes=[mailbox.id], states=states, limit=FAILED_SHOWN)


def routes(mailbox: Mailbox, *, search: str) -> QuerySet[MailRoute]:
    """What leads where. A company that the firm no longer serves is not named: see `names`."""
    rows = MailRoute.objects.within_mailbox(mailbox).select_related("by")
    if search:
        mine = Organisation.objects.within(served_by(mailbox)).filter(name__icontains=search)
        rows = rows.filter(Q(value__icontains=search) | Q(organisation__in=mine.values("pk")))
    return rows.order_by("kind", "value", "pk")


def names(mailbox: Mailbox, rows: Iterable[MailRoute]) -> dict[str, str]:
    """Company → its name, for those the firm serves now."""
    wanted = {row.organisation_id for row in rows if row.organisation_id}
    found = Organisation.objects.within(served_by(mailbox)).filter(pk__in=wanted)
    return dict(found.values_list("pk", "name"))


def senders(mailbox: Mailbox) -> QuerySet[MailSender]:
    """By address."""
    rows = MailSender.objects.within_mailbox(mailbox).select_related("by")
    return rows.order_by("address", "dkim_domain")


def _count(mails: Iterable[KeptMail], state: MailState) -> int:
    return sum(mail.state is state for mail in mails)


def _state(mailbox: Mailbox, look: Look | None, newest: KeptMail | None) -> tuple[str, str]:
    if mailbox.removed_at is not None:
        return "removed", ""
    if mailbox.paused_at is not None:
        return "paused", "再開するまで、メールを受け取りません。"
    if look is not None and look.trouble:
        return "trouble", look.trouble
    if look is not None and _is_late(look.at):
        return "late", "見守りの仕組みが動いているか、確かめてください。"
    if newest is None:
        return "start", "" if look is None else "サーバーにはつながりました。"
    return "well", ""


def _is_late(at: datetime) -> bool:
    return now() - at > _LATE
