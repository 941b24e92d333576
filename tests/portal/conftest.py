"""The cast and their companies. 葵 owns 青葉工務店 and 悠 works there; 文 owns 文京歯科, a customer
of the same firm; 海 owns 海野水産, a customer of another firm. 守, 窓 and 長 are our firm's
analyst, desk and manager. A third firm once served 青葉工務店."""

from __future__ import annotations

import base64
import dataclasses
import os
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from allauth.account.internal.flows.login import (
    _AUTHENTICATION_METHODS_USER_SESSION_KEY,
    AUTHENTICATION_METHODS_SESSION_KEY,
)
from django.core.cache import cache
from django.db import connections
from django.test import Client

from hinomi.config import REHEARSAL_MARK, Config
from hinomi.core.clock import SystemClock
from hinomi.core.ids import ulid
from hinomi.portal.access.database import database
from hinomi.portal.access.keys import make
from hinomi.portal.access.sealing import seal
from hinomi.portal.accounts import post
from hinomi.portal.accounts.second_factor import REHEARSAL_METHOD
from hinomi.portal.calls.exchanges import add as add_exchange
from hinomi.portal.calls.models import FirstCall, IncomingCall, Speaks
from hinomi.portal.connections.models import CustomerRoute
from hinomi.portal.connections.services import Access, connect
from hinomi.portal.contacts.models import Address, Contact
from hinomi.portal.duties.models import StopSheet
from hinomi.portal.formats import services
from hinomi.portal.formats.versions import start
from hinomi.portal.hunts.models import Hunt
from hinomi.portal.incidents.campaigns.firms import answering_firm
from hinomi.portal.incidents.campaigns.rows import Campaign, CampaignMember
from hinomi.portal.incidents.decisions import DecisionKind, record_decision
from hinomi.portal.incidents.desk_rows import BulkRow, BulkRun, SavedView
from hinomi.portal.incidents.models import (
    Answer,
    EntryKind,
    Incident,
    MassSilence,
    TimelineEntry,
)
from hinomi.portal.mailboxes.models import Mailbox, MailboxKind
from hinomi.portal.mailboxes.services import accept_sender, learn_route
from hinomi.portal.notices.models import Notice
from hinomi.portal.organisations.members import add_person, join_firm, join_organisation
from hinomi.portal.organisations.models import Engagement, FirmKind
from hinomi.portal.organisations.services import add_firm, add_organisation, start_engagement
from hinomi.portal.practices.models import Asked, Ending, Exercise, Run
from hinomi.portal.rejudgings.models import Draw, Rejudging
from hinomi.portal.rosters.services import bring
from hinomi.portal.sources.services import Wanted, name_device, register_source
from hinomi.portal.tickets.faxes import path_of
from hinomi.portal.tickets.models import FaxReturn, IncomingMail, MailOutcome, TicketKind
from hinomi.portal.tickets.photos import keep, photograph
from hinomi.portal.tickets.services import Words, first_words, open_ticket
from hinomi.portal.ways.models import Letter, WayAccount
from tests.portal.accounts.authenticator import passkey_of
from tests.portal.town_copy import Copier

if TYPE_CHECKING:
    from pytest_django.fixtures import SettingsWrapper

    from hinomi.portal.accounts.models import Passkey, User
    from hinomi.portal.connections.models import Connection
    from hinomi.portal.formats.models import FormatDraft, TaughtFormat
    from hinomi.portal.organisations.models import Firm, Organisation
    from hinomi.portal.rosters.models import Roster
    from hinomi.portal.sources.models import Source
    from hinomi.portal.tickets.models import Attachment, Ticket
    from tests.stores.server import Server


# How a test takes the audit trail's guards down; `seal` lays them again.
LIFTED = {
    vendor: [f"DROP TRIGGER IF EXISTS audit_never_{act}{on}" for act in acts]
    for vendor, on, acts in (
        ("sqlite", "", ("changed", "removed")),
        ("postgresql", " ON access_auditentry", ("changed", "removed", "emptied")),
    )
}
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
)


@dataclass(frozen=True)
class Company:
    """A company with one of everything, each carrying its canary word."""

    organisation: Organisation
    canary: str
    incident: Incident
    source: Source
    notice: Notice
    hunt: Hunt
    campaign: Campaign
    mailbox: Mailbox
    roster: Roster
    mass: MassSilence
    taught: TaughtFormat
    draft: FormatDraft
    connection: Connection
    way: WayAccount
    postal: Letter
    saved_view: SavedView
    bulk: BulkRun
    ticket: Ticket
    photo: Attachment
    letter: IncomingMail
    fax: FaxReturn
    contact: Contact
    rejudging: Rejudging
    call: FirstCall
    passkey: Passkey
    ring: IncomingCall
    exercise: Exercise
    run: Run
    stops: StopSheet


@dataclass(frozen=True)
class Town:
    """Companies by key, people by (role, relation to 青葉工務店)."""

    firm: Firm
    aoba: Company
    fumi: Company
    umi: Company
    people: dict[tuple[str, str], User] = field(default_factory=dict)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    request: pytest.FixtureRequest, django_db_modify_db_settings: None
) -> None:
    """HINOMI_TEST_DATABASE=postgres: the same tests on the other engine."""
    if os.environ.get("HINOMI_TEST_DATABASE") != "postgres":
        return
    server: Server = request.getfixturevalue("postgres")
    config = Config(data=Path("unused"), clock=SystemClock(), database=server.url("postgres"))
    del connections["default"]
    connections.settings["default"] = {**connections.settings["default"], **database(config)}


@pytest.fixture(scope="session", autouse=True)
def _emptying_between_tests_may_pass_the_guards(django_db_modify_db_settings: None) -> None:
    """The database refuses to empty the audit trail. Only the cleaning after a test that really
    commits may: it takes the guards down and lays them again."""
    operations = type(connections["default"].ops)
    as_before = operations.execute_sql_flush

    def flush(self: Any, sql_list: list[str]) -> None:
        with self.connection.cursor() as cursor:
            for statement in LIFTED[self.connection.vendor]:
                cursor.execute(statement)
        as_before(self, sql_list)
        seal(self.connection)

    operations.execute_sql_flush = flush  # type: ignore[method-assign]


@pytest.fixture(autouse=True)
def data(tmp_path: Path, settings: SettingsWrapper) -> Path:
    """A data folder with keys, of its own for each test."""
    folder = tmp_path / "data"
    folder.mkdir()
    for name in ("django", "sources", "second-factor"):
        make(folder, name=name)
    settings.HINOMI = Config(data=folder, clock=SystemClock())
    cache.clear()  # allauth counts sign-ins there
    return folder


@pytest.fixture(autouse=True)
def _mails_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """No thread beside the test: what is sent is in the outbox when the answer is."""
    monkeypatch.setattr("hinomi.portal.accounts.adapter.send_soon", post.send)


@pytest.fixture
def rehearsal(data: Path) -> None:
    """Make the data folder a rehearsal folder."""
    (data / REHEARSAL_MARK).touch()


@pytest.fixture(scope="session")
def _copier(tmp_path_factory: pytest.TempPathFactory) -> Copier:
    return Copier(tmp_path_factory.mktemp("town") / "copy")


@pytest.fixture
def town(db: None, data: Path, _copier: Copier, monkeypatch: pytest.MonkeyPatch) -> Town:
    """Three companies, three firms, everybody in their place."""
    _give_ports(20_000, monkeypatch)
    town = _copier.town(build_town, data=data)
    _give_ports(20_500, monkeypatch)  # not those of a copied town
    return town


def _give_ports(first: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on sources get made-up ports: tests of screens bind no real one."""
    ports = iter(range(first, first + 500))
    monkeypatch.setattr("hinomi.portal.sources.services.free_port", lambda: next(ports))


def build_town() -> Town:
    """The town, new."""
    tower = add_firm(name="火の見サービス")
    other = add_firm(name="隣町サービス")
    former = add_firm(name="元のサービス", kind=FirmKind.PARTNER)
    companies = {
        "aoba": furnish(add_organisation(name="青葉工務店", firm_id=tower.id), canary="カナリア青"),
        "fumi": furnish(add_organisation(name="文京歯科", firm_id=tower.id), canary="カナリア文"),
        "umi": furnish(add_organisation(name="海野水産", firm_id=other.id), canary="カナリア海"),
    }
    _end_long_ago(former, companies["aoba"].organisation)
    town = Town(firm=tower, **companies)
    for relation, company in (("own", "aoba"), ("same firm", "fumi"), ("other firm", "umi")):
        for role in ("owner", "staff"):
            user = _person(role, relation)
            organisation = companies[company].organisation
            join_organisation(user=user, organisation=organisation, role=role)
            town.people[role, relation] = user
        passkey = companies[company].passkey
        passkey.user = town.people["owner", relation]
        passkey.save()
    for relation, firm in (("own", tower), ("other firm", other), ("ended", former)):
        for role in ("analyst", "desk", "manager"):
            user = _person(role, relation)
            join_firm(user=user, firm=firm, role=role)
            town.people[role, relation] = user
    return town


def furnish(organisation: Organisation, *, canary: str) -> Company:
    """Give the company a source, a device name, an incident with history, and a notice."""
    source = register_source(
        organisation_id=organisation.id,
        wanted=Wanted(kind="fortigate", name=f"{canary}の境界"),
    ).source
    person = add_person(mail=f"boss@{organisation.id.lower()}.example".replace("_", "-"))
    name_device(
        organisation_id=organisation.id,
        native=f"{canary}-PC",
        nickname=f"{canary}の机",
        user_id=person.pk,
    )
    incident = make_incident(organisation, canary=canary)
    notice = Notice.objects.create(
        organisation=organisation,
        incident_number=incident.number,
        to=f"{canary}@example.jp",
        subject=f"{canary}のお知らせ",
        body_text=f"{canary}の本文",
        dedupe_key="opened",
    )
    hunt = make_hunt(organisation, canary=canary)
    mailbox = make_mailbox(organisation, source, canary=canary)
    return Company(
        organisation,
        canary,
        incident,
        source,
        notice,
        hunt,
        make_campaign(incident),
        mailbox,
        make_roster(mailbox, canary=canary),
        make_mass_silence(organisation),
        make_format(organisation, canary=canary),
        make_draft(organisation, canary=canary),
        make_connection(organisation, canary=canary),
        make_way(organisation, canary=canary),
        make_postal(organisation, canary=canary),
        make_saved_view(organisation, person, canary=canary),
        make_bulk(incident, person, canary=canary),
        ticket := make_ticket(organisation, canary=canary),
        make_photo(ticket, canary=canary),
        make_letter(organisation, canary=canary),
        make_fax(incident, canary=canary),
        make_contact(organisation, canary=canary),
        make_rejudging(incident, canary=canary),
        make_call(organisation, canary=canary),
        passkey_of(person, name=f"{canary}の電話"),
        make_ring(organisation, canary=canary),
        make_exercise(organisation, canary=canary),
        make_run(organisation, person, canary=canary),
        make_stops(organisation, canary=canary),
    )


def make_run(organisation: Organisation, user: User, *, canary: str) -> Run:
    """A rehearsal case that somebody at the company's firm played."""
    (engagement,) = Engagement.objects.of(organisation.id)
    return Run.objects.of_firm(engagement.firm_id).create(
        firm_id=engagement.firm_id,
        user=user,
        case="lost_pc",
        version=1,
        ended_at=datetime(2026, 3, 2, 1, 0, tzinfo=UTC),
        percent=90,
        is_passed=True,
        marks=[
            {"weighs": "words", "points": 9, "most": 10, "said": f"{canary}の言葉", "why": "",
             "is_grave": False}
        ],
    )  # fmt: skip


def make_exercise(organisation: Organisation, *, canary: str) -> Exercise:
    """A 訓練 long ago that one person did not answer."""
    long_ago = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
    made = Exercise.objects.create(
        organisation=organisation,
        started_at=long_ago,
        ended_at=long_ago + timedelta(days=1),
        ending=Ending.TIME,
    )
    Asked.objects.create(
        organisation=organisation, exercise=made, name=f"{canary}の係", order=1, kinds=["mail"]
    )
    return made


def make_call(organisation: Organisation, *, canary: str) -> FirstCall:
    """A call with the company that runs."""
    return FirstCall.objects.create(
        organisation=organisation, number="03-9876-5432", caller=f"{canary}の声"
    )


def make_ring(organisation: Organisation, *, canary: str) -> IncomingCall:
    """A call of nobody's number, missed long ago, that an exchange of the company's firm told of.
    One per company, so that each shows who sees another firm's."""
    (engagement,) = Engagement.objects.of(organisation.id)
    exchange, _ = add_exchange(
        firm_id=engagement.firm_id, name=f"{canary}の電話", speaks=Speaks.JSON, user=None
    )
    moment = datetime(2026, 11, 20, 1, 12, tzinfo=UTC)
    return IncomingCall.objects.of_firm(engagement.firm_id).create(
        exchange=exchange, firm_id=engagement.firm_id, name=canary, number="03-0000-0000",
        key="0300000000", to=f"{canary}の窓口", rang_at=moment, missed_at=moment,
    )  # fmt: skip


def make_stops(organisation: Organisation, *, canary: str) -> StopSheet:
    """What the company agreed may be stopped."""
    line = {
        "thing": f"{canary}の受注サーバー", "cost": f"{canary}の受注が止まる", "alone": "person",
        "since": "18:00", "until": "08:00", "decider": f"{canary}の社長", "phone": "09011112222",
        "deputy": "", "deputy_phone": "",
    }  # fmt: skip
    return StopSheet.objects.create(
        organisation=organisation,
        place=1,
        lines=[line],
        agreed_at=datetime(2026, 11, 1, 1, 0, tzinfo=UTC),
        agreed_name=f"{canary}の社長",
    )


def make_contact(organisation: Organisation, *, canary: str) -> Contact:
    """A contact whose one address nobody proved yet: alarms still go to the members."""
    contact = Contact.objects.create(organisation=organisation, name=f"{canary}の係", position=1)
    mail = f"{canary}@example.jp"
    Address.objects.create(
        organisation=organisation, contact=contact, kind="mail", address=mail, key=mail
    )
    return contact


def make_rejudging(incident: Incident, *, canary: str) -> Rejudging:
    """An automatic decision about the incident, long ago, that the company's firm drew."""
    company = incident.organisation_id
    decision = record_decision(
        organisation_id=company,
        kind=DecisionKind.NOTICE_SUPPRESSED,
        incident=incident,
        body={"device": f"{canary}-PC", "shown": f"{canary}の画面"},
    )
    (engagement,) = Engagement.objects.of(company)
    draw, _ = Draw.objects.of_firm(engagement.firm_id).get_or_create(
        firm_id=engagement.firm_id,
        week=date(2026, 1, 5),
        defaults={"seed": "0:0", "decisions": 1, "drawn": 1},
    )
    return Rejudging.objects.create(organisation_id=company, draw=draw, decision=decision)


def make_ticket(organisation: Organisation, *, canary: str) -> Ticket:
    """A question of the company that waits."""
    return open_ticket(
        organisation_id=organisation.id,
        kind=TicketKind.QUESTION,
        subject=f"{canary}の相談",
        words=Words(text=f"{canary}の聞きたいこと", author_name=f"{canary}の人"),
    )


def make_photo(ticket: Ticket, *, canary: str) -> Attachment:
    """A photograph in the company's ticket."""
    return keep(first_words(ticket), photograph(f"{canary}.png", PIXEL))


def make_letter(organisation: Organisation, *, canary: str) -> IncomingMail:
    """A mail of a stranger that waits at the company's firm."""
    (engagement,) = Engagement.objects.of(organisation.id)
    return IncomingMail.objects.of_firm(engagement.firm_id).create(
        firm_id=engagement.firm_id,
        digest=canary,
        sender="somebody@example.org",
        subject=f"{canary}の手紙",
        text=f"{canary}と書いてある",
        outcome=MailOutcome.WAITING,
        reason="unknown_sender",
    )


def make_fax(incident: Incident, *, canary: str) -> FaxReturn:
    """A FAX with one page that lies at the company's incident and waits to be read."""
    (engagement,) = Engagement.objects.of(incident.organisation_id)
    fax = FaxReturn.objects.of_firm(engagement.firm_id).create(
        firm_id=engagement.firm_id,
        digest=canary,
        sender="fax@gateway.example",
        subject=f"{canary}から",
        pages=1,
        organisation_id=incident.organisation_id,
        incident=incident,
        matched="number",
    )
    path = path_of(fax, 1)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(PIXEL)
    return fax


def make_saved_view(organisation: Organisation, owner: User, *, canary: str) -> SavedView:
    """A shared view of the queue of the company's firm."""
    (engagement,) = Engagement.objects.of(organisation.id)
    return SavedView.objects.of_firm(engagement.firm_id).create(
        firm_id=engagement.firm_id,
        owner=owner,
        name=f"{canary}の見方",
        question="view=all",
        is_shared=True,
    )


def make_bulk(incident: Incident, user: User, *, canary: str) -> BulkRun:
    """A press on many that did not change the company's incident."""
    (engagement,) = Engagement.objects.of(incident.organisation_id)
    run = BulkRun.objects.of_firm(engagement.firm_id).create(
        firm_id=engagement.firm_id, user=user, once=canary, act="close", reason=f"{canary}の理由"
    )
    BulkRow.objects.create(
        organisation_id=incident.organisation_id,
        run=run,
        incident=incident,
        outcome="changed",
        told=f"{canary}の経過",
    )
    return run


def make_draft(organisation: Organisation, *, canary: str) -> FormatDraft:
    """A format in the making of the company's firm, from the company's own lines."""
    (engagement,) = Engagement.objects.of(organisation.id)
    return services.begin(
        firm_id=engagement.firm_id,
        name=f"{canary}の門",
        lines=[f"{canary} user a{at} from 192.0.2.{at} blocked" for at in range(3)],
        user=None,
        company_id=organisation.id,
    )


def make_format(organisation: Organisation, *, canary: str) -> TaughtFormat:
    """A taught format of the company's firm in use, that names the canary."""
    draft = make_draft(organisation, canary=f"{canary}の古い")
    draft.is_meaning_seen = True
    draft.save()
    return start(draft=draft, user=None)


def make_mailbox(organisation: Organisation, source: Source, *, canary: str) -> Mailbox:
    """A mailbox of the company's firm with a sender and a route of the company's; one per company,
    so that each shows who reads another firm's. Nothing answers at its address."""
    (engagement,) = Engagement.objects.of(organisation.id)
    mailbox = Mailbox.objects.of_firm(engagement.firm_id).create(
        firm_id=engagement.firm_id,
        name=f"{canary}の箱",
        kind=MailboxKind.IMAP,
        address=f"{organisation.id}@mail.example".replace("_", "-"),
        host="127.0.0.1",
        port=9,
        user=canary,
    )
    accept_sender(
        mailbox=mailbox, address="alert@console.example", dkim_domain="console.example", user=None
    )
    learn_route(mailbox=mailbox, kind="tenant", value=f"{canary}店", source=source, user=None)
    return mailbox


def make_connection(organisation: Organisation, *, canary: str) -> Connection:
    """An account of the company's firm, and a customer there who is the company."""
    (engagement,) = Engagement.objects.of(organisation.id)
    made = connect(
        firm_id=engagement.firm_id,
        api="withsecure",
        wanted=Access(name=f"{canary}の連携", client=canary, secret="key-1"),
        user=None,
    )
    CustomerRoute.objects.within_connection(made).create(
        connection=made, customer=f"{canary}-id", key=f"{canary}-id", name=f"{canary}店",
        organisation=organisation,
    )  # fmt: skip
    return made


def make_way(organisation: Organisation, *, canary: str) -> WayAccount:
    """A way out of the company's firm, of a kind of its own, so that a firm may have several.
    Nothing answers at its address."""
    (engagement,) = Engagement.objects.of(organisation.id)
    return WayAccount.objects.of_firm(engagement.firm_id).create(
        firm_id=engagement.firm_id,
        kind=f"line-{organisation.id[-12:]}",
        maker="line",
        options={"base_url": f"https://{canary}.invalid"},
    )


def make_postal(organisation: Organisation, *, canary: str) -> Letter:
    """A letter to the company that waits to be printed."""
    (engagement,) = Engagement.objects.of(organisation.id)
    return Letter.objects.of_firm(engagement.firm_id).create(
        firm_id=engagement.firm_id,
        organisation=organisation,
        message_id=f"letter-{organisation.id}",
        to=f"東京都{canary}町1\n{canary}様",
        subject=f"{canary}への手紙",
        body_text=f"{canary}の本文",
    )


def make_roster(mailbox: Mailbox, *, canary: str) -> Roster:
    """A list of the company's firm that waits to be taken in."""
    return bring(
        firm_id=mailbox.firm_id,
        file_name=f"{canary}.csv",
        raw=f"会社名,電話番号\n{canary}商店,03-0000-0000\n{canary}工業,x\n".encode(),
        user=None,
    )


def make_campaign(incident: Incident) -> Campaign:
    """A campaign of the company's firm with the incident in it; one per company, so that each
    shows who reads the other's."""
    company = incident.organisation_id
    campaign = Campaign.objects.of("").create(
        firm_id=answering_firm(company), pattern=f"p-{company}", kind="program", stance="asked"
    )
    CampaignMember.objects.create(organisation_id=company, campaign=campaign, incident=incident)
    return campaign


def make_mass_silence(organisation: Organisation) -> MassSilence:
    """An open question of the company's firm: "is it us?". A firm has one at a time."""
    firm = answering_firm(organisation.id)
    found, _ = MassSilence.objects.of(firm).get_or_create(
        firm_id=firm, answer="", defaults={"silent": 3, "judged": 20}
    )
    return found


def make_hunt(organisation: Organisation, *, canary: str) -> Hunt:
    """A hunt of the company's firm for the canary; one per company, so that each shows who reads
    another firm's."""
    (engagement,) = Engagement.objects.of(organisation.id)
    moment = datetime(2026, 11, 20, 1, 12, tzinfo=UTC)
    return Hunt.objects.create(
        id=ulid(time_ms=int(moment.timestamp() * 1000)),
        firm_id=engagement.firm_id,
        rules=[canary],
        organisation_ids=[organisation.id],
        since=moment - timedelta(days=30),
        until=moment,
    )


def make_incident(organisation: Organisation, *, canary: str) -> Incident:
    """An open incident with both tracks of history and an answer."""
    moment = datetime(2026, 11, 20, 1, 12, tzinfo=UTC)
    number = f"K-{2000 + Incident.objects.across_all(reason='a free number').count()}"
    incident = Incident.objects.create(
        organisation=organisation,
        number=number,
        kind="malware_on_pc",
        group_key=f"malware_on_pc|{canary}-PC",
        level="now",
        certainty="strong",
        disposition="seen",
        device=f"{canary}-PC",
        first_event_at=moment,
        last_event_at=moment,
        finding_count=1,
        slots={"device": f"{canary}-PC"},
    )
    for kind, visible in ((EntryKind.FACT, True), (EntryKind.ACTION, False)):
        TimelineEntry.objects.create(
            organisation=organisation,
            incident=incident,
            kind=kind,
            text=f"{canary}の経過",
            visible_to_customer=visible,
        )
    Answer.objects.create(organisation=organisation, incident=incident, choice="done")
    return incident


def sign_in(user: User) -> Client:
    """A browser in which the person has proved everything."""
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    session = client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [
        {"method": REHEARSAL_METHOD, "at": datetime.now(UTC).timestamp(), "reauthenticated": True}
    ]
    session[_AUTHENTICATION_METHODS_USER_SESSION_KEY] = str(user.pk)
    session.save()
    return client


def _person(role: str, relation: str) -> User:
    names = {"owner": "葵", "staff": "悠", "analyst": "守", "desk": "窓", "manager": "長"}
    mail = f"{role}.{relation.replace(' ', '-')}@example.jp"
    return add_person(mail=mail, name=f"{names[role]} {relation}")


def _end_long_ago(firm: Firm, organisation: Organisation) -> None:
    engagement = start_engagement(firm_id=firm.id, organisation_id=organisation.id)
    engagement.valid_from = engagement.valid_from - timedelta(days=30)
    engagement.valid_to = engagement.valid_from + timedelta(days=29)
    engagement.save()


def configured(**changes: object) -> Config:
    """A changed copy of the present configuration."""
    from hinomi.portal.access.time import configuration

    return dataclasses.replace(configuration(), **changes)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def _no_request_log(caplog: pytest.LogCaptureFixture) -> None:
    """Refusals are what these tests ask for; the log would only bury the failure."""
    caplog.set_level("ERROR", logger="django.request")
