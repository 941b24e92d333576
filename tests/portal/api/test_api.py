"""/api/v1: the screens' scopes by another door; a key is never more than its person may now."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

from hinomi.portal.access.actor import load_actor
from hinomi.portal.access.models import AuditEntry
from hinomi.portal.access.permissions import Permission
from hinomi.portal.access.time import now
from hinomi.portal.api import rates
from hinomi.portal.api.models import AccessKey
from hinomi.portal.api.rights import OFFERED
from hinomi.portal.api.services import make_key, revoke_key
from hinomi.portal.incidents.models import Answer, TimelineEntry
from hinomi.portal.organisations.services import end_engagement
from tests.portal.access.test_matrix import CUSTOMERS, PEOPLE
from tests.portal.town import sign_in
from tests.portal.watch_things import make_incident

if TYPE_CHECKING:
    from django.http import HttpResponse

    from hinomi.portal.accounts.models import User
    from tests.portal.town import Town

pytestmark = pytest.mark.django_db


class Program:
    """A program with one key."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def get(self, path: str, **asked: object) -> HttpResponse:
        answer: HttpResponse = Client().get(
            f"/api/v1{path}", asked, headers={"Authorization": f"Bearer {self._secret}"}
        )
        return answer

    def post(self, path: str, body: object) -> HttpResponse:
        answer: HttpResponse = Client().post(
            f"/api/v1{path}",
            body if isinstance(body, str) else json.dumps(body),
            content_type="application/json",
            headers={"Authorization": f"Bearer {self._secret}"},
        )
        return answer


def program(user: User, *permissions: Permission, days: int = 30) -> Program:
    return Program(secret_of(user, *permissions, days=days))


def secret_of(user: User, *permissions: Permission, days: int = 30) -> str:
    (grant,) = load_actor(user_id=user.pk, name="").grants
    _, secret = make_key(
        user=user,
        grant=grant,
        name=f"key {AccessKey.objects.of_person(user.pk).count()}",
        permissions=list(permissions or OFFERED),
        days=days,
    )
    return secret


def told(answer: HttpResponse) -> Any:
    return json.loads(answer.content)


def test_an_owners_key_reads_its_own_incidents_and_sources(town: Town) -> None:
    mine, asks = town.aoba.organisation, program(town.people["owner", "own"])
    page = told(asks.get("/incidents", organisation=mine.id))
    assert [row["number"] for row in page["items"]] == [town.aoba.incident.number]
    assert page["items"][0]["organisation"] == {"id": mine.id, "name": "青葉工務店"}
    one = told(asks.get(f"/incidents/{town.aoba.incident.number}"))
    assert one == page["items"][0]
    sources = told(asks.get("/sources", organisation="*"))
    assert [row["id"] for row in sources["items"]] == [town.aoba.source.id]
    assert told(asks.get(f"/sources/{town.aoba.source.id}")) == sources["items"][0]
    assert told(asks.get("/key"))["tenant"] == {"organisation": mine.id, "firm": None}


@pytest.mark.parametrize(("role", "relation"), PEOPLE)
def test_no_key_reads_or_writes_beyond_the_reach_of_its_person(
    town: Town, role: str, relation: str
) -> None:
    """Every operation by every person's key against 青葉工務店's things."""
    asks = program(town.people[role, relation])
    aoba, number = town.aoba.organisation.id, town.aoba.incident.number
    lists = [asks.get(path, organisation=aoba) for path in ("/incidents", "/sources")]
    things = [
        asks.get(f"/incidents/{number}"),
        asks.get(f"/incidents/{number}/history"),
        asks.get(f"/sources/{town.aoba.source.id}"),
    ]
    note = asks.post(f"/incidents/{number}/notes", {"version": 1, "text": "x"})
    answered = asks.post(f"/incidents/{number}/answers", {"choice": "done"})
    codes = [each.status_code for each in (*lists, *things)]
    if relation != "own":
        assert {*codes, note.status_code, answered.status_code} == {404}
    else:
        assert set(codes) == {200}
        assert note.status_code == (403 if role in CUSTOMERS else 201)
        assert answered.status_code == (201 if role in CUSTOMERS else 403)
    everything = asks.get("/incidents", organisation="*")
    served = {"own": {"aoba", "fumi"}, "other firm": {"umi"}, "ended": set()}
    mine = {"own": {"aoba"}, "same firm": {"fumi"}, "other firm": {"umi"}}
    reached = (mine if role in CUSTOMERS else served)[relation]
    for key in ("aoba", "fumi", "umi"):
        company = getattr(town, key)
        text = everything.content.decode()
        assert (company.incident.number in text) is (key in reached), key


def test_another_companys_things_and_invented_ones_look_alike(town: Town) -> None:
    asks = program(town.people["owner", "same firm"])
    real = asks.get(f"/incidents/{town.aoba.incident.number}")
    invented = asks.get("/incidents/K-9999999")
    assert (real.status_code, real.content) == (invented.status_code, invented.content)
    assert real["Content-Type"] == "application/problem+json"
    assert told(real)["title_ja"] == "見つかりません"


def test_a_list_without_a_named_company_is_refused_not_guessed(town: Town) -> None:
    answer = program(town.people["owner", "own"]).get("/incidents")
    assert answer.status_code == 422
    assert any("organisation" in error for error in told(answer)["errors"])


@pytest.mark.parametrize(
    "written",
    ["2026-01-01", "2026-01-01T00:00:00", "2026-01-01 00:00", "1767225600", "2026-02-30T00:00:00Z"],
)
def test_a_time_without_its_zone_is_refused_not_guessed(town: Town, written: str) -> None:
    """Read as UTC or as JST, nine hours of incidents would be too many or missing."""
    asks = program(town.people["owner", "own"])
    answer = asks.get("/incidents", organisation="*", since=written)
    assert answer.status_code == 422
    assert "with the zone" in told(answer)["errors"][0]


@pytest.mark.parametrize(
    "written",
    [
        "0001-01-01T00:00:00+23:00", "0000-02-29T00:00:00Z", "9999-12-31T23:59:60.123456789-23:59",
        "2026-06-30t23:59:60z",
    ],
)  # fmt: skip
def test_every_time_of_rfc_3339_is_read(town: Town, written: str) -> None:
    asks = program(town.people["owner", "own"])
    assert asks.get("/incidents", organisation="*", since=written).status_code == 200


def test_since_compares_moments_not_clock_faces(town: Town) -> None:
    opened = town.aoba.incident.opened_at
    asks = program(town.people["owner", "own"])
    japan = timezone(timedelta(hours=9))
    for moment, expected in ((opened, 1), (opened + timedelta(seconds=1), 0)):
        for zone in (UTC, japan):
            page = asks.get(
                "/incidents", organisation="*", since=moment.astimezone(zone).isoformat()
            )
            assert len(told(page)["items"]) == expected


def test_a_browsers_session_opens_nothing_here(town: Town) -> None:
    browser = sign_in(town.people["owner", "own"])
    answer = browser.get("/api/v1/incidents", {"organisation": town.aoba.organisation.id})
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_key_ends_with_its_time_its_person_its_engagement_and_its_button(town: Town) -> None:
    owner = town.people["owner", "own"]
    asks = program(owner)
    key = AccessKey.objects.of_person(owner.pk).get()
    for change in ({"expires_at": now() - timedelta(seconds=1)}, {"revoked_at": now()}):
        before = {name: getattr(key, name) for name in change}
        AccessKey.objects.of_person(owner.pk).update(**change)
        assert asks.get("/key").status_code == 401
        AccessKey.objects.of_person(owner.pk).update(**before)
    owner.is_active = False
    owner.save()
    assert asks.get("/key").status_code == 401
    manager = program(town.people["manager", "own"])
    assert manager.get(f"/incidents/{town.aoba.incident.number}").status_code == 200
    end_engagement(firm_id=town.firm.id, organisation_id=town.aoba.organisation.id)
    assert manager.get(f"/incidents/{town.aoba.incident.number}").status_code == 404


def test_a_key_has_only_the_rights_it_was_given(town: Town) -> None:
    asks = program(town.people["owner", "own"], Permission.SOURCE_READ)
    assert asks.get("/sources", organisation="*").status_code == 200
    assert asks.get("/incidents", organisation="*").status_code == 403
    assert asks.get(f"/incidents/{town.aoba.incident.number}").status_code == 403
    assert asks.get(f"/incidents/{town.fumi.incident.number}").status_code == 404


def test_a_customers_key_reads_what_its_page_shows(town: Town) -> None:
    """Inside notes, and incidents that a campaign holds back, are ours alone."""
    number = town.aoba.incident.number
    customer, staff = program(town.people["owner", "own"]), program(town.people["manager", "own"])
    seen = told(customer.get(f"/incidents/{number}/history"))["items"]
    assert seen
    assert all(line["visible_to_customer"] for line in seen)
    assert len(told(staff.get(f"/incidents/{number}/history"))["items"]) > len(seen)
    town.aoba.incident.held_since = now()
    town.aoba.incident.save()
    assert customer.get(f"/incidents/{number}").status_code == 404
    assert staff.get(f"/incidents/{number}").status_code == 200


def test_a_note_sent_twice_is_written_once(town: Town) -> None:
    incident = town.aoba.incident
    asks = program(town.people["manager", "own"])
    note = {"version": incident.version, "text": "確認\0しました", "for_customer": True}
    first, second = (asks.post(f"/incidents/{incident.number}/notes", note) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 409)
    written = TimelineEntry.objects.of(incident.organisation_id).filter(text="確認しました")
    assert written.count() == 1
    blank = asks.post(f"/incidents/{incident.number}/notes", {"version": 2, "text": "\0 "})
    assert blank.status_code == 422


def test_an_answer_counts_as_the_button_does(town: Town) -> None:
    number = town.fumi.incident.number
    asks = program(town.people["owner", "same firm"])
    choice = told(asks.get(f"/incidents/{number}/history"))["choices"][-1]
    before = Answer.objects.of(town.fumi.organisation.id).count()
    codes = [
        asks.post(f"/incidents/{number}/answers", {"choice": choice}).status_code for _ in range(2)
    ]
    assert codes == [201, 201]
    assert Answer.objects.of(town.fumi.organisation.id).count() == before + 1
    assert asks.post(f"/incidents/{number}/answers", {"choice": "nonsense"}).status_code == 409


def test_pages_follow_each_other_by_cursor_without_loss_or_doubles(town: Town) -> None:
    for each in range(5):
        row = make_incident(town.aoba.organisation, canary=f"頁{each}")
        assert row.number
    asks = program(town.people["owner", "own"])
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        more = {"cursor": cursor} if cursor else {}
        page = told(asks.get("/incidents", organisation="*", limit=2, **more))
        seen += [row["number"] for row in page["items"]]
        cursor = page["next_cursor"]
    assert len(seen) == len(set(seen)) == 6
    for nonsense in ("x", "!!", "a" * 80, "____"):
        answer = asks.get("/incidents", organisation="*", cursor=nonsense)
        assert answer.status_code == 422, nonsense


def test_too_many_requests_are_told_when_to_come_again(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rates, "PER_MINUTE", 3)
    moment = datetime(2026, 11, 20, 1, 0, 10, tzinfo=UTC)
    monkeypatch.setattr(rates, "now", lambda: moment)
    asks, other = program(town.people["owner", "own"]), program(town.people["owner", "same firm"])
    codes = [asks.get("/key").status_code for _ in range(5)]
    assert codes == [200, 200, 200, 429, 429]
    assert asks.get("/key")["Retry-After"] == "50"
    assert other.get("/key").status_code == 200


def test_the_secret_is_shown_once_and_stored_only_as_its_hash(town: Town) -> None:
    owner = sign_in(town.people["owner", "own"])
    fields = {
        "name": "会計",
        "tenant": "0",
        "permissions": ["incidents:incident:read"],
        "days": "30",
    }
    made = owner.post("/account/keys/", fields)
    secret = made.context["secret"]
    assert secret in made.content.decode()
    again = owner.post("/account/keys/", fields)
    assert again.status_code == 422, "a second click makes no second key"
    assert AccessKey.objects.of_person(town.people["owner", "own"].pk).count() == 1
    page = owner.get("/account/keys/").content.decode()
    assert secret not in page
    assert secret[-4:] in page
    assert secret not in str(list(AuditEntry.objects.values_list("detail", flat=True)))
    assert Program(secret).get("/key").status_code == 200
    key = AccessKey.objects.of_person(town.people["owner", "own"].pk).get()
    stranger = sign_in(town.people["owner", "same firm"])
    stranger.post("/account/keys/stop/", {"key": key.pk})
    assert Program(secret).get("/key").status_code == 200
    owner.post("/account/keys/stop/", {"key": key.pk})
    assert Program(secret).get("/key").status_code == 401
    assert not revoke_key(user=town.people["owner", "own"], key_id=key.pk)


def test_a_key_cannot_be_made_for_more_than_its_person_may(town: Town) -> None:
    owner = sign_in(town.people["owner", "own"])
    fields = {"name": "x", "tenant": "0", "permissions": ["incidents:incident:work"], "days": "30"}
    assert owner.post("/account/keys/", fields).status_code == 422
    assert owner.post("/account/keys/", {**fields, "tenant": "1"}).status_code == 422
    staff = sign_in(town.people["staff", "own"])
    assert staff.get("/account/keys/").status_code == 403


def test_the_page_about_the_api_names_every_operation(town: Town) -> None:
    page = Client().get("/api/v1/docs/").content.decode()
    document = told(Client().get("/api/v1/openapi.json"))
    assert document["openapi"].startswith("3.1")
    for path, operations in document["paths"].items():
        assert path in page
        assert all("security" in operation for operation in operations.values()), path
    assert "<script" not in page.partition("<main")[2]
