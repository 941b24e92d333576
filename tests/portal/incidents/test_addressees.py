"""To whom a person's words go: shown before, kept to, never over what is part of the incident."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from hinomi.portal.access.models import AuditEntry
from hinomi.portal.contacts.models import Contact, Kind
from hinomi.portal.incidents.addressees import Plan, plan_of
from hinomi.portal.incidents.models import Incident, TimelineEntry, WordsKind
from hinomi.portal.incidents.wording import text_of
from hinomi.portal.notices.models import Notice
from hinomi.portal.organisations.members import add_person, join_organisation
from tests.portal.contacts.conftest import Clock, House
from tests.portal.incidents.cast import Desk, again
from tests.portal.town import sign_in

if TYPE_CHECKING:
    from django.test import Client

    from tests.portal.town import Town

TITLE = "パソコンを調べています"


@pytest.fixture
def house(town: Town, monkeypatch: pytest.MonkeyPatch) -> House:
    """青葉工務店 with 葵 by SMS and mail, 悠 by mail, and a firm that has set up SMS and FAX."""
    ways = {kind: object() for kind in ("mail", "sms", "fax", "voice")}
    monkeypatch.setattr("hinomi.portal.incidents.reaching.channels_of", lambda _: ways)
    people = town.people
    made = House(
        town.aoba.organisation, people["owner", "own"], people["staff", "own"],
        people["desk", "own"],
        Clock(),
    )  # fmt: skip
    aoi, yuu = made.contact("葵", user=made.aoi), made.contact("悠", user=made.yuu)
    made.counting(aoi, Kind.SMS, "090-1111-2222")
    made.counting(aoi, Kind.MAIL, "aoi@aoba.example")
    made.counting(yuu, Kind.MAIL, "yuu@aoba.example")
    return made


@pytest.fixture
def analyst(town: Town) -> Client:
    return sign_in(town.people["analyst", "own"])


def incident_of(house: House, **changes: Any) -> Incident:
    return Desk(house.company).incident("PC-1", **changes)


def form(incident: Incident, plan: Plan, **changes: Any) -> dict[str, Any]:
    row, text = again(incident), text_of(incident)
    lines = ("what", "steps", "donts", "risk", "done", "next")
    return {
        "version": row.version, "revision": 0, "kind": "notice", "title": TITLE, "sms": text.sms,
        "seal": plan.seal, "to": [each.key for each in plan.lines], "act": "send",
        **{name: "\n".join(getattr(text, name)) for name in lines}, **changes,
    }  # fmt: skip


def url(incident: Incident) -> str:
    return f"/queue/{incident.number}/compose/"


def sent(incident: Incident) -> list[tuple[str, str]]:
    rows = Notice.objects.of(incident.organisation_id).filter(dedupe_key__contains=":words:")
    return sorted((row.channel, row.to) for row in rows.filter(incident_number=incident.number))


def test_the_words_go_to_the_contacts_by_their_ways_and_the_preview_says_so(
    house: House, analyst: Client
) -> None:
    incident = incident_of(house)
    page = analyst.get(url(incident)).content.decode()
    for told in ("葵さん", "SMS（…2222）で、短い文", "メール（y…@aoba.example）で、全文"):
        assert told in page
    assert page.index("葵さん") < page.index("悠さん")
    assert "09011112222" not in page, "enough to recognise, no more"
    plan = plan_of(incident, WordsKind.NOTICE)
    assert analyst.post(url(incident), form(incident, plan)).status_code == 302
    assert sent(incident) == [
        ("mail", "aoi@aoba.example"),
        ("mail", "yuu@aoba.example"),
        ("sms", "09011112222"),
    ]
    short = Notice.objects.of(house.id).get(channel="sms", dedupe_key__contains=":words:")
    assert 0 < len(short.text_short) <= 70


def test_a_mailbox_that_is_part_of_the_incident_is_never_used_and_that_is_said(
    house: House, analyst: Client
) -> None:
    incident = incident_of(house)
    Incident.objects.of(house.id).filter(pk=incident.pk).update(slots={"user": "YUU@aoba.example"})
    page = analyst.get(url(incident)).content.decode()
    assert "使いません：悠さんのメール" in page
    plan = plan_of(again(incident), WordsKind.NOTICE)
    analyst.post(url(incident), form(again(incident), plan))
    assert sent(incident) == [("mail", "aoi@aoba.example"), ("sms", "09011112222")]


def test_who_is_taken_off_the_list_gets_nothing_and_the_reason_is_kept(
    house: House, analyst: Client
) -> None:
    incident = incident_of(house)
    plan = plan_of(incident, WordsKind.NOTICE)
    kept = [each.key for each in plan.lines if each.recipient.kind == "sms"]
    refused = analyst.post(url(incident), form(incident, plan, to=kept))
    assert refused.status_code == 422
    assert "送り先から外した理由を入力してください" in refused.content.decode()
    assert sent(incident) == []
    reason = "休職中のため。葵さんに確かめました"
    analyst.post(url(incident), form(incident, plan, to=kept, skip_reason=reason))
    assert sent(incident) == [("sms", "09011112222")]
    line = TimelineEntry.objects.of(house.id).get(text__contains="送りませんでした")
    assert reason in line.text
    assert not line.visible_to_customer
    assert AuditEntry.objects.get(what="incidents:text:left_out").detail["left_out"] == 2


def test_nobody_left_is_refused_and_the_phone_note_is_named(house: House, analyst: Client) -> None:
    incident = incident_of(house)
    plan = plan_of(incident, WordsKind.NOTICE)
    answer = analyst.post(url(incident), form(incident, plan, to=[], skip_reason="x"))
    assert answer.status_code == 409
    assert "電話で話せた" in answer.content.decode()
    assert sent(incident) == []


def test_a_list_that_changed_since_it_was_shown_is_shown_again_before_anything_goes_out(
    house: House, analyst: Client
) -> None:
    incident = incident_of(house)
    given = form(incident, plan_of(incident, WordsKind.NOTICE))
    house.counting(house.contact("蓮"), Kind.MAIL, "ren@aoba.example")
    answer = analyst.post(url(incident), given)
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "送り先が変わりました" in page
    assert TITLE in page, "what was written stays"
    assert sent(incident) == []
    given = form(incident, plan_of(incident, WordsKind.NOTICE))
    for _ in range(2):
        analyst.post(url(incident), given)
    assert len(sent(incident)) == 4


def test_when_nobody_can_be_reached_the_page_says_so_and_offers_the_phone_note(
    house: House, analyst: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    incident = incident_of(house)
    monkeypatch.setattr("hinomi.portal.incidents.addressees.readers", lambda _: [])
    page = analyst.get(url(incident)).content.decode()
    assert "いま文面を届けられる人がいません" in page
    assert f'href="/escalations/{incident.number}/"' in page
    analyst.post(url(incident), form(incident, plan_of(incident, WordsKind.NOTICE)))
    assert sent(incident) == []
    assert TITLE in text_of(again(incident)).title, "the customer's page has it all the same"
    assert TimelineEntry.objects.of(house.id).filter(text__contains="画面にだけ出しました").exists()


def test_a_company_that_set_up_nobody_is_written_to_by_its_members(
    town: Town, analyst: Client
) -> None:
    incident = Desk(town.fumi.organisation).incident("PC-1")
    plan = plan_of(incident, WordsKind.NOTICE)
    analyst.post(url(incident), form(incident, plan))
    owner, staff = town.people["owner", "same firm"], town.people["staff", "same firm"]
    assert sent(incident) == sorted([("mail", owner.email), ("mail", staff.email)])


def test_a_correction_also_reaches_who_was_told_and_would_not_be_told_now(
    house: House, analyst: Client, both_asleep: None
) -> None:
    incident = Incident.objects.of(house.id).get(slots__told=True)
    plan = plan_of(incident, WordsKind.CORRECTION)
    assert {each.recipient.mail for each in plan.lines} == {"yuu@aoba.example"}
    analyst.post(url(incident), form(incident, plan, kind="correction"))
    rows = Notice.objects.of(house.id).filter(dedupe_key__contains=":correction:")
    (row,) = rows.filter(incident_number=incident.number)
    assert row.to == "yuu@aoba.example"
    assert row.text_short.startswith("お知らせの訂正：")


@pytest.fixture
def both_asleep(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """悠 was told of it; another address that is no longer used was told too."""
    incident = incident_of(house)
    Incident.objects.of(house.id).filter(pk=incident.pk).update(slots={"told": True})
    contact = Contact.objects.of(house.id).get(name="悠")
    for to in ("yuu@aoba.example", "gone@aoba.example"):
        Notice.objects.create(
            organisation_id=house.id, incident_number=incident.number, channel="mail", to=to,
            contact_id=contact.pk, subject="x", body_text="x", state="sent", dedupe_key=f"t:{to}",
        )  # fmt: skip
    monkeypatch.setattr("hinomi.portal.incidents.addressees.readers", lambda _: [])


def test_a_stranger_on_the_form_is_nobody(town: Town, house: House, analyst: Client) -> None:
    add = add_person(mail="late@aoba.example", name="遅")
    incident = incident_of(house)
    join_organisation(user=add, organisation=town.fumi.organisation, role="staff")
    plan = plan_of(incident, WordsKind.NOTICE)
    other = plan_of(Desk(town.fumi.organisation, first=50).incident("PC-9"), WordsKind.NOTICE)
    keys = [each.key for each in (*plan.lines, *other.lines)]
    analyst.post(url(incident), form(incident, plan, to=keys))
    assert len(sent(incident)) == len(plan.lines)
