"""A partner SOC reads open incidents of companies whose signed consent names it, on its slot."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.utils.timezone import localdate

from hinomi.portal.access.actor import load_actor
from hinomi.portal.access.permissions import Permission
from hinomi.portal.access.time import now
from hinomi.portal.consents.models import Way
from hinomi.portal.consents.services import Said, end_entrusting, entrust, sign, withdraw
from hinomi.portal.duties.models import PartnerConsent, Partnership, Slot
from hinomi.portal.duties.partners import end_partnership, start_partnership
from hinomi.portal.incidents.models import Incident, TimelineEntry
from hinomi.portal.organisations.models import Organisation
from hinomi.portal.organisations.services import add_firm, end_engagement, start_engagement
from hinomi.portal.sources.models import Source
from tests.portal.duties.making import person
from tests.portal.town import sign_in

if TYPE_CHECKING:
    from hinomi.portal.accounts.models import User
    from hinomi.portal.consents.models import Entrusted
    from hinomi.portal.organisations.models import Firm
    from tests.portal.town import Company, Town

KINDS = frozenset({"fortigate"})


@pytest.fixture
def eyes(town: Town) -> Firm:
    """夜の目: a SOC that holds our slot for an hour around now."""
    eyes = add_firm(name="夜の目", kind="soc")
    hold(town, eyes, since=now() - timedelta(minutes=30))
    start_partnership(
        firm_id=town.firm.id,
        partner_id=eyes.id,
        phone="03-3333-3333",
        mail="",
        answer_minutes=10,
        user_id=None,
    )
    return eyes


@pytest.fixture
def entrusted(town: Town, eyes: Firm) -> Entrusted:
    """Our firm hands 夜の目 records."""
    return entrust(
        firm_id=town.firm.id,
        name=eyes.name,
        work="夜間の見守り",
        place="",
        valid_from=date(2026, 1, 1),
        valid_to=None,
        user_id=None,
    )


@pytest.fixture
def watcher(eyes: Firm) -> User:
    """A person there: what they are there gives no right here."""
    return person(eyes, "目", "manager")


def hold(town: Town, eyes: Firm, *, since: datetime) -> Slot:
    """An hour of ours is the partner's."""
    return Slot.objects.create(
        firm=town.firm,
        order="first",
        partner=eyes,
        starts_at=since,
        ends_at=since + timedelta(hours=1),
        published_at=since,
    )


def consent(company: Company) -> None:
    """Sign today's paper, with the 再委託先 that it names."""
    sign(
        organisation_id=company.organisation.id,
        said=Said("代表取締役", localdate(now()), KINDS),
        way=Way.PAPER,
        user_id=None,
    )


def reads(user: User, company: Company) -> bool:
    """Whether the incident's page opens and the queue has it; both must agree."""
    client = sign_in(user)
    opens = client.get(f"/queue/{company.incident.number}/").status_code == 200
    listed = company.incident.number in client.get("/queue/").content.decode()
    assert opens is listed
    return opens


def test_only_companies_whose_signature_names_the_partner(
    town: Town, entrusted: Entrusted, watcher: User
) -> None:
    assert not reads(watcher, town.aoba), "a consent by command names nobody"
    consent(town.aoba)
    assert reads(watcher, town.aoba)
    assert not reads(watcher, town.fumi)
    assert not reads(watcher, town.umi)


def test_a_paper_signed_before_the_partner_came_does_not_name_it(
    town: Town, eyes: Firm, watcher: User
) -> None:
    consent(town.aoba)
    assert not PartnerConsent.objects.of(town.aoba.organisation.id).exists()
    assert not reads(watcher, town.aoba)


@pytest.mark.parametrize("ends", ["slot", "partnership", "consent", "entrusting", "engagement"])
def test_the_door_closes_at_once_whatever_ends(
    town: Town, eyes: Firm, entrusted: Entrusted, watcher: User, ends: str
) -> None:
    consent(town.aoba)
    assert reads(watcher, town.aoba)
    company = town.aoba.organisation.id
    if ends == "slot":
        Slot.objects.of_firm(town.firm.id).update(ends_at=now() - timedelta(seconds=1))
    if ends == "partnership":
        end_partnership(Partnership.objects.of_firm(town.firm.id).get(), user_id=None)
    if ends == "consent":
        withdraw(organisation_id=company, signer="社長", way=Way.SCREEN, user_id=None)
    if ends == "entrusting":
        end_entrusting(row=entrusted, user_id=None)
        type(entrusted).objects.of_firm(town.firm.id).update(
            valid_to=localdate(now()) - timedelta(days=1)
        )
    if ends == "engagement":
        end_engagement(firm_id=town.firm.id, organisation_id=company)
    assert not reads(watcher, town.aoba)


def test_a_slot_that_was_not_made_known_opens_nothing(
    town: Town, entrusted: Entrusted, watcher: User
) -> None:
    consent(town.aoba)
    Slot.objects.of_firm(town.firm.id).update(published_at=None)
    assert not reads(watcher, town.aoba)


def test_a_closed_incident_and_everything_else_of_the_company_stay_shut(
    town: Town, entrusted: Entrusted, watcher: User
) -> None:
    consent(town.aoba)
    reach = load_actor(user_id=watcher.pk, name="目").reach()
    assert Incident.objects.within(reach).count() == 1
    for model in (Organisation, Source, TimelineEntry):
        assert not model.objects.within(reach).exists(), model
    Incident.objects.of(town.aoba.organisation.id).update(state="done")
    assert not Incident.objects.within(reach).exists()
    assert not reads(watcher, town.aoba)


def test_an_engagement_as_soc_opens_nothing_beside_the_slot(
    town: Town, eyes: Firm, watcher: User
) -> None:
    start_engagement(firm_id=eyes.id, organisation_id=town.aoba.organisation.id)
    assert not reads(watcher, town.aoba)
    assert not load_actor(user_id=watcher.pk, name="目").can(Permission.SOURCE_READ)


def test_a_consent_signed_again_without_the_partner_shuts_it_out(
    town: Town, entrusted: Entrusted, watcher: User
) -> None:
    consent(town.aoba)
    type(entrusted).objects.of_firm(town.firm.id).update(name="別の会社")
    consent(town.aoba)
    type(entrusted).objects.of_firm(town.firm.id).update(name="夜の目")
    assert not reads(watcher, town.aoba)
