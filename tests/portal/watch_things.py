"""One of everything that watching brings forth, for the town's companies."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from hinomi.core.ids import ulid
from hinomi.portal.connections.models import CustomerRoute
from hinomi.portal.connections.services import Access, connect
from hinomi.portal.formats import services
from hinomi.portal.formats.versions import start
from hinomi.portal.hunts.models import Hunt
from hinomi.portal.incidents.campaigns.firms import answering_firm
from hinomi.portal.incidents.campaigns.rows import Campaign, CampaignMember
from hinomi.portal.incidents.models import (
    Answer,
    EntryKind,
    Incident,
    MassSilence,
    TimelineEntry,
)
from hinomi.portal.mailboxes.models import Mailbox, MailboxKind
from hinomi.portal.mailboxes.services import accept_sender, learn_route
from hinomi.portal.organisations.models import Engagement
from hinomi.portal.rosters.services import bring
from hinomi.portal.ways.models import Letter, WayAccount

if TYPE_CHECKING:
    from hinomi.portal.connections.models import Connection
    from hinomi.portal.formats.models import FormatDraft, TaughtFormat
    from hinomi.portal.organisations.models import Organisation
    from hinomi.portal.rosters.models import Roster
    from hinomi.portal.sources.models import Source


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
