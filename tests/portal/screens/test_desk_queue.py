"""The queue's order, pages, search, saved views, and what it says when news stops coming."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hinomi.core.words import IncidentState
from hinomi.portal.access.scope import scope_of
from hinomi.portal.access.time import now
from hinomi.portal.incidents import casework, housekeeping
from hinomi.portal.incidents.desk_rows import QueueDefault, SavedView
from hinomi.portal.incidents.models import Incident
from hinomi.portal.incidents.queries import feed, queue
from hinomi.portal.sources.services import name_device
from tests.portal.screens.test_queue import make, numbers
from tests.portal.town import Town, sign_in

if TYPE_CHECKING:
    from django.test import Client


@pytest.fixture
def analyst(town: Town) -> Client:
    return sign_in(town.people["analyst", "own"])


def body(client: Client, url: str) -> str:
    return client.get(url).content.decode()


def test_the_page_asks_the_database_as_often_for_five_rows_as_for_fifty(
    town: Town, analyst: Client
) -> None:
    """Of several companies with named machines: each a chance to ask once more per row."""

    def asked(url: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert analyst.get(url).status_code == 200
        return len(queries)

    companies = (town.aoba.organisation, town.fumi.organisation)
    for number in range(5):
        make(companies[number % 2], f"K-{100 + number}")
    few = {url: asked(url) for url in ("/queue/?view=all&choose=all", "/customers/")}
    for number in range(5, 50):
        company = companies[number % 2]
        row = make(company, f"K-{100 + number}")
        name_device(organisation_id=company.id, native=row.device, nickname="机", user_id=None)
    assert {url: asked(url) for url in few} == few


# How a row changes while somebody pages: it is closed, opened, or moves to another place.
CHANGES = st.lists(
    st.tuples(st.sampled_from(["close", "open", "hurry", "calm"]), st.integers(0, 11)), max_size=6
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    dues=st.lists(st.integers(0, 3), min_size=12, max_size=12),
    changes=st.lists(CHANGES, max_size=5),
    size=st.integers(1, 5),
)
def test_paging_loses_and_doubles_nothing_while_rows_change(
    town: Town, dues: list[int], changes: list[list[tuple[str, int]]], size: int
) -> None:
    """Whatever stays where it is stands on exactly one page, forwards and back."""
    company, begin = town.aoba.organisation, now()
    Incident.objects.of(company.id).filter(number__startswith="K-7").delete()
    rows = [make(company, f"K-7{number:02}") for number in range(12)]
    for row, due in zip(rows, dues, strict=True):  # equal times: the rest of the key must decide
        Incident.objects.of(company.id).filter(pk=row.pk).update(
            due_at=begin + timedelta(minutes=due)
        )
    moved: set[str] = {town.aoba.incident.number}
    seen: list[str] = []
    after, rounds = "", iter(changes)
    while True:
        found = queue.page(
            scope_of(company.id), queue.Question("all"), user_id=0, after=after, size=size
        )
        seen += [row.number for row in found.items]
        if not (after := found.after):
            break
        for act, number in next(rounds, []):
            moved.add(rows[number].number)
            _change(rows[number], act)
    unmoved = {row.number for row in rows} - moved
    assert sorted(number for number in seen if number in unmoved) == sorted(unmoved)


def _change(row: Incident, act: str) -> None:
    row.refresh_from_db()
    rows = Incident.objects.of(row.organisation_id).filter(pk=row.pk)
    if act in ("close", "open"):
        state = IncidentState.DONE if act == "close" else IncidentState.NEW
        row.state = state.value
        row.save()
    else:
        rows.update(due_at=now() + timedelta(hours=-9 if act == "hurry" else 9))


@pytest.mark.parametrize("view", ["all", "done"])
def test_the_way_back_shows_the_same_pages(town: Town, view: str) -> None:
    company = town.aoba.organisation
    for number in range(7):
        row = make(company, f"K-7{number}", minutes=number)
        if view == "done":
            row.state, row.closed_at = "done", now() - timedelta(minutes=number)
            row.save()
    ask = {"user_id": 0, "size": 3}
    scope, question = scope_of(company.id), queue.Question(view)
    first = queue.page(scope, question, **ask)  # type: ignore[arg-type]
    second = queue.page(scope, question, after=first.after, **ask)  # type: ignore[arg-type]
    back = queue.page(scope, question, before=second.before, **ask)  # type: ignore[arg-type]
    assert [row.pk for row in back.items] == [row.pk for row in first.items]
    assert not first.before
    assert back.after == first.after


@pytest.mark.parametrize(
    "place",
    ["x", "1", "1.2.x", "-1.0.0", "9" * 19 + ".0.0", "999999999999999999.0.0", "1.2.3.4", "%00"],
)
def test_a_place_that_is_none_gives_the_beginning(town: Town, analyst: Client, place: str) -> None:
    assert town.aoba.incident.number in body(analyst, f"/queue/?view=all&after={place}")
    assert town.aoba.incident.number in body(analyst, f"/queue/?view=all&before={place}")


@pytest.mark.parametrize("typed", ["K-4711", "k-4711", "4711", "Ｋ－４７１１", " K 4711", "K4711"])
def test_a_number_is_found_however_it_is_typed_and_whatever_its_state(
    town: Town, analyst: Client, typed: str
) -> None:
    make(town.aoba.organisation, "K-4711", state="done")
    assert numbers(analyst.get("/queue/", {"q": typed}).content.decode()) == ["K-4711"]


def test_company_and_machine_are_found_by_a_part_of_their_names(
    town: Town, analyst: Client
) -> None:
    mine = town.fumi.incident.number
    assert numbers(body(analyst, "/queue/?q=文京")) == [mine]
    assert numbers(body(analyst, "/queue/?q=カナリア文-P")) == [mine]
    assert numbers(body(analyst, "/queue/?q=海野")) == []  # another firm's customer


HOSTILE = [
    "%", "_", "'", '"', "\\", "%27%20OR%201=1--", "\x00", "<script>", "K-" + "9" * 90,
    "a" * 5000, "\ufe00", "𝒳", "{{ 1 }}",
]  # fmt: skip


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_search_is_a_search_like_any_other(
    town: Town, analyst: Client, hostile: str
) -> None:
    answer = analyst.get("/queue/", {"q": hostile})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "<script>" not in page.replace("<script src=", "")
    if hostile in "%_":
        assert numbers(page) == []


def test_moving_and_worsening_move_the_promise_with_it(town: Town) -> None:
    row = make(town.aoba.organisation, "K-11", level="check")
    user, first = town.people["analyst", "own"], row.due_at
    row.level = "now"
    row.save(update_fields=["level"])
    row.refresh_from_db()
    assert row.due_at is not None
    assert first is not None
    assert row.due_at < first
    assert row.level_order == 0
    moved = casework.change_state(
        incident=row, version=1, state=IncidentState.FALSE_ALARM, reason="x", user=user
    )
    assert moved.due_at is None  # 完了 of 今すぐ would wait for a second look on a closed day


def test_rows_of_an_older_version_get_their_place(town: Town) -> None:
    row, closed = make(town.aoba.organisation, "K-11"), make(town.aoba.organisation, "K-12")
    rows = Incident.objects.of(row.organisation_id)
    due = row.due_at
    rows.filter(pk=closed.pk).update(state="done", due_for="")
    rows.filter(pk=row.pk).update(due_for="", due_at=None)
    housekeeping.tidy()
    assert rows.get(pk=closed.pk).due_at is None
    placed = rows.get(pk=row.pk).due_at
    assert placed is not None
    assert due is not None
    assert abs(placed - due) < timedelta(minutes=10)


# Saved views


def save(client: Client, name: str = "夜の見方", **fields: str) -> int:
    asked = {"name": name, "question": "view=now&level=now", **fields}
    return client.post("/queue/views/", asked).status_code


def views(town: Town) -> list[SavedView]:
    return list(SavedView.objects.of_firm(town.firm.id).exclude(name__startswith="カナリア"))


def test_a_view_keeps_its_question_and_can_open_the_queue(town: Town, analyst: Client) -> None:
    make(town.aoba.organisation, "K-11", level="today")
    assert save(analyst) == 302
    (view,) = views(town)
    assert view.question == "view=now&level=now"
    assert "夜の見方" in body(analyst, "/queue/")
    analyst.post(f"/queue/views/{view.pk}/prefer/")
    assert "K-11" not in numbers(body(analyst, "/queue/"))
    assert "（最初に開く）" in body(analyst, "/queue/")
    analyst.post(f"/queue/views/{view.pk}/prefer/")
    assert "K-11" in numbers(body(analyst, "/queue/"))


def test_a_personal_view_does_not_exist_for_colleagues_a_shared_one_does(
    town: Town, analyst: Client
) -> None:
    desk, stranger = (sign_in(town.people["desk", firm]) for firm in ("own", "other firm"))
    save(analyst)
    save(analyst, "みんなの見方", is_shared="on")
    own, shared = views(town)
    for act in ("prefer", "remove", "restore"):
        assert desk.post(f"/queue/views/{own.pk}/{act}/").status_code == 404
        assert stranger.post(f"/queue/views/{shared.pk}/{act}/").status_code == 404
    page = body(desk, "/queue/")
    assert "みんなの見方" in page
    assert "夜の見方" not in page
    assert desk.post(f"/queue/views/{shared.pk}/prefer/").status_code == 302
    assert QueueDefault.objects.get().user == town.people["desk", "own"]


def test_a_removed_view_is_gone_until_it_is_put_back(town: Town, analyst: Client) -> None:
    save(analyst)
    (view,) = views(town)
    assert "元に戻す" in analyst.post(f"/queue/views/{view.pk}/remove/").content.decode()
    assert "夜の見方" not in body(analyst, "/queue/")
    analyst.post(f"/queue/views/{view.pk}/restore/")
    assert "夜の見方" in body(analyst, "/queue/")


def test_two_views_of_one_name_are_refused_and_the_same_again_is_not(
    town: Town, analyst: Client
) -> None:
    assert save(analyst) == 302
    assert save(analyst) == 302
    assert save(analyst, question="view=mine") == 409
    assert save(analyst, name="  ") == 422
    assert len(views(town)) == 1


def test_what_a_view_keeps_is_a_question_and_nothing_else(town: Town, analyst: Client) -> None:
    save(analyst, question='view=now&next=https://evil.example&level="><script>&q=%00a')
    (view,) = views(town)
    assert unquote(view.question) == "view=now&q=a"


# News


def test_the_page_says_when_findings_stopped_coming(
    town: Town, analyst: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "取り込みが" not in body(analyst, "/queue/")
    monkeypatch.setattr(feed, "_read", lambda _: feed.Feed(worker=timedelta(minutes=12, seconds=5)))
    cache.clear()
    assert "検知の取り込みが12分止まっています" in body(analyst, "/queue/")
    news = analyst.get("/queue/?view=all&since=0", headers={"HX-Request": "true"})
    assert "12分止まっています" in news.content.decode()


def test_news_leads_to_the_same_question(town: Town, analyst: Client) -> None:
    since = town.umi.incident.pk
    make(town.aoba.organisation, "K-11")
    url = f"/queue/?view=mine&level=now&since={since}"
    told = analyst.get(url, headers={"HX-Request": "true"}).content.decode()
    assert re.search(r'href="/queue/\?view=mine&amp;level=now">表示', told)
