"""The page 例外, and opening one from a case."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from hinomi.core.errors import UsageError
from hinomi.core.findings import Evidence
from hinomi.core.words import Level
from hinomi.detect import Logsource
from hinomi.portal.access.time import now
from hinomi.portal.exceptions import services
from hinomi.portal.exceptions.models import RuleException
from hinomi.portal.exceptions.services import add_exception, review
from tests.portal.exceptions.test_exceptions import BACKUP
from tests.portal.incidents.cast import Desk
from tests.portal.town import sign_in

if TYPE_CHECKING:
    from django.test import Client

    from hinomi.portal.accounts.models import User
    from hinomi.portal.incidents.models import Incident
    from tests.portal.town import Town

_ALL = "the test looks at all of them"


@pytest.fixture
def analyst(town: Town) -> User:
    return town.people["analyst", "own"]


@pytest.fixture
def client(analyst: User) -> Client:
    return sign_in(analyst)


def make(town: Town, **changes: Any) -> RuleException:
    given = {
        "document": BACKUP,
        "path": "backup.yml",
        "organisation_id": town.aoba.organisation.id,
        "owner_mail": town.people["analyst", "own"].email,
        "reason": "毎晩のバックアップ",
        "days": 30,
    }
    return add_exception(**given | changes)


def fields(page: str) -> dict[str, str]:
    """What the form of the page's first exception holds."""
    found = re.search(r'name="seen_until" value="([^"]+)"', page)
    name = re.search(r'name="exception" value="([^"]+)"', page)
    assert found
    assert name
    return {"exception": name[1], "seen_until": found[1]}


def test_it_is_renewed_or_ended_by_name_and_pressed_twice_it_is_once(
    town: Town, client: Client, analyst: User
) -> None:
    row = make(town)
    form = fields(client.get("/exceptions/").content.decode())
    for _ in range(2):
        client.post("/exceptions/review/", {**form, "days": "90", "reason": "まだ続く"})
    row.refresh_from_db()
    assert timedelta(days=89) < row.until - now() <= timedelta(days=90)
    (one,) = row.reviews.all()
    assert (one.by, one.reason) == (analyst, "まだ続く")
    form = fields(client.get("/exceptions/").content.decode())
    client.post("/exceptions/review/", {**form, "days": "0", "reason": "やめた"})
    row.refresh_from_db()
    assert row.ended_at is not None
    page = client.get("/exceptions/?show=ended").content.decode()
    assert "やめた" in page
    assert "見直す</summary>" not in page


def test_without_a_reason_nothing_changes_and_the_page_says_so(town: Town, client: Client) -> None:
    row = make(town)
    form = fields(client.get("/exceptions/").content.decode())
    answer = client.post("/exceptions/review/", {**form, "days": "90", "reason": ""})
    assert answer.status_code == 422
    assert "見直した理由を入力してください" in answer.content.decode()
    assert not row.reviews.exists()


@pytest.mark.parametrize("days", [-1, 181])
def test_nobody_renews_for_longer_than_half_a_year(town: Town, analyst: User, days: int) -> None:
    row = make(town)
    with pytest.raises(UsageError):
        review(exception=row, seen_until=row.until, days=days, reason="x", user=analyst)


def test_expired_ones_are_listed_and_can_be_renewed(
    town: Town, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "now", lambda: now() - timedelta(days=60))
    row = make(town)
    monkeypatch.undo()
    assert "バックアップ" not in client.get("/exceptions/").content.decode()
    form = fields(client.get("/exceptions/?show=expired").content.decode())
    client.post("/exceptions/review/", {**form, "days": "30", "reason": "また始まった"})
    row.refresh_from_db()
    assert row.until > now()


def test_nobody_sees_or_changes_another_firms(town: Town, client: Client) -> None:
    row = make(
        town,
        organisation_id=town.umi.organisation.id,
        owner_mail=town.people["analyst", "other firm"].email,
        reason="カナリア海の都合",
    )
    own = make(town, organisation_id="", firm_id=town.firm.id, reason="事業者ぜんたい")
    page = client.get("/exceptions/").content.decode()
    assert "カナリア海" not in page
    assert "事業者ぜんたい" in page
    form = {"exception": row.pk, "seen_until": "x", "days": "0", "reason": "x"}
    assert client.post("/exceptions/review/", form).status_code == 404
    other = sign_in(town.people["analyst", "other firm"])
    assert "事業者ぜんたい" not in other.get("/exceptions/").content.decode()
    assert other.post("/exceptions/review/", {**form, "exception": own.pk}).status_code == 404
    desk = sign_in(town.people["desk", "own"])
    assert desk.get("/exceptions/").status_code == 200
    assert desk.post("/exceptions/review/", form).status_code == 403


class FakeRule:
    """A plain rule as far as a proposal reads it."""

    id, title = "rule-1", "Shadow copies deleted"
    logsource = Logsource(product="linux", service="auditd")

    def __init__(self, level: Level = Level.HIGH) -> None:
        self.level = level


@pytest.fixture
def incident(town: Town, monkeypatch: pytest.MonkeyPatch) -> Incident:
    use_rule(monkeypatch, FakeRule())
    moment = now() - timedelta(minutes=5)
    evidence = (Evidence("e1", moment, {"comm": "tar", "exe": "/usr/bin/tar"}, b"raw"),)
    return Desk(town.aoba.organisation).incident("PC-1", evidence=evidence)


def use_rule(monkeypatch: pytest.MonkeyPatch, rule: FakeRule) -> None:
    loaded = type("Loaded", (), {"rules": (rule,)})()
    place = "hinomi.portal.incidents.leaving_alone.load_rules"
    monkeypatch.setattr(place, lambda _: loaded)


def test_from_a_case_an_exception_is_opened_with_reason_and_end(
    town: Town, client: Client, incident: Incident, analyst: User
) -> None:
    url = f"/queue/{incident.number}/exception/"
    assert "/usr/bin/tar" in client.get(url).content.decode()
    form = {"rule": "rule-1", "reason": "", "days": "30"}
    refused = client.post(url, form)
    assert refused.status_code == 422
    for _ in range(2):
        client.post(url, {**form, "reason": "毎晩の控え"})
    (row,) = RuleException.objects.across_all(reason=_ALL)
    assert (row.owner, row.organisation_id) == (analyst, town.aoba.organisation.id)
    assert row.reason == f"{incident.number}：毎晩の控え"
    notes = incident.timeline.filter(text__contains="例外「")
    assert notes.count() == 1


@pytest.mark.parametrize("days", ["0", "181", "366", "x"])
def test_no_other_end_is_taken(client: Client, incident: Incident, days: str) -> None:
    form = {"rule": "rule-1", "reason": "x", "days": days}
    assert client.post(f"/queue/{incident.number}/exception/", form).status_code == 422


def test_a_critical_rule_and_a_rule_of_elsewhere_are_never_left_alone(
    client: Client, incident: Incident, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"/queue/{incident.number}/exception/"
    form = {"rule": "rule-9", "reason": "x", "days": "30"}
    assert client.post(url, form).status_code == 422
    use_rule(monkeypatch, FakeRule(Level.CRITICAL))
    assert "例外を作れません" in client.get(url).content.decode()
    assert client.post(url, {**form, "rule": "rule-1"}).status_code == 422
    assert not RuleException.objects.across_all(reason=_ALL).exists()
