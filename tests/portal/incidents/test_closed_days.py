"""Before a long holiday companies are asked once; on the first morning they read what happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.core.clock import FixedClock
from hinomi.portal.incidents.closed_days import ask_before_holidays, tell_after_holidays
from hinomi.portal.incidents.models import Incident
from hinomi.portal.notices.models import Notice
from tests.portal.duties.making import japan
from tests.portal.town import configured

if TYPE_CHECKING:
    from pytest_django.fixtures import SettingsWrapper

    from tests.portal.town import Town

ASKED = "2026-12-15 10:00"
FIRST_MORNING = "2027-01-04 09:30"


def at(settings: SettingsWrapper, text: str) -> None:
    settings.HINOMI = configured(clock=FixedClock(japan(text)))


def letters(organisation_id: str, word: str) -> list[Notice]:
    rows = Notice.objects.of(organisation_id).filter(subject__contains=word)
    return list(rows.order_by("pk"))


def test_each_company_is_asked_once_and_by_day(town: Town, settings: SettingsWrapper) -> None:
    at(settings, "2026-12-15 03:00")
    assert ask_before_holidays() == 0
    at(settings, ASKED)
    assert ask_before_holidays() == 3
    assert ask_before_holidays() == 0
    for company in (town.aoba, town.fumi, town.umi):
        own = letters(company.organisation.id, "お願い")
        assert len(own) == 2  # owner and staff
        assert "2026年の年末年始" in own[0].body_text
        assert "12月29日（火）から1月3日（日）まで" in own[0].body_text
        assert company.organisation.name in own[0].subject


def test_the_first_morning_tells_of_the_closed_days_only(
    town: Town, settings: SettingsWrapper
) -> None:
    """K-2000 of 青葉工務店 comes in on New Year's day; 文京歯科 has a quiet holiday."""
    at(settings, ASKED)
    ask_before_holidays()
    inside = Incident.objects.of(town.aoba.organisation.id)
    inside.update(opened_at=japan("2027-01-01 03:00"))
    Incident.objects.of(town.fumi.organisation.id).update(opened_at=japan("2027-01-04 00:00"))
    at(settings, "2027-01-04 08:00")
    assert tell_after_holidays() == 0, "nobody is there yet"
    at(settings, FIRST_MORNING)
    assert tell_after_holidays() == 3
    assert tell_after_holidays() == 0
    told = letters(town.aoba.organisation.id, "報告")[0].body_text
    assert "新しいお知らせは、1件です" in told
    assert "お願いが残っているお知らせは、1件です" in told
    calm = letters(town.fumi.organisation.id, "報告")[0].body_text
    assert "新しいお知らせは、ありませんでした" in calm


def test_a_company_that_was_never_asked_is_told_nothing(
    town: Town, settings: SettingsWrapper
) -> None:
    at(settings, FIRST_MORNING)
    assert tell_after_holidays() == 0
