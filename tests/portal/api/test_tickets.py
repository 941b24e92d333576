"""/api/v1/tickets: a company's key does what its pages do, a firm's key what its desk does."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from hinomi.portal.access.models import AuditEntry
from hinomi.portal.access.time import now
from hinomi.portal.duties.models import Booking, Slot
from hinomi.portal.notices.models import Notice
from hinomi.portal.tickets import desk
from hinomi.portal.tickets.models import Ticket, TicketMessage
from hinomi.portal.tickets.services import Words
from tests.portal.access.test_matrix import CUSTOMERS, PEOPLE
from tests.portal.api.test_api import program, told

if TYPE_CHECKING:
    from tests.portal.town import Town

pytestmark = pytest.mark.django_db

ONCE = "request 0001"


def question(organisation: str, once: str = ONCE) -> dict[str, str]:
    return {"organisation": organisation, "subject": "メール", "text": "本物ですか", "once": once}


def duty(town: Town) -> None:
    """窓 holds the duty for hours around now."""
    Slot.objects.create(
        firm=town.firm,
        order="first",
        user=town.people["desk", "own"],
        starts_at=now() - timedelta(hours=4),
        ends_at=now() + timedelta(hours=8),
        phone="03-1234-0000",
        published_at=now(),
    )


@pytest.mark.parametrize(("role", "relation"), PEOPLE)
def test_no_key_reads_or_writes_tickets_beyond_its_persons_reach_and_side(
    town: Town, role: str, relation: str
) -> None:
    """Every operation on 青葉工務店's ticket by every person's key: beyond the reach nothing is
    there, within it a company's key asks and a firm's key answers."""
    asks = program(town.people[role, relation])
    aoba, at = town.aoba.organisation.id, f"/tickets/{town.aoba.ticket.number}"
    said = {"text": "見ました", "once": ONCE}
    reads = [asks.get("/tickets", organisation=aoba), asks.get(at), asks.get(f"{at}/messages")]
    customers = [asks.post("/tickets", question(aoba)), asks.post(f"{at}/messages", said)]
    version = Ticket.objects.of(aoba).get(pk=town.aoba.ticket.pk).version
    firms = [
        asks.post("/calls", question(aoba)),
        asks.post(f"{at}/replies", {**said, "once": "reply 0001", "version": version}),
        asks.post(f"{at}/notes", {**said, "once": "note 00001"}),
        asks.post(f"{at}/called", {**said, "once": "called 001"}),
        asks.post(f"{at}/call-back", {}),
    ]
    codes = [[each.status_code for each in part] for part in (reads, customers, firms)]
    if relation != "own":
        assert {code for part in codes for code in part} == {404}
    elif role in CUSTOMERS:
        assert codes == [[200] * 3, [201] * 2, [403] * 5]
    else:
        assert codes == [[200] * 3, [403] * 2, [201, 201, 201, 201, 409]]
    served = {"own": {"aoba", "fumi"}, "other firm": {"umi"}, "ended": set()}
    mine = {"own": {"aoba"}, "same firm": {"fumi"}, "other firm": {"umi"}}
    reached = (mine if role in CUSTOMERS else served)[relation]
    everything = asks.get("/tickets", organisation="*").content.decode()
    for key in ("aoba", "fumi", "umi"):
        assert (getattr(town, key).ticket.number in everything) is (key in reached), key


def test_anothers_ticket_and_an_invented_one_look_alike(town: Town) -> None:
    asks = program(town.people["owner", "same firm"])
    real = asks.get(f"/tickets/{town.aoba.ticket.number}")
    invented = asks.get("/tickets/K-9999999")
    assert (real.status_code, real.content) == (404, invented.content)
    wrong = asks.post("/tickets", question(town.aoba.organisation.id))
    unknown = asks.post("/tickets", question("org_unknown"))
    assert (wrong.status_code, wrong.content) == (404, unknown.content)


def test_notes_and_steps_of_ours_are_told_to_the_firms_keys_only(town: Town) -> None:
    ticket, user = town.aoba.ticket, town.people["desk", "own"]
    desk.take(ticket=ticket, user=user)
    desk.note(ticket=ticket, words=Words(text="社内だけの話", author=user), user=user)
    customer, staff = program(town.people["owner", "own"]), program(town.people["manager", "own"])
    for path in ("", "/messages"):
        seen = customer.get(f"/tickets/{ticket.number}{path}").content.decode()
        assert "社内だけの話" not in seen
        assert "担当になりました" not in seen
    assert told(customer.get(f"/tickets/{ticket.number}"))["assigned_to"] is None
    whole = told(staff.get(f"/tickets/{ticket.number}/messages"))["items"]
    assert {"customer", "inside", "step"} == {each["side"] for each in whole}
    assert told(staff.get(f"/tickets/{ticket.number}"))["assigned_to"] == user.shown_name


def test_an_incident_that_is_held_back_is_not_named_to_its_company(town: Town) -> None:
    desk.link(ticket=town.aoba.ticket, incident=town.aoba.incident, user=town.people["desk", "own"])
    path = f"/tickets/{town.aoba.ticket.number}"
    customer, staff = program(town.people["owner", "own"]), program(town.people["manager", "own"])
    assert told(customer.get(path))["incident"] == town.aoba.incident.number
    town.aoba.incident.held_since = now()
    town.aoba.incident.save()
    assert told(customer.get(path))["incident"] is None
    assert told(staff.get(path))["incident"] == town.aoba.incident.number


def test_a_request_sent_twice_counts_once_and_only_for_its_own_key(town: Town) -> None:
    aoba = town.aoba.organisation.id
    owner, manager = program(town.people["owner", "own"]), program(town.people["manager", "own"])
    first, second = (told(owner.post("/tickets", question(aoba))) for _ in range(2))
    assert first == second
    other = told(program(town.people["owner", "own"]).post("/tickets", question(aoba)))
    assert other["number"] != first["number"], "another key's request of the same name"
    at = f"/tickets/{first['number']}"
    said = {"text": "もう1つ", "once": "message 01"}
    for _ in range(2):
        thread = told(owner.post(f"{at}/messages", said))
    assert [each["text"] for each in thread["items"]] == ["本物ですか", "もう1つ"]
    for path, body in (
        ("replies", {"text": "本物です。", "version": thread["version"]}),
        ("notes", {"text": "社内"}),
        ("called", {"text": "話した"}),
    ):
        for _ in range(2):
            answer = manager.post(f"{at}/{path}", {**body, "once": f"{path} 00001"})
            assert answer.status_code == 201
    words = TicketMessage.objects.of(aoba).filter(ticket__number=first["number"])
    texts = list(words.values_list("text", flat=True))
    assert {texts.count(each) for each in ("本物です。", "社内", "話した")} == {1}
    assert Notice.objects.of(aoba).filter(incident_number=first["number"]).count() == 1


def test_an_answer_to_words_that_nobody_read_is_refused(town: Town) -> None:
    manager, owner = program(town.people["manager", "own"]), program(town.people["owner", "own"])
    at = f"/tickets/{town.aoba.ticket.number}"
    seen = told(manager.get(at))["version"]
    owner.post(f"{at}/messages", {"text": "待って", "once": ONCE})
    late = manager.post(f"{at}/replies", {"text": "はい。", "version": seen, "once": ONCE})
    assert late.status_code == 409
    assert told(late)["type"].endswith("#conflict")


def test_red_words_need_a_named_yes_here_too(town: Town) -> None:
    manager = program(town.people["manager", "own"])
    at = f"/tickets/{town.aoba.ticket.number}"
    body = {"text": "端末を隔離しました！", "version": town.aoba.ticket.version, "once": ONCE}
    refused = manager.post(f"{at}/replies", body)
    assert (refused.status_code, told(refused)["type"][-9:]) == (409, "red-words")
    assert any("ネットワークから切り離す" in each for each in told(refused)["errors"])
    assert manager.post(f"{at}/replies", {**body, "all_the_same": True}).status_code == 201
    entry = AuditEntry.objects.filter(what="tickets:ticket:reply").latest("pk")
    assert (entry.user, entry.detail["red"] != "") == (town.people["manager", "own"], True)


def test_a_call_is_promised_only_from_a_duty_slot_and_once(town: Town) -> None:
    manager = program(town.people["manager", "own"])
    aoba, at = town.aoba.organisation.id, f"/tickets/{town.aoba.ticket.number}"
    call = {**question(aoba), "calls_back": True, "author_name": "葵", "phone": "03-9999-0000"}
    unpromised = told(manager.post("/calls", call))
    assert unpromised["promise"] is None or unpromised["promise"]["kind"] == "reply"
    refused = manager.post(f"{at}/call-back", {})
    assert (refused.status_code, told(refused)["type"][-7:]) == (409, "no-slot")
    duty(town)
    first, second = (told(manager.post(f"{at}/call-back", {})) for _ in range(2))
    assert first == second
    assert first["promise"]["kind"] == "call"
    assert first["promise"]["phone"] == "03-1234-0000"
    assert Booking.objects.of(aoba).count() == 1
    assert told(program(town.people["owner", "own"]).get(at))["promise"] == first["promise"]


def test_words_that_nobody_can_read_are_refused(town: Town) -> None:
    owner, aoba = program(town.people["owner", "own"]), town.aoba.organisation.id
    for field in ("subject", "text"):
        answer = owner.post("/tickets", {**question(aoba), field: "\0\u200b "})
        assert (answer.status_code, told(answer)["errors"][0][: len(field)]) == (422, field)
    assert owner.post("/tickets", {**question(aoba), "urgent": True}).status_code == 422
    assert owner.post("/tickets", {**question(aoba), "once": "short"}).status_code == 422


def test_pages_of_tickets_follow_each_other_and_states_part_them(town: Town) -> None:
    owner, aoba = program(town.people["owner", "own"]), town.aoba.organisation.id
    for place in range(4):
        owner.post("/tickets", question(aoba, once=f"request {place:04}"))
    seen, cursor = [], ""
    while cursor is not None:
        page = (
            told(owner.get("/tickets", organisation=aoba, limit=2, cursor=cursor or ""))
            if cursor
            else told(owner.get("/tickets", organisation=aoba, limit=2))
        )
        seen += [each["number"] for each in page["items"]]
        cursor = page["next_cursor"]
    assert len(seen) == len(set(seen)) == 5
    desk.set_state(ticket=town.aoba.ticket, state="done", user=town.people["desk", "own"])
    counts = {
        state: len(told(owner.get("/tickets", organisation=aoba, state=state))["items"])
        for state in ("open", "waiting", "closed")
    }
    assert counts == {"open": 4, "waiting": 4, "closed": 1}


def test_a_list_of_tickets_asks_the_database_the_same_for_many_as_for_one(
    town: Town, django_assert_max_num_queries: object
) -> None:
    owner, aoba = program(town.people["owner", "own"]), town.aoba.organisation.id
    for place in range(6):
        owner.post("/tickets", question(aoba, once=f"request {place:04}"))
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        assert len(told(owner.get("/tickets", organisation=aoba))["items"]) == 7
