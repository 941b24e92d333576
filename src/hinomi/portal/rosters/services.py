"""Brings a list, corrects what its columns mean, and takes it in: all rows or none.

The plan is made again inside the transaction that writes, so that what is written is right for the
customers there are at that moment, however long the preview stood on a screen.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction

from hinomi.core.errors import HinomiError, UsageError
from hinomi.portal.access import audit
from hinomi.portal.access.time import now
from hinomi.portal.accounts.models import User
from hinomi.portal.consents.models import Way
from hinomi.portal.mailboxes.services import learn_routes
from hinomi.portal.organisations.members import add_person, join_organisation
from hinomi.portal.organisations.models import Organisation, Role
from hinomi.portal.organisations.services import make_organisation, set_contact_phone
from hinomi.portal.rosters.comparing import count, sight_of
from hinomi.portal.rosters.headings import Field, head_of, propose, sheet_of, sound
from hinomi.portal.rosters.models import Roster
from hinomi.portal.rosters.steps import State
from hinomi.portal.rosters.table import NotATable, read_tables
from hinomi.portal.sources.models import Source
from hinomi.portal.sources.services import Wanted, register_source

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.portal.mailboxes.models import Mailbox
    from hinomi.portal.rosters.steps import Step

KEPT_FOR = timedelta(days=7)
_WRITTEN = (State.NEW, State.CHANGED)


class AlreadyTaken(HinomiError):
    """The list was taken in or dropped before, perhaps by the other of two clicks."""


@transaction.atomic
def bring(*, firm_id: str, file_name: str, raw: bytes, user: User | None) -> Roster:
    """Reads the file and keeps its rows; no customer is touched. Raises NotATable."""
    lines = sheet_of(read_tables(raw))
    head = head_of(lines)
    headings, rows = lines[head].cells, lines[head + 1 :]
    if not rows:
        raise NotATable("empty")
    roster = Roster.objects.of_firm(firm_id).create(
        firm_id=firm_id,
        file_name=file_name[-200:],
        headings=list(headings),
        heading_line=lines[head].number,
        lines=[[line.number, list(line.cells)] for line in rows],
        columns={field.value: place for field, place in propose(headings).items()},
        brought_by=user,
    )
    _note("bring", roster, user, rows=len(rows))
    return roster


def set_columns(*, roster: Roster, columns: Mapping[Field, int], mailbox: Mailbox | None) -> None:
    """A person's correction. Raises UsageError where the name is missing or a column used twice."""
    if not sound(columns, width=len(roster.headings)):
        raise UsageError("One column must be the company's name, and none may be used twice.")
    roster.columns = {field.value: place for field, place in columns.items()}
    roster.mailbox = mailbox
    roster.save(update_fields=["columns", "mailbox"])


@transaction.atomic
def take_in(*, roster: Roster, user: User | None) -> dict[State, int]:
    """Writes what the plan says now. Rows with faults are left out and kept for the person who
    mends them. AlreadyTaken the second time."""
    mine = Roster.objects.of_firm(roster.firm_id).filter(
        pk=roster.pk, taken_at=None, dropped_at=None
    )
    if not mine.update(taken_at=now()):
        raise AlreadyTaken("This list was taken in or dropped already.")
    steps = sight_of(roster).steps
    made: dict[int, str] = {}
    claims: list[tuple[str, str, Source]] = []
    for step in steps:
        if step.state in _WRITTEN:
            claims += _write(step, roster=roster, made=made, user=user)
    if roster.mailbox:
        learn_routes(mailbox=roster.mailbox, claims=claims, user=user)
    counts = count(steps)
    faults = {step.wish.line for step in steps if step.state is State.FAULT}
    roster.refresh_from_db()
    roster.counts = {state.value: number for state, number in counts.items()}
    roster.lines = [line for line in roster.lines if line[0] in faults]
    roster.save(update_fields=["counts", "lines"])
    _note("take", roster, user, **{state.value: number for state, number in counts.items()})
    return counts


@transaction.atomic
def drop(*, roster: Roster, user: User | None) -> None:
    """Forgets the rows; what was taken in stays."""
    roster.lines, roster.dropped_at = [], roster.dropped_at or now()
    roster.save(update_fields=["lines", "dropped_at"])
    _note("drop", roster, user)


def forget_old_rosters() -> int:
    """Rows of lists that nobody went on with; how many lists. The bell calls it."""
    every = Roster.objects.across_all(reason="the bell forgets the rows of all firms")
    due = every.filter(brought_at__lt=now() - KEPT_FOR, dropped_at=None)
    return due.update(lines=[], dropped_at=now())


def _write(
    step: Step, *, roster: Roster, made: dict[int, str], user: User | None
) -> list[tuple[str, str, Source]]:
    """All but the step's routes, which are returned: they are written together."""
    by = user.pk if user else None
    company = step.organisation or made.get(step.company, "")
    if not company:
        name = step.wish.cell(Field.NAME)
        company = make_organisation(name=name, firm_id=roster.firm_id, user_id=by).id
        made[step.company] = company
    if step.phone:
        set_contact_phone(organisation_id=company, phone=step.phone, user_id=by)
    if step.mail:
        _add_person(step, company, by=by)
    if step.source:
        register_source(
            organisation_id=company,
            wanted=Wanted(
                kind=step.source.kind,
                name=step.source.name,
                serials=step.source.serials or None,
            ),
            user_id=by,
            consent_way=Way.LIST,
        )
    if not step.routes:
        return []
    kind, name = step.route_to
    source = Source.objects.of(company).get(kind=kind, name=name, revoked_at=None)
    return [(about, value, source) for about, value in step.routes]


def _add_person(step: Step, company: str, *, by: int | None) -> None:
    """A person we know keeps the name they have: a list of one firm must not rename another's."""
    is_known = User.objects.filter(email=step.mail).exists()
    person = add_person(mail=step.mail, name="" if is_known else step.wish.cell(Field.PERSON))
    join_organisation(
        user=person,
        organisation=Organisation.objects.of(company).get(),
        role=Role.OWNER if step.is_owner else Role.STAFF,
        by_user_id=by,
    )


def _note(act: str, roster: Roster, user: User | None, **rows: int) -> None:
    detail: dict[str, Any] = {"roster": roster.pk, **rows}
    audit.record(
        what=f"rosters:roster:{act}",
        user_id=user.pk if user else None,
        firm_id=roster.firm_id,
        **detail,
    )
