"""Firms, companies and engagements: written in one transaction with their audit entry.

Adding is idempotent: the same name gives the same id. It never gives a firm access it did not
have: an engagement that was ended starts again only by `start_engagement`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F, Q

from hinomi.business.phone_numbers import phone_key
from hinomi.core.errors import HinomiError
from hinomi.portal.access import audit
from hinomi.portal.access.time import now
from hinomi.portal.organisations.models import (
    DirectoryState,
    Engagement,
    Firm,
    FirmKind,
    Organisation,
)

if TYPE_CHECKING:
    from hinomi.portal.access.owned import ScopedQuerySet

DEFAULT_FIRM = "サービス提供会社"


class UnknownThing(HinomiError):
    """An id names nothing here."""


class NotEngaged(HinomiError):
    """The firm does not serve this company now."""


class AmbiguousName(HinomiError):
    """Several companies have this name; the firm must be said."""


@transaction.atomic
def add_firm(*, name: str, kind: str = FirmKind.PROVIDER, user_id: int | None = None) -> Firm:
    """The firm of this name, made when there is none."""
    firm, is_new = Firm.objects.get_or_create(name=name.strip(), defaults={"kind": kind})
    if is_new:
        audit.record(what="organisations:firm:add", user_id=user_id, firm_id=firm.id)
    return firm


@transaction.atomic
def default_firm() -> Firm:
    """The first provider of this installation, made when there is none."""
    first = Firm.objects.filter(kind=FirmKind.PROVIDER).order_by("created_at", "id").first()
    return first or add_firm(name=DEFAULT_FIRM)


@transaction.atomic
def add_organisation(
    *, name: str, firm_id: str | None = None, user_id: int | None = None
) -> Organisation:
    """The company of this name that the firm serves, made when there is none.

    Two companies of one name under different firms are two companies: a name match must never
    open one firm's customer to another. Without `firm_id` the one company of that name is meant,
    else the default firm's.
    """
    name = name.strip()
    firm = find_firm(firm_id) if firm_id else default_firm()
    namesakes = Organisation.objects.across_all(reason="a new name is compared with all").filter(
        name=name, deleted_at=None
    )
    served = Engagement.objects.filter(firm=firm).values("organisation_id")
    mine = list(namesakes.filter(pk__in=served))
    if not mine and firm_id is None:
        mine = list(namesakes[:2])
    if len(mine) > 1:
        raise AmbiguousName(f"Several companies are called {name}.", advice="Say --firm ID.")
    return mine[0] if mine else _make_organisation(name=name, firm=firm, user_id=user_id)


@transaction.atomic
def make_organisation(*, name: str, firm_id: str, user_id: int | None = None) -> Organisation:
    """A new customer of the firm, whoever else has this name: the caller has compared."""
    return _make_organisation(name=name.strip(), firm=find_firm(firm_id), user_id=user_id)


@transaction.atomic
def set_contact_phone(*, organisation_id: str, phone: str, user_id: int | None = None) -> None:
    """The number under which the company is called."""
    written = phone.strip()
    Organisation.objects.of(organisation_id).update(
        contact_phone=written, phone_key=phone_key(written)
    )
    audit.record(what="organisations:phone:set", user_id=user_id, organisation_id=organisation_id)


@transaction.atomic
def start_engagement(
    *, firm_id: str, organisation_id: str, user_id: int | None = None
) -> Engagement:
    """From now on the firm serves the company; nothing changes when it does already."""
    firm, organisation = find_firm(firm_id), find_organisation(organisation_id)
    live = _live(firm=firm, organisation=organisation).first()
    if live is not None:
        return live
    audit.record(
        what="organisations:engagement:start",
        user_id=user_id,
        organisation_id=organisation.id,
        firm_id=firm.id,
    )
    mark_directory_changed()  # the firm's exceptions hold there from now on
    return Engagement.objects.create(organisation=organisation, firm=firm, role=firm.kind)


@transaction.atomic
def end_engagement(*, firm_id: str, organisation_id: str, user_id: int | None = None) -> None:
    """From this moment the firm's people do not reach the company. Ending twice changes nothing."""
    firm, organisation = find_firm(firm_id), find_organisation(organisation_id)
    if not Engagement.objects.of(organisation.id).filter(firm=firm).exists():
        raise NotEngaged(f"Firm {firm.id} never served {organisation.id}.")
    if _live(firm=firm, organisation=organisation).update(valid_to=now()):
        audit.record(
            what="organisations:engagement:end",
            user_id=user_id,
            organisation_id=organisation.id,
            firm_id=firm.id,
        )
        mark_directory_changed()


def serving_firm(organisation_id: str) -> Firm:
    """The firm whose staff serve the company: its provider, else whoever came first."""
    live = Engagement.objects.of(organisation_id).filter(_is_live())
    found = live.order_by("valid_from", "id").select_related("firm")
    firms = [engagement.firm for engagement in found]
    providers = [firm for firm in firms if firm.kind == FirmKind.PROVIDER]
    if not firms:
        raise NotEngaged(
            f"No firm serves {organisation_id} now.",
            advice="`hinomi engagement start --firm ID --organisation ID`, or name the --firm.",
        )
    return (providers or firms)[0]


def firms_serving(organisation_id: str) -> list[str]:
    """The ids of all firms that serve the company now."""
    live = Engagement.objects.of(organisation_id).filter(_is_live())
    return list(live.order_by("firm_id").values_list("firm_id", flat=True).distinct())


def companies_served(firm_id: str) -> list[str]:
    """The ids of all companies the firm serves now."""
    live = Engagement.objects.across_all(reason="what one firm serves").filter(
        _is_live(), firm=firm_id
    )
    return list(
        live.order_by("organisation_id").values_list("organisation_id", flat=True).distinct()
    )


def find_firm(firm_id: str) -> Firm:
    """The firm, or UnknownThing."""
    firm = Firm.objects.filter(pk=firm_id).first()
    if firm is None:
        raise UnknownThing(f"There is no firm {firm_id}.", advice="`hinomi firm add NAME`.")
    return firm


def all_companies(*, firm_id: str = "", word: str = "") -> list[tuple[Organisation, list[str]]]:
    """For commands at the provider's machine: each company by name, with the ids of the firms that
    serve it now; only those of one firm, or whose name or id holds `word`, where given."""
    served: dict[str, list[str]] = {}
    live = Engagement.objects.across_all(reason="the list at the provider's own machine")
    for company, firm in live.filter(_is_live()).values_list("organisation_id", "firm_id"):
        served.setdefault(company, []).append(firm)
    found = Organisation.objects.across_all(reason="the list at the provider's own machine")
    found = found.filter(Q(name__icontains=word) | Q(id__icontains=word), deleted_at=None)
    return [
        (each, sorted(set(served.get(each.id, ()))))
        for each in found.order_by("name", "id")
        if not firm_id or firm_id in served.get(each.id, ())
    ]


def find_organisation(organisation_id: str) -> Organisation:
    """The company for commands at the provider's machine, or UnknownThing."""
    found = Organisation.objects.of(organisation_id).filter(deleted_at=None).first()
    if found is None:
        raise UnknownThing(
            f"There is no company {organisation_id}.", advice="See `hinomi organisation list`."
        )
    return found


def mark_directory_changed() -> None:
    """Note, in the change's own transaction, that the data path must be told."""
    changed = DirectoryState.objects.filter(pk=1)
    if not changed.update(changes=F("changes") + 1):
        DirectoryState.objects.get_or_create(pk=1)
        changed.update(changes=F("changes") + 1)


def _make_organisation(*, name: str, firm: Firm, user_id: int | None) -> Organisation:
    organisation = Organisation.objects.create(name=name)
    Engagement.objects.create(organisation=organisation, firm=firm, role=firm.kind)
    audit.record(
        what="organisations:organisation:add",
        user_id=user_id,
        organisation_id=organisation.id,
        firm_id=firm.id,
    )
    mark_directory_changed()
    return organisation


def _is_live() -> Q:
    return Q(valid_to=None) | Q(valid_to__gt=now())


def _live(*, firm: Firm, organisation: Organisation) -> ScopedQuerySet[Engagement]:
    return Engagement.objects.of(organisation.id).filter(_is_live(), firm=firm)
