"""Reporting, judging, and warning all customers: with a minute to undo, sent by the bell."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.urls import reverse

from hinomi.core import crash
from hinomi.core.errors import HinomiError
from hinomi.portal.access import audit
from hinomi.portal.access.address import address_of
from hinomi.portal.access.scope import CustomersOf, Scope
from hinomi.portal.access.time import configuration, now
from hinomi.portal.forgeries.models import FakeWarning, SuspectReport, Verdict
from hinomi.portal.notices.services import Letter, queue_mails
from hinomi.portal.organisations.models import Organisation
from hinomi.respond.announcement import FORGERY, announce
from hinomi.respond.channels.mail import as_html
from hinomi.respond.slots import slot

if TYPE_CHECKING:
    from hinomi.portal.access.owned import ScopedQuerySet
    from hinomi.portal.accounts.models import User
    from hinomi.respond.announcement import Announcement

UNDO_FOR = timedelta(minutes=1)
BATCH = 100


class AlreadyOrdered(HinomiError):
    """A warning of this firm is on its way; a second one would only frighten."""


class TooLate(HinomiError):
    """The warning began to go out, or was undone already."""


@transaction.atomic
def report(
    *, organisation_id: str, way: str, text: str, did_something: bool, user: User
) -> SuspectReport:
    """Keep what the customer doubts. The same text is kept once while it waits."""
    digest = hashlib.sha256(f"{way}\n{text}".encode("utf-8", "surrogatepass")).hexdigest()
    row, is_new = SuspectReport.objects.of(organisation_id).get_or_create(
        organisation_id=organisation_id,
        text_sha256=digest,
        verdict=Verdict.WAITING,
        defaults={
            "way": way,
            "text": text,
            "did_something": did_something,
            "reported_by": user,
        },
    )
    if is_new:
        _audit("forgery:report", user=user, organisation_id=organisation_id, report=row.pk)
    return row


@transaction.atomic
def call_genuine(*, report: SuspectReport, user: User) -> bool:
    """A person of ours knows the message: it was us. False when somebody judged it before."""
    if not _judge(report, Verdict.GENUINE, user):
        return False
    _audit("forgery:set_aside", user=user, organisation_id=report.organisation_id, report=report.pk)
    return True


@transaction.atomic
def order_warning(*, firm_id: str, report: SuspectReport | None, user: User) -> FakeWarning:
    """Second click: all customers are warned in a minute unless somebody undoes it."""
    warning = FakeWarning(
        firm_id=firm_id,
        report=report,
        ordered_by=user,
        begins_at=now() + UNDO_FOR,
        companies=customers_of(firm_id).count(),
    )
    try:
        with transaction.atomic():
            warning.save(force_insert=True)
    except IntegrityError as error:
        raise AlreadyOrdered("A warning is on its way.") from error
    if report is not None:
        _judge(report, Verdict.FAKE, user)
    _audit(
        "warning:order",
        user=user,
        firm_id=firm_id,
        warning=warning.pk,
        companies=warning.companies,
    )
    return warning


@transaction.atomic
def undo_warning(*, warning: FakeWarning, user: User) -> None:
    """Take it back while nothing was sent; TooLate afterwards. Of us and the bell one wins."""
    waiting = FakeWarning.objects.of_firm(warning.firm_id).filter(
        pk=warning.pk, began_at=None, undone_at=None
    )
    if not waiting.update(undone_at=now()):
        raise TooLate("It began to go out.")
    if warning.report is not None:
        SuspectReport.objects.of(warning.report.organisation_id).filter(
            pk=warning.report.pk, verdict=Verdict.FAKE
        ).update(verdict=Verdict.WAITING, judged_by=None, judged_at=None)
    _audit("warning:undo", user=user, firm_id=warning.firm_id, warning=warning.pk)


def send_due() -> int:
    """The bell's look: begins what is due and carries on what began; returns how many companies
    were written to. A kill between two batches costs nothing and doubles nothing."""
    rows = FakeWarning.objects.across_all(reason="the bell carries out every firm's")
    due = rows.filter(undone_at=None, finished_at=None, begins_at__lte=now()).order_by("pk")
    return sum(_send_batch(each.pk) for each in due)


def customers_of(firm_id: str) -> ScopedQuerySet[Organisation]:
    """All companies that the firm serves now."""
    return Organisation.objects.within(Scope((CustomersOf(firm_id, now()),)))


def warning_text() -> Announcement:
    """The words; the same for every company, so that they can be read before they go out."""
    return announce(FORGERY, slots={"phone": configuration().provider_phone})


@transaction.atomic
def _send_batch(warning_id: int) -> int:
    rows = FakeWarning.objects.across_all(reason="a row that the bell has found")
    begun = rows.filter(pk=warning_id, undone_at=None, finished_at=None)
    if begun.filter(began_at=None).update(began_at=now()):
        row = rows.get(pk=warning_id)
        _audit("warning:send", user=None, firm_id=row.firm_id, warning=row.pk)
    warning = begun.select_for_update().first()
    if warning is None:
        return 0
    following = customers_of(warning.firm_id).filter(pk__gt=warning.reached).order_by("pk")
    companies, said = list(following[:BATCH]), warning_text()
    for company in companies:
        queue_mails(organisation_id=company.pk, letter=_letter(company, said, warning))
    crash.point("bell:fake-warning")
    if companies:
        warning.reached = companies[-1].pk
    if len(companies) < BATCH:
        warning.finished_at = now()
    warning.save(update_fields=["reached", "finished_at"])
    return len(companies)


def _letter(company: Organisation, said: Announcement, warning: FakeWarning) -> Letter:
    """The address of the page stands below the words: what a slot brings never becomes a link."""
    service, page = slot(configuration().service_name), address_of(reverse("genuine"))
    text = f"{said.text}\n" + (f"\n{page}\n" if page else "")
    return Letter(
        incident_number="",
        reason=f"forgery:{warning.pk}",
        subject=f"【{service}】{said.word}：{said.title}｜{slot(company.name, limit=40)}",
        body_text=text,
        body_html=as_html(text),
    )


def _judge(report: SuspectReport, verdict: Verdict, user: User) -> int:
    waiting = SuspectReport.objects.of(report.organisation_id).filter(
        pk=report.pk, verdict=Verdict.WAITING
    )
    return waiting.update(verdict=verdict, judged_by=user, judged_at=now())


def _audit(
    act: str,
    *,
    user: User | None,
    organisation_id: str | None = None,
    firm_id: str | None = None,
    **detail: int,
) -> None:
    audit.record(
        what=f"forgeries:{act}",
        user_id=user.pk if user else None,
        organisation_id=organisation_id,
        firm_id=firm_id,
        **detail,
    )
