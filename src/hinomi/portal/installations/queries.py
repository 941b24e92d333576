"""What the screens about equipment show. Reads inside a scope."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils.timezone import localdate

from hinomi.business.equipment import SOON_DAYS, Ends, Function, ends, is_old
from hinomi.business.watching import SourceClass
from hinomi.portal.access.time import now
from hinomi.portal.contacts.watchwords import set_at
from hinomi.portal.installations.models import (
    CallRequest,
    Care,
    Completion,
    Licence,
    SetupStep,
    Survey,
    Task,
)
from hinomi.portal.sources import queries as sources
from hinomi.portal.sources.classes import class_of
from hinomi.portal.sources.models import Source

if TYPE_CHECKING:
    from datetime import date

    from hinomi.portal.access.owned import ScopedQuerySet
    from hinomi.portal.access.scope import Scope
    from hinomi.portal.organisations.models import Organisation

_WORDS = {
    Ends.OVER: "切れています。見守りが弱くなっています。",
    Ends.NEAR: "あと30日以内に切れます。",
    Ends.SOON: "あと60日以内に切れます。",
}
LEASE = "リース"
OLD_SYSTEM = "古いしくみです。弱いところを直す更新が、もう出ません。"


@dataclass(frozen=True, slots=True)
class Box:
    """One source on P7: what it is called, where, how it is doing, and what weakens it."""

    card: sources.Card
    place: str
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class End:
    """One end that comes near, for our people."""

    company: str
    organisation: str
    source: Source
    what: str
    day: date
    words: str
    is_over: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One task of はじめの設定."""

    task: Task
    is_done: bool
    value: str
    is_asked: bool


def boxes(company: Organisation) -> list[Box]:
    """The company's live sources."""
    today = localdate(now())
    rows = Source.objects.of(company.id).filter(revoked_at=None).select_related("organisation")
    cares = {row.source_id: row for row in Care.objects.of(company.id)}
    licences: dict[str, list[Licence]] = {}
    for licence in Licence.objects.of(company.id).order_by("function"):
        licences.setdefault(licence.source_id, []).append(licence)
    return [
        Box(
            card,
            cares[card.source.id].place if card.source.id in cares else "",
            _flags(cares.get(card.source.id), licences.get(card.source.id, []), today=today),
        )
        for card in sources.cards(rows.order_by("name", "pk"))
    ]


def care_of(source: Source) -> Care:
    """What is known of the source's box; empty when nobody said anything."""
    found = Care.objects.of(source.organisation_id).filter(source=source).first()
    return found or Care(source=source, organisation_id=source.organisation_id)


def licences_of(source: Source) -> dict[str, date]:
    """Function → last day."""
    rows = Licence.objects.of(source.organisation_id).filter(source=source)
    return dict(rows.values_list("function", "ends_on"))


def coming_ends(scope: Scope) -> list[End]:
    """Licences and leases of live sources that end within 60 days, or did; next first."""
    today = localdate(now())
    until = today + timedelta(days=SOON_DAYS)
    live, company = {"source__revoked_at": None}, "source__organisation"
    licences = Licence.objects.within(scope).filter(ends_on__lte=until, **live)
    leases = Care.objects.within(scope).filter(lease_end__lte=until, **live)
    found = [
        *(
            _end(row.source, Function(row.function).ja, row.ends_on, today)
            for row in licences.select_related(company)
        ),
        *(
            _end(row.source, LEASE, row.lease_end, today)
            for row in leases.select_related(company)
            if row.lease_end
        ),
    ]
    return sorted(found, key=lambda each: (each.day, each.company, each.source.name))


def expired_licences() -> list[Licence]:
    """Of every company, for the bell."""
    rows = Licence.objects.across_all(reason="the bell tells every company what ended")
    return list(
        rows.filter(
            ends_on__lt=localdate(now()),
            source__revoked_at=None,
            organisation__deleted_at=None,
        )
        .select_related("source")
        .order_by("ends_on", "pk")
    )


def steps(company: Organisation) -> list[Step]:
    """The five tasks and what is left of them."""
    said = {row.task: row for row in SetupStep.objects.of(company.id)}
    asked = CallRequest.objects.of(company.id).filter(called_at=None)
    waiting = set(asked.values_list("task", flat=True))
    return [
        Step(
            task,
            is_done=task.value in said or _is_seen(task, company),
            value=said[task.value].value if task.value in said else "",
            is_asked=task.value in waiting,
        )
        for task in Task
    ]


def open_calls(scope: Scope) -> ScopedQuerySet[CallRequest]:
    """Who waits for a call, longest first."""
    rows = CallRequest.objects.within(scope).filter(called_at=None)
    return rows.select_related("organisation", "made_by").order_by("made_at", "pk")


def newest_survey(organisation_id: str) -> Survey | None:
    """The survey that counts."""
    return Survey.objects.of(organisation_id).select_related("by").order_by("-pk").first()


def newest_completion(organisation_id: str) -> Completion | None:
    """The 設置完了確認書 that was signed last."""
    return Completion.objects.of(organisation_id).order_by("-pk").first()


def _is_seen(task: Task, company: Organisation) -> bool:
    """What we see ourselves needs nobody's word."""
    if task is Task.CONTACT:
        return bool(company.contact_phone)
    if task is Task.PASSPHRASE:
        return set_at(company.id) is not None
    if task is Task.COMPUTERS:
        rows = Source.objects.of(company.id).filter(revoked_at=None)
        return any(
            class_of(kind=row.kind, said=row.source_class, expect_every_s=row.expect_every_s)
            is SourceClass.PC
            for row in rows
        )
    return False


def _flags(care: Care | None, licences: list[Licence], *, today: date) -> tuple[str, ...]:
    old = [OLD_SYSTEM] if care and is_old(care.system, today=today) else []
    told = [
        f"「{Function(row.function).ja}」の契約は、{words}"
        for row in licences
        if (words := _WORDS.get(ends(row.ends_on, today=today)))
    ]
    return (*old, *told)


def _end(source: Source, what: str, day: date, today: date) -> End:
    state = ends(day, today=today)
    return End(
        company=source.organisation.name,
        organisation=source.organisation_id,
        source=source,
        what=what,
        day=day,
        words="終わっています。" if what == LEASE and state is Ends.OVER else _WORDS.get(state, ""),
        is_over=state is Ends.OVER,
    )
