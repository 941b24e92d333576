"""Random towns whose companies are easy to confuse, and what leaves when things happen there.

Every name, machine, person, file and word of a company holds its bird, every one of a firm its
tree. Companies share mail domains, telephones, machine names and people. Whatever way a message
takes, it is caught as its channel gets it: what a channel makes of it (a page of FAX, a chat) is
made from nothing else.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

from django.core.cache import cache
from hypothesis import strategies as st

from hinomi.core.findings import Evidence
from hinomi.core.words import Disposition
from hinomi.portal.contacts.addresses import ask_for
from hinomi.portal.contacts.errors import NotPossible
from hinomi.portal.contacts.models import Address, Contact
from hinomi.portal.duties.models import Slot
from hinomi.portal.escalations import round_of_bell
from hinomi.portal.forgeries.services import order_warning, report, send_due
from hinomi.portal.incidents.answering import NotAnAnswer, give_answer
from hinomi.portal.incidents.campaigns import rounds
from hinomi.portal.incidents.campaigns.firms import answering_firm
from hinomi.portal.incidents.closed_days import ask_before_holidays, tell_after_holidays
from hinomi.portal.incidents.conversation import handle_answers
from hinomi.portal.incidents.intake import take_in
from hinomi.portal.incidents.models import Incident
from hinomi.portal.incidents.wording import text_of
from hinomi.portal.notices.outbox import send_one
from hinomi.portal.notices.postman import Postman
from hinomi.portal.notices.proofs import send_proofs
from hinomi.portal.notices.trays import TRAYS
from hinomi.portal.organisations.members import add_person, join_firm, join_organisation
from hinomi.portal.organisations.services import add_firm, add_organisation
from hinomi.portal.practices import exercises
from hinomi.portal.sources.services import name_device
from hinomi.portal.tickets import desk
from hinomi.portal.tickets.letters import send_receipt
from hinomi.portal.tickets.models import Ticket, TicketKind
from hinomi.portal.tickets.promises import tell_missed
from hinomi.portal.tickets.services import Words, open_ticket, press_help
from hinomi.respond.channels.channel import Message, Receipt
from tests.portal.bell.conftest import Findings
from tests.portal.town import configured

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pytest_django.fixtures import SettingsWrapper

    from hinomi.portal.accounts.models import User
    from hinomi.portal.forgeries.models import SuspectReport
    from hinomi.portal.organisations.models import Firm, Organisation
    from hinomi.respond.channels.channel import Channel, Setting

ALL = "a test looks"
BIRDS = ("uguisu", "kawasemi", "hibari", "suzume", "tsubame", "fukurou")
TREES = ("matsu", "takeya", "umenoki", "sakura")
KINDS = ("mail", "sms", "voice", "line", "line_works", "chatwork", "fax")
CASES = ("ransomware", "malware_on_pc", "suspicious_program", "mail_forwarding", "new_device", "")
START = datetime(2026, 12, 16, 3, 0, tzinfo=UTC)  # noon; the forms for New Year are due
# The same machine, program and pattern everywhere: only the company tells them apart.
SAME_PC, SAME_PROGRAM = "SOUMU1", r"C:\Program Files\Kaikei\update.exe"


class Mixed(AssertionError):
    """A message of one company holds another's word, or goes to a stranger."""


@dataclass(frozen=True)
class Plan:
    """A town and what happens in it, in this order: act, company, variant."""

    firms: int
    companies: tuple[tuple[int, int, bool], ...]  # firm, shared telephone, has contacts
    both: tuple[tuple[int, int], ...]  # people who sit in two companies
    acts: tuple[tuple[str, int, int], ...]


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Two to four firms, two to four companies, up to eight things that happen."""
    firms = draw(st.integers(2, 4))
    company = st.tuples(st.integers(0, firms - 1), st.integers(0, 1), st.booleans())
    companies = tuple(draw(st.lists(company, min_size=2, max_size=4)))
    places = st.integers(0, len(companies) - 1)
    both = draw(
        st.lists(st.tuples(places, places).filter(lambda two: two[0] != two[1]), max_size=2)
    )
    act = st.tuples(st.sampled_from(sorted(ACTS)), places, st.integers(0, 5))
    return Plan(firms, companies, tuple(both), tuple(draw(st.lists(act, min_size=3, max_size=8))))


class Catcher:
    """One firm's way of one kind: remembers whose way took which message."""

    title_ja: ClassVar[str] = "捕まえる"
    settings: ClassVar[dict[str, Setting]] = {}

    def __init__(self, kind: str, firm_id: str, caught: list[tuple[str, Message]]) -> None:
        self.kind = kind  # type: ignore[misc]
        self._firm_id, self._caught = firm_id, caught

    def send(self, message: Message) -> Receipt:
        self._caught.append((self._firm_id, message))
        return Receipt(provider_id=message.message_id)


@dataclass
class MixedTown:
    """The plan as rows, and everything that was sent. It is its own clock: settings that are
    set anew at each turn would lie on one another until nothing can be read through them."""

    moment: datetime = START
    firms: list[Firm] = field(default_factory=list)
    desks: list[User] = field(default_factory=list)
    companies: list[Organisation] = field(default_factory=list)
    owners: list[User] = field(default_factory=list)
    serving: list[int] = field(default_factory=list)
    addresses: list[set[str]] = field(default_factory=list)
    of_firm: list[set[str]] = field(default_factory=list)
    caught: list[tuple[str, Message]] = field(default_factory=list)
    findings: Findings = field(default_factory=Findings)

    def turn(self, **later: float) -> None:
        self.moment += timedelta(**later)

    def now(self) -> datetime:
        """What `Clock` asks."""
        return self.moment

    def ways(self, firm_id: str) -> Mapping[str, Channel]:
        return {kind: Catcher(kind, firm_id, self.caught) for kind in KINDS}

    def bird(self, place: int) -> str:
        return BIRDS[place]


def build(plan: Plan, settings: SettingsWrapper) -> MixedTown:
    """The plan's firms, companies and people."""
    cache.clear()
    town = MixedTown()
    settings.HINOMI = configured(clock=town)
    town.turn(days=-40)  # so that nobody is new on the day itself
    for place in range(plan.firms):
        _add_firm(town, TREES[place], place)
    for place, (firm, telephone, has_contacts) in enumerate(plan.companies):
        _add_company(town, place, firm)
        if has_contacts:
            _add_contact(town, place, BIRDS[place], f"{BIRDS[place]}@shared.example", telephone)
    for number, two in enumerate(plan.both):
        _add_both(town, number, two)
    town.turn(days=40)
    return town


def happen(town: MixedTown, acts: tuple[tuple[str, int, int], ...]) -> None:
    """Everything in turn; the outbox is emptied after each act."""
    for act, place, variant in acts:
        ACTS[act](town, place, variant)
        town.turn(minutes=1)
        send(town)
    _look(town, 0, 5)
    _look(town, 0, 5)


def send(town: MixedTown) -> None:
    """What is due, in the lanes that the bell would take; one after the other."""
    postman = Postman(channels=town.ways, firm_of=answering_firm)
    for due in list(postman._due()):
        ways = town.ways(due.firm_id)
        send_one(due.pk, channels=ways, tray=due.tray, firm_id=due.firm_id)
    send_proofs(channels=town.ways, firm_of=answering_firm)


def check(town: MixedTown) -> int:
    """Mixed when anything that left, or waits, belongs to two; returns how much was looked at."""
    looked = 0
    for firm_id, message in [*town.caught, *_waiting(town)]:
        _check(town, firm_id, message)
        looked += 1
    return looked


def _check(town: MixedTown, firm_id: str, message: Message) -> None:
    said = "\n".join(str(getattr(message, each.name)) for each in fields(message)).casefold()
    birds = {place for place in range(len(town.companies)) if BIRDS[place] in said}
    trees = {place for place in range(len(town.firms)) if TREES[place] in said}
    firm = next(place for place, each in enumerate(town.firms) if each.pk == firm_id)
    if trees - {firm}:
        raise Mixed(f"a message of {TREES[firm]} names {[TREES[each] for each in trees]}: {said}")
    if not message.organisation_id:
        if birds or message.to not in town.of_firm[firm]:
            raise Mixed(f"to the people of {TREES[firm]} goes: {said}")
        return
    owner = next(p for p, each in enumerate(town.companies) if each.pk == message.organisation_id)
    if town.serving[owner] != firm:
        raise Mixed(f"{TREES[firm]} sends for {BIRDS[owner]}, whom it does not serve: {said}")
    if birds - {owner}:
        raise Mixed(f"a message of {BIRDS[owner]} names {[BIRDS[each] for each in birds]}: {said}")
    if message.to not in town.addresses[owner]:
        raise Mixed(f"a message of {BIRDS[owner]} goes to a stranger: {said}")


def _waiting(town: MixedTown) -> Iterator[tuple[str, Message]]:
    """Rows of the outbox as they stand: held, failed and sent ones too."""
    for tray in TRAYS:
        for row in tray.everything():
            company = tray.owner(row).get("organisation_id", "")
            firm_id = answering_firm(company) if company else tray.owner(row)["firm_id"]
            yield (
                firm_id,
                Message(
                    to=row.to,
                    subject=f"{row.subject}\n{row.whom}",
                    body_text=row.body_text,
                    body_html=row.body_html,
                    message_id=row.message_id,
                    text_short=row.text_short,
                    spoken=row.spoken,
                    organisation_id=company,
                ),
            )


def _add_firm(town: MixedTown, tree: str, place: int) -> None:
    firm = add_firm(name=f"{tree}サービス")
    chief = add_person(mail=f"chief@{tree}.example", name=f"{tree}の長")
    person = add_person(mail=f"desk@{tree}.example", name=f"{tree}の窓")
    join_firm(user=chief, firm=firm, role="manager")
    join_firm(user=person, firm=firm, role="desk")
    phone = f"03-7000-000{place}"
    Slot.objects.create(
        firm=firm, order="first", user=person, phone=phone, starts_at=START - timedelta(days=1),
        ends_at=START + timedelta(days=2), published_at=START - timedelta(days=2),
    )  # fmt: skip
    town.firms.append(firm)
    town.desks.append(person)
    town.of_firm.append({chief.email, person.email, phone})


def _add_company(town: MixedTown, place: int, firm: int) -> None:
    bird = BIRDS[place]
    company = add_organisation(name=f"{bird}商店", firm_id=town.firms[firm].pk)
    owner = add_person(mail=f"{bird}.owner@shared.example", name=f"{bird}の葵")
    join_organisation(user=owner, organisation=company, role="owner")
    name_device(organisation_id=company.pk, native=SAME_PC, nickname=f"{bird}の総務")
    town.companies.append(company)
    town.owners.append(owner)
    town.serving.append(firm)
    town.addresses.append({owner.email})


def _add_both(town: MixedTown, number: int, two: tuple[int, int]) -> None:
    """The same person, mailbox and telephone: a member of both, and a contact of both."""
    mail = f"both{number}@shared.example"
    for place in two:
        user = add_person(mail=mail, name="ふたつの会社の人")
        join_organisation(user=user, organisation=town.companies[place], role="staff")
        town.addresses[place].add(mail)
        _add_contact(town, place, "ふたつ", mail, number)


def _add_contact(town: MixedTown, place: int, name: str, mail: str, telephone: int) -> None:
    company = town.companies[place].pk
    contact = Contact.objects.create(
        organisation_id=company, name=f"{name}の係", position=1, hours="always"
    )
    for kind in KINDS:
        phone = f"090-1234-000{telephone}"
        to = {"mail": mail, "voice": phone, "sms": phone, "fax": phone}.get(kind, f"{name}-{kind}")
        Address.objects.create(
            organisation_id=company, contact=contact, kind=kind, address=to, key=to,
            asked_at=town.moment, proved_at=town.moment, is_first=True,
        )  # fmt: skip
        town.addresses[place].add(to)


def _finding(town: MixedTown, place: int, variant: int) -> tuple[int, object]:
    bird, case = BIRDS[place], CASES[variant]
    changes: dict[str, object] = {
        "case": case,
        "device": SAME_PC if variant % 2 else f"{bird}-PC",
        "user": f"{bird}-user" if variant % 3 else f"{bird}.owner@shared.example",
        "rule_title": f"{bird} title",
        "event_time": town.moment,
        "receive_time": town.moment,
        "slots": dict.fromkeys(("file", "name", "program", "site", "address"), f"{bird}.exe"),
        "disposition": Disposition.STOPPED if variant == 4 else Disposition.UNKNOWN,
        "evidence": (
            Evidence("e", town.moment, {"Channel": "Sysmon", "Image": SAME_PROGRAM}, b"raw"),
        ),
    }
    return town.findings.row(town.companies[place].pk, **changes)


def _attack(town: MixedTown, place: int, variant: int) -> None:
    take_in(partition=variant, rows=[_finding(town, place, variant)])  # type: ignore[list-item]


def _storm(town: MixedTown, _: int, variant: int) -> None:
    """The same thing everywhere, in one batch: a campaign may hold it back."""
    rows = [_finding(town, place, variant) for place in range(len(town.companies))]
    take_in(partition=variant, rows=rows)  # type: ignore[arg-type]
    rounds.look_again()
    rounds.alarm()


def _answer(town: MixedTown, place: int, variant: int) -> None:
    incident = Incident.objects.of(town.companies[place].pk).order_by("-pk").first()
    if incident is None:
        return
    offered = [button.choice for button in text_of(incident).buttons] or ["done"]
    try:
        give_answer(
            incident=incident, choice=offered[variant % len(offered)], user=town.owners[place]
        )
    except NotAnAnswer:
        return
    handle_answers()


def _ask(town: MixedTown, place: int, variant: int) -> None:
    bird = BIRDS[place]
    ticket = open_ticket(
        organisation_id=town.companies[place].pk,
        kind=TicketKind.QUESTION,
        subject=f"{bird}の相談",
        words=Words(text=f"{bird}の困りごと", author=town.owners[place] if variant % 2 else None),
    )
    send_receipt(ticket)
    row = Ticket.objects.of(ticket.organisation_id).get(pk=ticket.pk)
    person = town.desks[town.serving[place]]
    words = Words(text=f"{bird}さまのメールは消してください。", author=person)
    desk.reply(ticket=row, version=row.version, words=words, user=person)


def _help(town: MixedTown, place: int, variant: int) -> None:
    press_help(organisation_id=town.companies[place].pk, choice="screen", user=town.owners[place])
    if variant > 2:
        town.turn(hours=3)  # nobody called
        tell_missed()
        round_of_bell.look_again()


def _warn(town: MixedTown, place: int, _: int) -> None:
    """One company shows a fake in our name: all of its firm's customers are warned."""
    bird, firm = BIRDS[place], town.serving[place]
    shown: SuspectReport = report(
        organisation_id=town.companies[place].pk, way="mail", text=f"{bird}に来たメール",
        did_something=True, user=town.owners[place],
    )  # fmt: skip
    order_warning(firm_id=town.firms[firm].pk, report=shown, user=town.desks[firm])
    town.turn(minutes=2)
    send_due()


def _new_address(town: MixedTown, place: int, variant: int) -> None:
    """A new mailbox: its code goes there, and the others of the company hear of it."""
    contact = Contact.objects.of(town.companies[place].pk).order_by("pk").first()
    if contact is None:
        return
    mail = f"{BIRDS[place]}.new{variant}@shared.example"
    town.addresses[place].add(mail)
    with suppress(NotPossible):  # one has no more than eight
        user_id = town.owners[place].pk
        ask_for(contact=contact, kind="mail", text=mail, replaces=None, user_id=user_id)


def _holidays(_: MixedTown, __: int, ___: int) -> None:
    ask_before_holidays()
    tell_after_holidays()


def _train(town: MixedTown, place: int, variant: int) -> None:
    """An exercise goes to the company's own contacts; an open alarm refuses it."""
    with suppress(exercises.Refused):
        exercises.begin(
            organisation_id=town.companies[place].pk,
            calls_at_night=bool(variant % 2),
            of_firm=False,
            user=town.owners[place],
        )


def _look(town: MixedTown, _: int, variant: int) -> None:
    """The ladder climbs: calls to contacts, then our own people."""
    town.turn(minutes=2 * variant)
    round_of_bell.look()
    round_of_bell.look_again()
    send(town)


ACTS: dict[str, Callable[[MixedTown, int, int], None]] = {
    "answer": _answer,
    "ask": _ask,
    "attack": _attack,
    "help": _help,
    "holidays": _holidays,
    "look": _look,
    "new address": _new_address,
    "storm": _storm,
    "train": _train,
    "warn": _warn,
}
