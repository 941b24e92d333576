"""Adds steps to a company's consent: one transaction each, with audit entry and publication."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.timezone import localdate

from hinomi.business.consent import Act, Purpose
from hinomi.core.errors import UsageError
from hinomi.normalise.collected import collected_of
from hinomi.portal.access import audit
from hinomi.portal.access.time import now
from hinomi.portal.consents.kinds import VERSION, all_kinds, kind_of
from hinomi.portal.consents.models import ConsentStep, Entrusted, Way
from hinomi.portal.consents.queries import entrusted_for, standing_of
from hinomi.portal.organisations.models import Organisation
from hinomi.portal.organisations.services import mark_directory_changed
from hinomi.portal.ui.visible import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import date

# What stops and starts with a consent is known to an app above this one, which says so when it is
# ready; called with the company inside the transaction.
FOLLOWERS: list[Callable[[str], object]] = []
# Likewise what tells the data path at once; else the bell does within a second.
PUBLISHERS: list[Callable[[], object]] = []
# Said in the company's name, by a machine or by us: it never adds to what the company itself said.
_IN_ITS_NAME = (Way.COMMAND, Way.LIST, Way.STAFF)
_SHORTEST_DAYS = 1


@dataclass(frozen=True, slots=True)
class Said:
    """What a person signed: on which day, for which kinds, what for, and how long it is kept."""

    signer: str
    signed_on: date
    kinds: frozenset[str]
    purposes: frozenset[Purpose] = frozenset({Purpose.WATCH})
    days: Mapping[str, int] = field(default_factory=dict)


@transaction.atomic
def sign(*, organisation_id: str, said: Said, way: Way, user_id: int | None) -> ConsentStep:
    """A consent that replaces what held before. Raises UsageError."""
    company = _locked(organisation_id)
    if not one_line(said.signer):
        raise UsageError("A consent needs the name of who signed it.")
    if not said.kinds or not said.kinds <= set(all_kinds()):
        raise UsageError("A consent names kinds of sources that can be watched.")
    if Purpose.WATCH not in said.purposes:
        raise UsageError("A consent to watch is for watching; other purposes may join it.")
    if said.signed_on > localdate(now()):
        raise UsageError("A consent cannot be signed in the future.")
    days = {kind: count for kind, count in said.days.items() if kind in said.kinds}
    if any(not _SHORTEST_DAYS <= count <= company.retention_days for count in days.values()):
        raise UsageError(f"Records are kept from 1 to {company.retention_days} days by the plan.")
    return _add(company.id, Act.SIGNED, said, way=way, days=days, user_id=user_id)


@transaction.atomic
def add_kind(
    *, organisation_id: str, kind: str, signer: str, way: Way, user_id: int | None
) -> bool:
    """Agree to one more kind, for watching only; False when that may not be said in the company's
    name: it signed for other kinds, or withdrew."""
    _locked(organisation_id)
    name, present = kind_of(kind), standing_of(organisation_id)
    if present.allows(name):
        return True
    if present.is_spoken and way in _IN_ITS_NAME:
        return False
    said = Said(signer=signer, signed_on=localdate(now()), kinds=frozenset({name}))
    _add(organisation_id, Act.ADDED, said, way=way, days={}, user_id=user_id)
    return True


@transaction.atomic
def withdraw(
    *,
    organisation_id: str,
    kinds: frozenset[str] = frozenset(),
    purposes: frozenset[Purpose] = frozenset({Purpose.WATCH}),
    signer: str,
    way: Way,
    user_id: int | None,
) -> bool:
    """Take kinds (none named: all) or purposes back; False when there was nothing to take."""
    _locked(organisation_id)
    present = standing_of(organisation_id)
    wanted = kinds or frozenset(present.covers)
    held = [present.covers[kind] for kind in wanted if kind in present.covers]
    if not any(cover.purposes & purposes for cover in held):
        return False
    said = Said(signer, localdate(now()), kinds, purposes)
    _add(organisation_id, Act.WITHDRAWN, said, way=way, days={}, user_id=user_id)
    return True


@transaction.atomic
def entrust(
    *,
    firm_id: str,
    name: str,
    work: str,
    place: str,
    valid_from: date,
    valid_to: date | None,
    user_id: int | None,
) -> Entrusted:
    """From that day on the firm hands records to somebody."""
    row = Entrusted.objects.of_firm(firm_id).create(
        firm_id=firm_id,
        name=one_line(name),
        work=one_line(work),
        place=one_line(place),
        valid_from=valid_from,
        valid_to=valid_to,
    )
    audit.record(what="consents:entrusted:add", user_id=user_id, firm_id=firm_id, entrusted=row.pk)
    return row


@transaction.atomic
def end_entrusting(*, row: Entrusted, user_id: int | None) -> None:
    """Today is the last day. The row stays: papers of before name it."""
    row.valid_to = max(localdate(now()), row.valid_from)
    row.save(update_fields=["valid_to"])
    audit.record(
        what="consents:entrusted:end", user_id=user_id, firm_id=row.firm_id, entrusted=row.pk
    )


def tell() -> None:
    """Let the data path know now. After the transaction."""
    for publish in PUBLISHERS:
        publish()


def carry_over(*, organisation_id: str, kinds: Iterable[str], signer: str, way: Way) -> None:
    """Consents that sources of earlier releases kept themselves become the company's history."""
    names = frozenset(map(kind_of, kinds))
    said = Said(signer=signer, signed_on=localdate(now()), kinds=names)
    _add(organisation_id, Act.ADDED, said, way=way, days={}, user_id=None)


def _locked(organisation_id: str) -> Organisation:
    return Organisation.objects.of(organisation_id).select_for_update().get()


def _add(
    organisation_id: str,
    act: Act,
    said: Said,
    *,
    way: Way,
    days: Mapping[str, int],
    user_id: int | None,
) -> ConsentStep:
    step = ConsentStep(
        organisation_id=organisation_id,
        act=act.value,
        way=way,
        version=VERSION,
        signer=one_line(said.signer),
        signed_on=said.signed_on,
        kinds=sorted(said.kinds),
        purposes=sorted(each.value for each in said.purposes),
        days=dict(days),
        shown={} if act is Act.WITHDRAWN else _shown(organisation_id, said),
        recorded_by_id=user_id,
    )
    step.save()
    audit.record(
        what=f"consents:consent:{act.value}",
        user_id=user_id,
        organisation_id=organisation_id,
        step=step.pk,
        way=str(way),
        kinds=" ".join(step.kinds),
        purposes=" ".join(step.purposes),
    )
    for follow in FOLLOWERS:
        follow(organisation_id)
    mark_directory_changed()
    return step


def _shown(organisation_id: str, said: Said) -> dict[str, object]:
    """What a paper of today says, word for word."""
    holders = entrusted_for(organisation_id, day=said.signed_on)
    return {
        "fields": {kind: asdict(collected_of(kind)) for kind in sorted(said.kinds)},
        "entrusted": [[each.name, each.work, each.place] for each in holders],
    }
