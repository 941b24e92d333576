"""FAXes that a gateway brings as mails: drawn, laid beside the incident they seem to answer, and
read by a person. Nothing on them is believed before that (decision 0053)."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.urls import reverse

from hinomi.collect.mail.senders import aligned
from hinomi.core.errors import HinomiError
from hinomi.core.words import ActionLevel, IncidentState
from hinomi.portal.access import audit
from hinomi.portal.access.scope import serves
from hinomi.portal.access.time import configuration, now
from hinomi.portal.contacts.models import Address, Kind
from hinomi.portal.duties.queries import on_duty
from hinomi.portal.escalations.services import read_on_paper
from hinomi.portal.incidents.models import Incident
from hinomi.portal.incidents.opening import add_action
from hinomi.portal.incidents.wording import text_of
from hinomi.portal.notices.chiefs import Word, by_mail, tell
from hinomi.portal.notices.models import Notice
from hinomi.portal.tickets.fax_marks import is_from, numbers_in, phones_in
from hinomi.portal.tickets.mail_reading import Mail, read_mail
from hinomi.portal.tickets.models import FaxMatch, FaxReading, FaxReturn, TicketKind, Way
from hinomi.portal.tickets.photos import keep, photograph
from hinomi.portal.tickets.services import Words, first_words, open_ticket
from hinomi.portal.ui.visible import one_line
from hinomi.portal.ways.models import WayAccount
from hinomi.respond.sheets.returned import NotAFax, pictures_of
from hinomi.respond.text import HELP_CHOICE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hinomi.portal.accounts.models import User
    from hinomi.portal.tickets.models import Ticket

MOST_AN_HOUR = 60  # of one firm; anybody may write the gateway's name
TICKET_SUBJECT = "FAXが届いています"
_NEVER = frozenset({"bounce", "loop"})
_WHY_ALL = "which of a firm's customers a FAX is of is not known before it is read"


class NotToBeRead(HinomiError):
    """It lies at no incident yet, or the incident takes no such answer now."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Whose it seems to be. No incident: the company has none open that it was faxed about."""

    organisation_id: str
    matched: FaxMatch
    incident: Incident | None = None


@dataclass(frozen=True, slots=True)
class _Sheet:
    """The file that came. `set_aside`: why it is no picture."""

    name: str = ""
    raw: bytes = b""
    pictures: tuple[bytes, ...] = ()
    set_aside: str = ""


def take_fax(
    raw: bytes,
    *,
    firm_id: str,
    signers: tuple[str, ...] = (),
    draw: Callable[[bytes], list[bytes]] = pictures_of,
) -> FaxReturn | None:
    """The FAX in this mail; None when the firm's gateway did not send it. The same mail a second
    time changes nothing."""
    mail = read_mail(raw)
    if mail.machine in _NEVER or not is_from(mail.sender, _gateway(firm_id)):
        return None
    is_proved = bool(aligned(signers, sender=mail.sender))
    # A stranger who knows the id of a real mail must not take its place.
    name = mail.mail_id.encode("utf-8", "replace") or raw
    digest = hashlib.sha256(str(is_proved).encode() + name).hexdigest()
    rows = FaxReturn.objects.of_firm(firm_id)
    known = rows.filter(digest=digest).first()
    if known is not None:
        return known
    is_flood = rows.filter(at__gt=now() - timedelta(hours=1)).count() >= MOST_AN_HOUR
    sheet = _Sheet(set_aside="too_many") if is_flood else _sheet(mail, draw)
    with transaction.atomic():
        return _keep(mail, sheet, firm_id, digest, is_proved=is_proved)


@transaction.atomic
def lay_beside(*, fax: FaxReturn, incident: Incident, user: User) -> FaxReturn:
    """A person says which incident it answers. One that was read stays where it is."""
    row = _locked(fax)
    if row.read_at is not None or row.incident_id == incident.pk:
        return row
    row.organisation_id, row.incident = incident.organisation_id, incident
    row.matched = FaxMatch.HAND
    row.save()
    add_action(incident, "返信FAXをこの案件に入れました。読むまで、返事にはなりません")
    _audit(row, "attach", user)
    return row


@transaction.atomic
def read(*, fax: FaxReturn, reading: FaxReading, written_by: str, user: User) -> FaxReturn:
    """A person read the ticks: the answer moves the incident and ends the ladder, as words on the
    telephone do. A second press changes nothing. Raises NotToBeRead or NotAnAnswer."""
    row = _locked(fax)
    if row.read_at is not None:
        return row
    if reading is not FaxReading.NOTHING:
        if row.incident is None:
            raise NotToBeRead("The FAX lies at no incident.", advice="Choose the incident first.")
        read_on_paper(
            incident=row.incident,
            choice=choice_of(row.incident, reading),
            who=written_by,
            said=f"返信FAXの「{reading.label}」",
            user=user,
        )
    row.reading, row.written_by = reading, one_line(written_by)[:80]
    row.read_at, row.read_by = now(), user
    row.save()
    _audit(row, "read", user, reading=reading.value)
    return row


@transaction.atomic
def make_ticket(*, fax: FaxReturn, organisation_id: str, user: User | None) -> Ticket:
    """A ticket with the pictures for the desk. Twice is once."""
    row = _locked(fax)
    if row.ticket is not None:
        return row.ticket
    ticket = open_ticket(
        organisation_id=organisation_id,
        kind=TicketKind.QUESTION,
        subject=TICKET_SUBJECT,
        words=Words(text="FAXが届きました。担当者が読みます。", author_name="FAX", way=Way.MAIL),
        by_user_id=user.pk if user else None,
    )
    message = first_words(ticket)
    for place, picture in enumerate(pictures(row), start=1):
        keep(message, photograph(f"FAX {place}枚目.png", picture))
    row.organisation_id, row.ticket = organisation_id, ticket
    row.matched = row.matched or FaxMatch.HAND
    row.save()
    _audit(row, "ticket", user, ticket=ticket.number)
    return ticket


def choice_of(incident: Incident, reading: FaxReading) -> str:
    """The page's button that a tick stands for; 「できた」 is the incident's own first one."""
    if reading is FaxReading.HELP:
        return HELP_CHOICE
    return text_of(incident).buttons[0].choice


def path_of(fax: FaxReturn, page: int) -> Path:
    """Where the picture of a page lies."""
    return configuration().data / "tickets" / "faxes" / fax.firm_id / f"{fax.digest}-{page}.png"


def pictures(fax: FaxReturn) -> list[bytes]:
    """Its pages."""
    paths = [path_of(fax, page) for page in range(1, fax.pages + 1)]
    return [path.read_bytes() for path in paths if path.is_file()]


def _gateway(firm_id: str) -> str:
    """Who sends FAXes that came in, as the firm's way says; "" for nobody."""
    ways = WayAccount.objects.of_firm(firm_id).filter(kind=Kind.FAX, removed_at=None)
    options = ways.values_list("options", flat=True).first() or {}
    return str(options.get("return_from", ""))


def _sheet(mail: Mail, draw: Callable[[bytes], list[bytes]]) -> _Sheet:
    """The first file that can be drawn; else why the first one cannot."""
    faulty = _Sheet(set_aside=mail.fault or "no_file")
    for place, each in enumerate(mail.files):
        name = one_line(each.name)[:200]
        try:
            return _Sheet(name, each.raw, tuple(draw(each.raw)))
        except NotAFax as error:
            if not place:
                faulty = _Sheet(name, each.raw, (), error.reason)
    return faulty


def _keep(mail: Mail, sheet: _Sheet, firm_id: str, digest: str, *, is_proved: bool) -> FaxReturn:
    place = _place(mail, sheet, firm_id)
    row, is_new = FaxReturn.objects.of_firm(firm_id).get_or_create(
        firm_id=firm_id,
        digest=digest,
        defaults={
            "sender": mail.sender,
            "subject": one_line(mail.subject)[:300],
            "file_name": sheet.name,
            "size_bytes": len(sheet.raw),
            "sha256": hashlib.sha256(sheet.raw).hexdigest() if sheet.raw else "",
            "pages": len(sheet.pictures),
            "set_aside": sheet.set_aside,
            "is_proved": is_proved,
            "organisation_id": place.organisation_id if place else None,
            "incident": place.incident if place else None,
            "matched": place.matched if place else "",
        },
    )
    if not is_new:
        return row
    for page, picture in enumerate(sheet.pictures, start=1):
        _write(path_of(row, page), picture)
    _audit(row, "arrive", None)
    if place and place.incident:
        add_action(place.incident, "返信FAXが届きました。担当者が読むまで、返事にはなりません")
        _tell_duty(row, place.incident)
    elif place and is_proved and sheet.pictures:
        make_ticket(fax=row, organisation_id=place.organisation_id, user=None)
        row.refresh_from_db()
    return row


def _place(mail: Mail, sheet: _Sheet, firm_id: str) -> _Place | None:
    """By our own number where we faxed about it, else by the number it came from where exactly one
    company has it. None: a person must say."""
    beside = (mail.subject, sheet.name, mail.sender_name, mail.sender, *mail.fax_heads)
    companies = _companies(phones_in(beside), firm_id)
    for number in numbers_in(beside):
        incident = Incident.objects.across_all(reason=_WHY_ALL).filter(
            serves(firm_id, "organisation", moment=now()), number=number
        ).first()  # fmt: skip
        if incident is None or not _was_faxed(incident.organisation_id, [number]):
            continue
        if companies and incident.organisation_id not in companies:
            return None  # the paper of one company came from the machine of another
        return _Place(incident.organisation_id, FaxMatch.NUMBER, incident)
    if len(companies) != 1:
        return None
    return _Place(companies[0], FaxMatch.PHONE, _newest_faxed(companies[0]))


def _tell_duty(row: FaxReturn, incident: Incident) -> None:
    """Whoever of ours is on duty reads it; a partner on its slot does not read our FAXes. While one
    lies there unread nobody is told of the next: anybody may write the gateway's name. So what has
    no proof silences no FAX that has one."""
    unread = FaxReturn.objects.of_firm(row.firm_id).filter(incident=incident, read_at=None)
    if row.is_proved:
        unread = unread.filter(is_proved=True)
    if unread.exclude(pk=row.pk).exists():
        return
    duty = on_duty(row.firm_id, now())
    word = Word(
        reason=f"fax:{row.pk}",
        title=f"{incident.number}：返信FAXが届きました",
        lines=("しるしを読んでください。読むまで、お客様への呼び出しは終わりません。",),
        path=reverse("fax", args=[row.pk]),
        level=ActionLevel.NOW.value,
    )
    tell(row.firm_id, word, people=by_mail(row.firm_id, [] if duty.firm_id else [duty.first]))


def _companies(phones: list[str], firm_id: str) -> list[str]:
    """Customers of the firm who proved one of these numbers as their FAX."""
    rows = Address.objects.across_all(reason=_WHY_ALL).filter(
        serves(firm_id, "organisation", moment=now()),
        kind=Kind.FAX,
        key__in=phones,
        ended_at=None,
        proved_at__isnull=False,
        organisation__deleted_at=None,
    )
    return list(rows.values_list("organisation_id", flat=True).distinct())


def _newest_faxed(organisation_id: str) -> Incident | None:
    """The company's newest open incident that it was faxed about."""
    rows = Incident.objects.of(organisation_id).filter(closed_at=None, merged_into=None)
    found = [row for row in rows.order_by("-opened_at", "-pk") if IncidentState(row.state).is_open]
    faxed = _was_faxed(organisation_id, [row.number for row in found])
    return next((row for row in found if row.number in faxed), None)


def _was_faxed(organisation_id: str, numbers: list[str]) -> set[str]:
    """Those of the 受付番号 of which a FAX went out."""
    rows = Notice.objects.of(organisation_id).filter(channel=Kind.FAX, incident_number__in=numbers)
    return set(rows.exclude(attempts=0).values_list("incident_number", flat=True))


def _locked(fax: FaxReturn) -> FaxReturn:
    rows = FaxReturn.objects.of_firm(fax.firm_id).select_for_update(of=("self",))
    return rows.select_related("incident__organisation", "ticket").get(pk=fax.pk)


def _write(path: Path, raw: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    aside = path.with_suffix(".tmp")
    with aside.open("wb") as file:
        file.write(raw)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)


def _audit(row: FaxReturn, act: str, user: User | None, **detail: str) -> None:
    audit.record(
        what=f"tickets:fax:{act}",
        user_id=user.pk if user else None,
        firm_id=row.firm_id,
        organisation_id=row.organisation_id,
        fax=row.pk,
        **({"incident": row.incident.number} if row.incident else {}),
        **detail,
    )
