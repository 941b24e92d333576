"""ホーム tells the truth: green only on fresh, readable records and nothing to ask."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from hinomi.core.clock import FixedClock
from hinomi.portal.access.time import now
from hinomi.portal.incidents.models import Incident
from hinomi.portal.incidents.queries.home import Mood, home
from hinomi.portal.sources.arrivals import Known
from hinomi.store.pipeline_rows import SourceStatus
from tests.portal.town import Company, Town, configured, sign_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_django.fixtures import SettingsWrapper

    Arrive = Callable[..., None]


@pytest.fixture
def arrive(monkeypatch: pytest.MonkeyPatch) -> Arrive:
    """What the worker knows of the company's sources; nothing before the first call."""
    known: dict[str, SourceStatus] = {}

    monkeypatch.setattr("hinomi.portal.sources.arrivals.known", lambda _: Known(statuses=known))

    def said(company: Company, *, at: datetime, readable: int = 5) -> None:
        status = SourceStatus(
            organisation=company.organisation.id,
            source=company.source.id,
            records=5,
            readable=readable,
            set_aside=5 - readable,
            last_receive=at,
            last_alive=at if readable else None,
        )
        known[company.source.id] = replace(status)

    return said


def close_all(company: Company) -> None:
    Incident.objects.of(company.organisation.id).update(state="done")


def test_at_night_a_company_of_pcs_rests_and_is_not_called_calm(
    town: Town, arrive: Arrive, settings: SettingsWrapper
) -> None:
    """Nothing is missing, and nothing is proved: neither green nor a fault."""
    evening = datetime.fromisoformat("2026-11-20T22:00:00+09:00")
    settings.HINOMI = configured(clock=FixedClock(evening))
    close_all(town.aoba)
    source = town.aoba.source
    source.source_class, source.started_at = "pc", evening - timedelta(days=9)
    source.save()
    arrive(town.aoba, at=evening - timedelta(hours=4))
    page = home(town.aoba.organisation)
    assert page.mood is Mood.RESTING
    assert page.detail == "18時00分までに届いた記録を調べました。電源が入ると、また見守ります。"
    assert (page.watched, page.of_sources) == (1, 1)
    shown = sign_in(town.people["owner", "own"]).get("/home/").content.decode()
    assert 'data-state="good"' not in shown.split("<section")[0]


def test_what_was_not_tried_yet_is_offered_and_not_counted(town: Town, arrive: Arrive) -> None:
    arrive(town.aoba, at=now())
    page = home(town.aoba.organisation)
    assert (page.watched, page.of_sources) == (0, 1)
    shown = sign_in(town.people["owner", "own"]).get("/home/").content.decode()
    assert f"/sources/{town.aoba.source.id}/try/" in shown


def test_before_the_first_record_nothing_has_begun(town: Town, arrive: Arrive) -> None:
    close_all(town.aoba)
    page = home(town.aoba.organisation)
    assert page.mood is Mood.NOT_STARTED
    assert page.sentence == "まだ見守りが始まっていません"
    assert page.detail.startswith("残り1つの準備があります。")


def test_fresh_records_and_no_request_is_calm(town: Town, arrive: Arrive) -> None:
    close_all(town.aoba)
    arrive(town.aoba, at=now() - timedelta(minutes=14))
    assert home(town.aoba.organisation).mood is Mood.CALM


def test_after_a_quarter_of_an_hour_nobody_says_that_all_is_well(
    town: Town, arrive: Arrive
) -> None:
    close_all(town.aoba)
    arrive(town.aoba, at=now() - timedelta(minutes=16))
    page = home(town.aoba.organisation)
    assert page.mood is Mood.STALE
    assert page.sentence == "最新の状態を取得できていません"
    assert "まだ分かりません" in page.detail


def test_unreadable_records_do_not_count_as_watching(town: Town, arrive: Arrive) -> None:
    close_all(town.aoba)
    arrive(town.aoba, at=now(), readable=0)
    assert home(town.aoba.organisation).mood is Mood.NOT_STARTED


def test_the_green_mark_appears_only_when_calm(town: Town, arrive: Arrive) -> None:
    owner = sign_in(town.people["owner", "own"])
    arrive(town.aoba, at=now() - timedelta(hours=2))
    assert 'class="state" data-state="good"' not in owner.get("/home/").content.decode()
    close_all(town.aoba)
    assert 'class="state" data-state="good"' not in owner.get("/home/").content.decode()
    arrive(town.aoba, at=now())
    assert 'class="state" data-state="good"' in owner.get("/home/").content.decode()


def test_an_open_request_stands_in_full_on_top(town: Town, arrive: Arrive) -> None:
    town.aoba.incident.answers.all().delete()
    arrive(town.aoba, at=now())
    page = sign_in(town.people["owner", "own"]).get("/home/").content.decode()
    assert "お願いが1件あります" in page
    assert 'name="choice"' in page
    assert page.index("今すぐ") < page.index("この順に行ってください")


def test_an_answered_request_is_being_worked_on(town: Town, arrive: Arrive) -> None:
    arrive(town.aoba, at=now())
    assert home(town.aoba.organisation).mood is Mood.WORKING


def test_a_stopped_attack_is_counted_and_never_a_request(town: Town, arrive: Arrive) -> None:
    Incident.objects.of(town.aoba.organisation.id).update(
        level="none", disposition="stopped", state="observing"
    )
    arrive(town.aoba, at=now())
    page = home(town.aoba.organisation)
    assert (page.mood, page.page, page.stopped) == (Mood.CALM, None, 1)


def test_staff_start_at_the_queue_and_customers_at_home(town: Town) -> None:
    assert sign_in(town.people["owner", "own"]).get("/").headers["Location"] == "/home/"
    assert sign_in(town.people["analyst", "own"]).get("/").headers["Location"] == "/queue/"
