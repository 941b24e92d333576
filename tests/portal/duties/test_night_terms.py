"""夜間の約束: what holds at night, and when it is night."""

from __future__ import annotations

from datetime import date, time
from typing import TYPE_CHECKING

import pytest

from hinomi.business.night import NightAct, Rung
from hinomi.core.errors import UsageError
from hinomi.portal.access.models import AuditEntry
from hinomi.portal.duties import night
from hinomi.portal.organisations.calendars import add_special_days
from hinomi.portal.organisations.services import add_organisation
from tests.portal.duties.making import japan

if TYPE_CHECKING:
    from hinomi.portal.organisations.models import Organisation


@pytest.fixture
def company(db: None) -> Organisation:
    """青葉工務店, Monday to Friday from 8:30 to 18:00."""
    return add_organisation(name="青葉工務店")


def agree(company: Organisation, **changes: object) -> None:
    """The usual terms, with changes."""
    said: dict[str, object] = {
        "acts": [NightAct.BLOCK],
        "rung": Rung.FIRST,
        "rung_until": time(22),
        "waits": "訪問",
        "opens": None,
        "closes": None,
        "agreed_on": date(2026, 11, 1),
        "agreed_by": "代表取締役 青葉太郎",
        "user_id": None,
    }
    night.record(organisation_id=company.id, **{**said, **changes})  # type: ignore[arg-type]


def test_nothing_agreed_lets_the_machine_do_nothing_alone(company: Organisation) -> None:
    promise = night.night_promise(company.id)
    assert not any(promise.may(act) for act in NightAct)
    assert promise.agreed_on is None
    assert night.may_ring(company.id, japan("2026-11-24 03:00")), "as its contacts said"


def test_the_newest_terms_hold_and_the_older_stay(company: Organisation) -> None:
    agree(company)
    agree(company, acts=[NightAct.ISOLATE, NightAct.BLOCK], agreed_on=date(2026, 11, 20))
    promise = night.night_promise(company.id)
    assert promise.may(NightAct.ISOLATE)
    assert not promise.may(NightAct.LOCK)
    assert promise.agreed_on == date(2026, 11, 20)
    assert len(night.history(company.id)) == 2


def test_a_double_click_records_once(company: Organisation) -> None:
    agree(company)
    agree(company)
    assert len(night.history(company.id)) == 1
    assert AuditEntry.objects.filter(what="duties:night:record").count() == 1


def test_night_is_outside_the_agreed_hours_and_on_closed_days(company: Organisation) -> None:
    agree(company, opens=time(9), closes=time(17))
    for at, is_night in (
        ("2026-11-24 08:59", True),
        ("2026-11-24 09:00", False),
        ("2026-11-24 16:59", False),
        ("2026-11-24 17:00", True),
        ("2026-11-23 10:00", True),  # 勤労感謝の日
        ("2026-11-28 10:00", True),  # Saturday
        ("2027-01-01 10:00", True),
        ("2028-02-29 10:00", False),  # a leap day is a Tuesday like any other
    ):
        assert night.is_night(company.id, japan(at)) is is_night, at
    add_special_days(
        organisation_id=company.id,
        first=date(2026, 11, 24),
        last=date(2026, 11, 24),
        name="創立記念日",
        is_open=False,
        user_id=None,
    )
    assert night.is_night(company.id, japan("2026-11-24 10:00"))


def test_nobody_is_rung_past_the_agreed_time(company: Organisation) -> None:
    agree(company)
    assert night.may_ring(company.id, japan("2026-11-24 21:59"))
    assert not night.may_ring(company.id, japan("2026-11-24 22:00"))
    assert not night.may_ring(company.id, japan("2026-11-25 03:00"))
    assert night.may_ring(company.id, japan("2026-11-25 08:30"))
    agree(company, rung=Rung.NOBODY)
    assert not night.may_ring(company.id, japan("2026-11-24 19:00"))


@pytest.mark.parametrize(
    "wrong",
    [{"agreed_by": " "}, {"opens": time(9)}, {"opens": time(18), "closes": time(9)}],
)
def test_terms_nobody_agreed_to_or_that_make_no_day_are_refused(
    company: Organisation, wrong: dict[str, object]
) -> None:
    with pytest.raises(UsageError):
        agree(company, **wrong)
    assert night.history(company.id) == []
