"""Once a month a company is asked for the tries that only a person can send, and reminded once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from hinomi.core.clock import FixedClock
from hinomi.portal.incidents.try_letters import ask_for_tries
from hinomi.portal.notices.models import Notice
from hinomi.portal.sources.models import Source, SourceTry
from hinomi.portal.sources.services import Wanted, register_source
from hinomi.portal.sources.tries import EVERY, make_due_tries
from tests.portal.town import configured, sign_in

if TYPE_CHECKING:
    from pytest_django.fixtures import SettingsWrapper

    from tests.portal.town import Town

TEN = datetime(2026, 12, 1, 1, 0, tzinfo=UTC)  # 10:00 in Japan
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def ports(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = iter(range(30_000, 31_000))
    monkeypatch.setattr("hinomi.portal.sources.services.free_port", lambda: next(numbers))


def device(town: Town, name: str, *, kind: str = "fortigate", tried: datetime) -> Source:
    wanted = Wanted(kind=kind, name=name)
    source = register_source(organisation_id=town.aoba.organisation.id, wanted=wanted).source
    Source.objects.of(source.organisation_id).filter(pk=source.pk).update(
        started_at=tried, tried_at=tried
    )
    return source


def at(settings: SettingsWrapper, moment: datetime) -> int:
    """The bell's round at that time; how many mails it wrote."""
    settings.HINOMI = configured(clock=FixedClock(moment))
    make_due_tries()
    return ask_for_tries()


def letters(town: Town) -> list[Notice]:
    rows = Notice.objects.of(town.aoba.organisation.id).filter(subject__contains="試験")
    own = rows.filter(to=town.people["owner", "own"].email)
    return list(own.order_by("pk"))


def came_back(source: Source, moment: datetime) -> None:
    rows = SourceTry.objects.of(source.organisation_id).filter(source=source, ended_at=None)
    rows.update(seen_at=moment, ended_at=moment)
    Source.objects.of(source.organisation_id).filter(pk=source.pk).update(tried_at=moment)


def test_a_company_is_asked_once_for_all_its_devices_and_reminded_once(
    town: Town, settings: SettingsWrapper
) -> None:
    """Also for the one whose month is over only next week; not for one just tried."""
    gate = device(town, "受付のUTM", tried=TEN - EVERY - DAY)
    soon = device(town, "倉庫のUTM", tried=TEN - EVERY + 6 * DAY)
    device(town, "新しいUTM", tried=TEN - DAY)
    assert at(settings, TEN) > 0
    (asked,) = letters(town)
    assert "今月の試験のお願い" in asked.subject
    assert "受付のUTM" in asked.body_text
    assert "倉庫のUTM" in asked.body_text
    assert "新しいUTM" not in asked.body_text
    assert at(settings, TEN + timedelta(hours=1)) == 0
    came_back(gate, TEN + DAY)
    assert at(settings, TEN + 6 * DAY) == 0
    assert at(settings, TEN + 7 * DAY) > 0
    reminder = letters(town)[-1]
    assert "試験がまだの機器があります" in reminder.subject
    assert "倉庫のUTM" in reminder.body_text
    assert "受付のUTM" not in reminder.body_text
    assert at(settings, TEN + 14 * DAY) == 0
    came_back(soon, TEN + 14 * DAY)
    assert at(settings, TEN + 20 * DAY) == 0
    assert at(settings, TEN + 32 * DAY) > 0
    assert "今月の試験のお願い" in letters(town)[-1].subject
    assert len(letters(town)) == 3


def test_nobody_is_asked_at_night(town: Town, settings: SettingsWrapper) -> None:
    device(town, "受付のUTM", tried=TEN - EVERY - DAY)
    assert at(settings, TEN - timedelta(hours=2)) == 0
    assert at(settings, TEN + timedelta(hours=8)) == 0
    assert at(settings, TEN + DAY) > 0


def test_what_tries_itself_is_asked_about_only_when_nothing_came(
    town: Town, settings: SettingsWrapper
) -> None:
    device(town, "サーバー", kind="agent", tried=TEN - EVERY - DAY)
    assert at(settings, TEN) == 0
    assert at(settings, TEN + 2 * DAY) == 0
    assert at(settings, TEN + 4 * DAY) > 0
    assert "サーバー（ふだんは自分で試験をします" in letters(town)[0].body_text


def test_nobody_is_asked_for_what_was_stopped_or_waits_for_consent(
    town: Town, settings: SettingsWrapper
) -> None:
    gone = device(town, "前のUTM", tried=TEN - EVERY - DAY)
    waits = device(town, "同意待ち", tried=TEN - EVERY - DAY)
    settings.HINOMI = configured(clock=FixedClock(TEN))
    make_due_tries()
    rows = Source.objects.of(gone.organisation_id)
    rows.filter(pk=gone.pk).update(revoked_at=TEN)
    rows.filter(pk=waits.pk).update(paused_at=TEN)
    assert ask_for_tries() == 0


def test_the_owner_s_page_and_the_sensors_show_what_is_asked_for(
    town: Town, settings: SettingsWrapper
) -> None:
    device(town, "受付のUTM", tried=datetime.now(UTC) - EVERY - DAY)
    settings.HINOMI = configured(clock=FixedClock(datetime.now(UTC)))
    owner = sign_in(town.people["owner", "own"])
    assert "受付のUTMの今月の試験をする" not in owner.get("/home/").content.decode()
    make_due_tries()
    assert "受付のUTMの今月の試験をする" in owner.get("/home/").content.decode()
