"""Compares a list with the customers there are: those of the one firm only."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hinomi.core.company_names import read_company_name
from hinomi.portal.access.scope import CustomersOf, Scope
from hinomi.portal.access.time import now
from hinomi.portal.mailboxes.models import MailRoute
from hinomi.portal.organisations.models import Engagement, Membership, Organisation, Role
from hinomi.portal.rosters.headings import Field
from hinomi.portal.rosters.plan import make_plan
from hinomi.portal.rosters.steps import DEVICE_SERIAL, Known, State, World
from hinomi.portal.rosters.table import Line
from hinomi.portal.rosters.wishes import read_wish, says_nothing
from hinomi.portal.sources.models import Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hinomi.core.company_names import CompanyName
    from hinomi.portal.rosters.models import Roster
    from hinomi.portal.rosters.steps import Step

_OTHERS = "serials are unique over all companies"


@dataclass(frozen=True, slots=True)
class Sight:
    """A list as a person sees it before it is taken in."""

    steps: list[Step]
    counts: Mapping[State, int]

    @property
    def people(self) -> int:
        """How many people would get notices from then on."""
        return sum(bool(step.mail) for step in self.steps)

    @property
    def usable(self) -> int:
        """Rows that would be written."""
        return self.counts[State.NEW] + self.counts[State.CHANGED]


def sight_of(roster: Roster) -> Sight:
    """What taking the list in now would do; empty while no column is named 会社名."""
    columns = columns_of(roster)
    if Field.NAME not in columns:
        return Sight([], dict.fromkeys(State, 0))
    read = (read_wish(line, columns=columns) for line in lines_of(roster))
    wishes = [wish for wish in read if not says_nothing(wish)]
    world = load_world(firm_id=roster.firm_id, mailbox_id=roster.mailbox_id or "")
    steps = make_plan(wishes, world=world)
    return Sight(steps, count(steps))


def count(steps: Iterable[Step]) -> dict[State, int]:
    """How many rows are in each state; NEW counts companies, each by its first row."""
    counts = dict.fromkeys(State, 0)
    for step in steps:
        counts[step.state] += 1
    return counts


def columns_of(roster: Roster) -> dict[Field, int]:
    """Field → column as it is set now."""
    return {Field(name): place for name, place in roster.columns.items()}


def lines_of(roster: Roster) -> list[Line]:
    """The rows below the headings."""
    return [Line(number, tuple(cells)) for number, cells in roster.lines]


def load_world(*, firm_id: str, mailbox_id: str) -> World:
    """The firm's customers with what they have, in six questions however many they are."""
    scope = Scope((CustomersOf(firm_id, now()),))
    people, owners = _people(scope)
    sources = _sources(scope)
    routes = _routes(mailbox_id)
    own: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for claim, owner in routes.items():
        own[owner].add(claim)
    companies = tuple(
        Known(
            id=row.id,
            name=row.name,
            read=read_company_name(row.name),
            phone=row.contact_phone,
            mails=frozenset(people[row.id]),
            has_owner=row.id in owners,
            sources={place: frozenset(held) for place, held in sources[row.id].items()},
            routes=frozenset(own[row.id]),
        )
        for row in Organisation.objects.within(scope).order_by("pk")
    )
    known = {company.id for company in companies}
    return World(
        companies=companies,
        former=_former(firm_id, known=known),
        taken={**_only_known(routes, known), **_serials(known)},
        has_mailbox=bool(mailbox_id),
    )


def _people(scope: Scope) -> tuple[dict[str, set[str]], set[str]]:
    mails: dict[str, set[str]] = defaultdict(set)
    owners: set[str] = set()
    rows = Membership.objects.within(scope).values_list("organisation_id", "user__email", "role")
    for organisation, mail, role in rows:
        mails[organisation].add(mail)
        if role == Role.OWNER:
            owners.add(organisation)
    return mails, owners


def _sources(scope: Scope) -> dict[str, dict[tuple[str, str], set[str]]]:
    found: dict[str, dict[tuple[str, str], set[str]]] = defaultdict(dict)
    for row in Source.objects.within(scope).filter(revoked_at=None).order_by("pk"):
        found[row.organisation_id][row.kind, row.name] = set(row.serials)
    return found


def _routes(mailbox_id: str) -> dict[tuple[str, str], str]:
    """Claim → company, "" for what a person said is nobody's."""
    rows = MailRoute.objects.across_all(reason="of one mailbox of the firm").filter(
        mailbox=mailbox_id
    )
    return {
        (kind, key): owner or ""
        for kind, key, owner in rows.values_list("kind", "key", "organisation_id")
    }


def _serials(known: set[str]) -> dict[tuple[str, str], str]:
    rows = Source.objects.across_all(reason=_OTHERS).filter(revoked_at=None).exclude(serials=[])
    return {
        (DEVICE_SERIAL, serial): row.organisation_id if row.organisation_id in known else ""
        for row in rows
        for serial in row.serials
    }


def _only_known(
    routes: Mapping[tuple[str, str], str], known: set[str]
) -> dict[tuple[str, str], str]:
    return {claim: owner if owner in known else "" for claim, owner in routes.items()}


def _former(firm_id: str, *, known: set[str]) -> tuple[CompanyName, ...]:
    """Customers of before: their records are not opened again by a name in a list."""
    ever = Engagement.objects.across_all(reason="whom this firm ever served").filter(firm=firm_id)
    rows = (
        Organisation.objects.across_all(reason="whom this firm served before")
        .filter(deleted_at=None, pk__in=ever.values("organisation_id"))
        .exclude(pk__in=known)
    )
    return tuple(read_company_name(name) for name in rows.values_list("name", flat=True))
