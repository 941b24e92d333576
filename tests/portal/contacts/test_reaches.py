"""Whom an alarm goes to: only what was proved, nothing of the incident, no other company."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hinomi.business.phone_numbers import mail_key, phone_key
from hinomi.core.words import ActionLevel
from hinomi.portal.contacts import addresses, proofs, queries, services
from hinomi.portal.contacts.models import Address, Contact, Kind, Subject, Telling
from hinomi.portal.contacts.reaches import Involved, Reach, involved_in, reaches
from hinomi.portal.organisations.models import Organisation
from hinomi.portal.organisations.services import add_firm, add_organisation
from tests.portal.contacts.conftest import START, wishes

if TYPE_CHECKING:
    from datetime import datetime

    from tests.portal.contacts.conftest import House

Both = tuple[Contact, Contact]
NOTHING = Involved()


def now_of(house: House, involved: Involved = NOTHING) -> list[Reach]:
    return reaches(house.id, level=ActionLevel.NOW, moment=house.clock.now(), involved=involved)


def test_who_first_and_by_which_way(house: House, both: Both) -> None:
    aoi, yuu = both
    assert [(each.contact_id, each.kind, each.order) for each in now_of(house)] == [
        (aoi.pk, "voice", 1),
        (aoi.pk, "mail", 1),
        (yuu.pk, "mail", 2),
    ]


def test_a_company_that_set_up_nobody_is_reached_by_its_members_owner_first(house: House) -> None:
    house.contact("蓮")  # a name without an address is nobody to reach
    found = now_of(house)
    assert [(each.contact_id, each.user_id, each.order) for each in found] == [
        (None, house.aoi.pk, 1),
        (None, house.yuu.pk, 2),
    ]
    left = now_of(house, Involved(mails=["AOI+x@aoba.example"]))
    assert [each.address for each in left] == ["yuu@aoba.example"]


def test_the_mailbox_of_the_incident_is_passed_over_however_it_is_written(
    house: House, both: Both
) -> None:
    left = now_of(house, Involved(mails=["Aoi+kyuyo@AOBA.example"], phones=["+81 3 1111 1111"]))
    assert [each.address for each in left] == ["yuu@aoba.example"]


def test_when_a_mailbox_was_taken_over_telephones_go_first(house: House, both: Both) -> None:
    ren = house.contact("蓮")
    house.counting(ren, Kind.VOICE, "090-3333-3333")
    taken = involved_in("mail_account_abused", mails=["keiri@aoba.example"])
    assert [each.kind for each in now_of(house, taken)] == ["voice", "voice", "mail", "mail"]
    other = involved_in("malware_on_pc", mails=["keiri@aoba.example"])
    assert [each.kind for each in now_of(house, other)] == ["voice", "mail", "mail", "voice"]


def test_a_removed_company_is_rung_no_more(house: House, both: Both) -> None:
    Organisation.objects.of(house.id).update(deleted_at=house.clock.now())
    assert now_of(house) == []
    assert proofs.due_proofs(house.clock.now()) == []


def test_what_came_back_is_switched_off_and_somebody_else_is_told(house: House, both: Both) -> None:
    for _ in range(2):  # a bounce is often reported twice
        services.note_bounce(
            organisation_id=house.id, kind="mail", address="YUU@aoba.example", reason="550"
        )
    assert "yuu@aoba.example" not in {each.address for each in now_of(house)}
    told = Telling.objects.of(house.id).filter(subject=Subject.BOUNCED)
    assert [row.to for row in told] == ["aoi@aoba.example"]
    troubles = [each.trouble for each in queries.order_of(house.id)]
    assert troubles == ["", "届かなくなったあて先があります。"]


def test_a_bounce_of_a_stranger_s_address_switches_nothing_off(house: House, both: Both) -> None:
    before = now_of(house)
    assert not services.note_bounce(
        organisation_id=house.id, kind="mail", address="x@aoba.example", reason="550"
    )
    assert now_of(house) == before


def test_the_contact_whose_only_mailbox_came_back_stays_out_of_the_members_too(
    house: House,
) -> None:
    yuu = house.contact("悠", user=house.yuu)
    house.counting(yuu, Kind.MAIL, "yuu@aoba.example")
    services.note_bounce(
        organisation_id=house.id, kind="mail", address="yuu@aoba.example", reason="550"
    )
    assert [each.address for each in now_of(house)] == ["aoi@aoba.example"]


def test_two_mails_that_pass_move_a_contact_to_the_telephone_and_a_person_moves_it_back(
    house: House, both: Both
) -> None:
    aoi, _ = both
    at = house.clock.now()
    services.note_unanswered(aoi.pk, at)
    services.note_unanswered(aoi.pk, at)  # the same mail, told twice
    assert "aoi@aoba.example" in {each.address for each in now_of(house)}
    services.note_unanswered(aoi.pk, at + timedelta(hours=1))
    assert "aoi@aoba.example" not in {each.address for each in now_of(house)}
    services.back_to_mail(contact=aoi, user_id=house.aoi.pk)
    services.back_to_mail(contact=aoi, user_id=house.aoi.pk)
    assert "aoi@aoba.example" in {each.address for each in now_of(house)}


def test_an_answer_between_two_mails_begins_anew(house: House, both: Both) -> None:
    aoi, _ = both
    services.note_unanswered(aoi.pk, house.clock.now())
    services.note_answered(aoi.pk)
    services.note_unanswered(aoi.pk, house.clock.move(hours=1))
    assert "aoi@aoba.example" in {each.address for each in now_of(house)}


def test_who_has_no_telephone_keeps_the_mailbox(house: House, both: Both) -> None:
    _, yuu = both
    for _ in range(3):
        services.note_unanswered(yuu.pk, house.clock.move(hours=1))
    assert "yuu@aoba.example" in {each.address for each in now_of(house)}


def test_a_message_that_will_never_arrive_switches_a_counting_address_off(
    house: House, both: Both
) -> None:
    services.change_contact(
        contact=both[0], said=wishes("葵", house.aoi, now_when="never"), version=0, user_id=None
    )
    lost = next(p for p in proofs.due_proofs(house.clock.now()) if p.address == "yuu@aoba.example")
    proofs.mark_lost(lost.id, house.clock.now(), "550 no such user")
    proofs.mark_lost(lost.id, house.clock.now(), "550 no such user")
    assert Address.objects.of(house.id).get(address="yuu@aoba.example").bounced_at
    assert Telling.objects.of(house.id).filter(subject=Subject.BOUNCED).count() == 1


def test_a_server_of_ours_that_is_down_switches_no_address_off(house: House, both: Both) -> None:
    """A test that does not go out is tried five times, then the page says so; alarms still ring."""
    addresses.test(address=Address.objects.of(house.id).get(kind=Kind.VOICE), user_id=None)
    before = now_of(house)
    first = proofs.due_proofs(house.clock.now())[0]
    for _ in range(proofs.MOST_ATTEMPTS):
        assert first.id in {each.id for each in proofs.due_proofs(house.clock.now())}
        proofs.try_later(first.id, house.clock.now(), "451")
        assert first.id not in {each.id for each in proofs.due_proofs(house.clock.now())}
        house.clock.move(minutes=30)
    assert first.id not in {each.id for each in proofs.due_proofs(house.clock.now())}
    assert now_of(house) == before
    assert Address.objects.of(house.id).get(kind=Kind.VOICE).trouble == "451"


def test_what_was_sent_is_due_no_more(house: House, both: Both) -> None:
    services.change_contact(
        contact=both[0], said=wishes("葵", house.aoi, now_when="never"), version=0, user_id=None
    )
    for proof in proofs.due_proofs(house.clock.now()):
        proofs.mark_sent(proof.id, house.clock.now())
    assert proofs.due_proofs(house.clock.now()) == []


KINDS = (Kind.MAIL, Kind.VOICE, Kind.SMS, Kind.FAX)
MAILS = ("aoi@aoba.example", "Yuu@aoba.example", "mio+a@gmail.com")
PHONES = ("09011112222", "09033334444")
HOURS = st.one_of(st.none(), st.integers(-60, 10))


@st.composite
def rows(draw: st.DrawFn) -> dict[str, object]:
    """One address in any state; steps in hours before or after the moment."""
    kind = draw(st.sampled_from(KINDS))
    return {
        "kind": kind,
        "address": draw(st.sampled_from(MAILS if kind == Kind.MAIL else PHONES)),
        "asked_at": draw(st.integers(-60, 0)),
        "proved_at": draw(HOURS),
        "agreed_at": draw(HOURS),
        "is_first": draw(st.booleans()),
        "bounced_at": draw(st.one_of(st.none(), HOURS)),
        "removed_at": draw(st.one_of(st.none(), HOURS)),
        "ended_at": draw(st.one_of(st.none(), st.none(), HOURS)),
        "replaces": draw(st.booleans()),
    }


@pytest.fixture
def neighbour(house: House) -> Organisation:
    company = add_organisation(name="海野水産", firm_id=add_firm(name="隣町").id)
    contact = Contact.objects.create(organisation=company, name="海")
    Address.objects.create(
        organisation=company, contact=contact, kind=Kind.VOICE, address="09055556666",
        key="09055556666", asked_at=START - timedelta(days=9),
        proved_at=START - timedelta(days=9), is_first=True,
    )  # fmt: skip
    return company


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    town=st.lists(st.lists(rows(), max_size=3), max_size=3),
    level=st.sampled_from(list(ActionLevel)),
    mails=st.lists(st.sampled_from(["AOI@aoba.example", "MIO@gmail.com"]), max_size=2),
    phones=st.lists(st.just("+81 90 1111 2222"), max_size=1),
)
def test_nothing_unproved_bounced_involved_or_strange_is_ever_reached(
    house: House, neighbour: Organisation, town: list[list[dict[str, object]]],
    level: ActionLevel, mails: list[str], phones: list[str],
) -> None:  # fmt: skip
    """Over random contacts with addresses in every state."""
    Telling.objects.of(house.id).delete()
    Address.objects.of(house.id).delete()
    Contact.objects.of(house.id).delete()
    for place, said in enumerate(town):
        contact = Contact.objects.create(
            organisation=house.company, name=f"人{place}", position=place, hours="always"
        )
        for row in said:
            _write(house, contact, row)
    moment = house.clock.now()
    involved = Involved(mails=mails, phones=phones)
    for each in reaches(house.id, level=level, moment=moment, involved=involved):
        assert each.address != "09055556666"
        if each.kind == Kind.MAIL:
            assert mail_key(each.address) not in {mail_key(mail) for mail in mails}
        else:
            assert phone_key(each.address) not in {phone_key(phone) for phone in phones}
        if each.contact_id is None:
            assert each.address in {house.aoi.email, house.yuu.email}
            continue
        own = Address.objects.of(house.id).filter(
            contact_id=each.contact_id, kind=each.kind, address=each.address
        )
        assert any(_may_ring(row, moment) for row in own)
    other = reaches(neighbour.id, level=level, moment=moment, involved=NOTHING)
    assert {each.address for each in other} <= {"09055556666"}


def _may_ring(row: Address, moment: datetime) -> bool:
    """Written anew from the promise, not from the rule's code."""
    if row.proved_at is None or row.bounced_at is not None or row.ended_at is not None:
        return False
    if row.removed_at is not None and moment >= row.removed_at + timedelta(hours=24):
        return False
    if row.is_first:
        return moment >= row.proved_at
    a_day_ago = moment - timedelta(hours=24)
    return row.agreed_at is not None and max(row.proved_at, row.agreed_at) <= a_day_ago


def _write(house: House, contact: Contact, said: dict[str, object]) -> None:
    moment = house.clock.now()
    key = (mail_key if said["kind"] == Kind.MAIL else phone_key)(str(said["address"]))
    living = Address.objects.of(house.id).filter(contact=contact, ended_at=None)
    if said["ended_at"] is None and living.filter(kind=said["kind"], key=key).exists():
        return
    steps = {
        name: None if said[name] is None else moment + timedelta(hours=int(str(said[name])))
        for name in ("asked_at", "proved_at", "agreed_at", "bounced_at", "removed_at", "ended_at")
    }
    Address.objects.create(
        organisation=house.company, contact=contact, kind=said["kind"], key=key,
        address=said["address"], is_first=said["is_first"],
        replaces=living.first() if said["replaces"] else None, **steps,
    )  # fmt: skip
