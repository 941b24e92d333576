"""The cast and their companies. 葵 owns 青葉工務店 and 悠 works there; 文 owns 文京歯科, a customer
of the same firm; 海 owns 海野水産, a customer of another firm. 守, 窓 and 長 are our firm's
analyst, desk and manager. A third firm once served 青葉工務店."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from allauth.account.internal.flows.login import (
    _AUTHENTICATION_METHODS_USER_SESSION_KEY,
    AUTHENTICATION_METHODS_SESSION_KEY,
)
from django.test import Client

from hinomi.portal.accounts.second_factor import REHEARSAL_METHOD
from hinomi.portal.notices.models import Notice
from hinomi.portal.organisations.members import add_person, join_firm, join_organisation
from hinomi.portal.organisations.models import FirmKind
from hinomi.portal.organisations.services import add_firm, add_organisation, start_engagement
from hinomi.portal.sources.services import Wanted, name_device, register_source
from tests.portal.accounts.authenticator import passkey_of
from tests.portal.desk_things import (
    make_bulk,
    make_call,
    make_contact,
    make_exercise,
    make_fax,
    make_letter,
    make_photo,
    make_rejudging,
    make_ring,
    make_run,
    make_saved_view,
    make_stops,
    make_ticket,
)
from tests.portal.watch_things import (
    make_campaign,
    make_connection,
    make_draft,
    make_format,
    make_hunt,
    make_incident,
    make_mailbox,
    make_mass_silence,
    make_postal,
    make_roster,
    make_way,
)

if TYPE_CHECKING:
    from hinomi.config import Config
    from hinomi.portal.accounts.models import Passkey, User
    from hinomi.portal.calls.models import FirstCall, IncomingCall
    from hinomi.portal.connections.models import Connection
    from hinomi.portal.contacts.models import Contact
    from hinomi.portal.duties.models import StopSheet
    from hinomi.portal.formats.models import FormatDraft, TaughtFormat
    from hinomi.portal.hunts.models import Hunt
    from hinomi.portal.incidents.campaigns.rows import Campaign
    from hinomi.portal.incidents.desk_rows import BulkRun, SavedView
    from hinomi.portal.incidents.models import (
        Incident,
        MassSilence,
    )
    from hinomi.portal.mailboxes.models import Mailbox
    from hinomi.portal.organisations.models import Firm, Organisation
    from hinomi.portal.practices.models import Exercise, Run
    from hinomi.portal.rejudgings.models import Rejudging
    from hinomi.portal.rosters.models import Roster
    from hinomi.portal.sources.models import Source
    from hinomi.portal.tickets.models import Attachment, FaxReturn, IncomingMail, Ticket
    from hinomi.portal.ways.models import Letter, WayAccount


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
