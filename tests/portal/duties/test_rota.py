"""A week of the rota: from the pattern, with changes and swaps, made known only without gaps."""

from __future__ import annotations

from datetime import UTC, date, time
from typing import TYPE_CHECKING

import pytest

from hinomi.business.rota import Duty, Order, Span
from hinomi.core.errors import UsageError
from hinomi.portal.access.models import AuditEntry
from hinomi.portal.duties import rota, services, swaps
from hinomi.portal.duties.models import DutyDesk, PatternLine, Slot, Week
from hinomi.portal.duties.queries import on_duty
from hinomi.portal.organisations.services import add_firm, add_organisation
from tests.portal.duties.making import japan, person

if TYPE_CHECKING:
    from hinomi.portal.accounts.models import User
    from hinomi.portal.organisations.models import Firm

YEAR_END = date(2026, 12, 28)  # a Monday


@pytest.fixture
def firm(db: None, monkeypatch: pytest.MonkeyPatch) -> Firm:
    """Ours, on 20 December 2026."""
    at(monkeypatch, "2026-12-20 12:00")
    return add_firm(name="火の見サービス")


def at(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Set the clock of all that writes the rota."""
    for module in (rota, swaps):
        monkeypatch.setattr(module, "now", lambda: japan(text).astimezone(UTC))


@pytest.fixture
def people(firm: Firm) -> tuple[User, User]:
    """守 keeps the days and 窓 the nights, every day."""
    mamoru, mado = person(firm, "守"), person(firm, "窓", "desk")
    line(firm, mamoru, time(8, 30), 570)
    line(firm, mado, time(18), 870)
    DutyDesk.objects.create(firm=firm, nights_in_row=31, nights_in_month=31, rest_hours=8)
    return mamoru, mado


def line(firm: Firm, who: User, starts: time, minutes: int, **more: object) -> PatternLine:
    """One line of first duty."""
    fields = {"order": "first", "starts": starts, "minutes": minutes, "user": who, **more}
    return PatternLine.objects.create(firm=firm, **fields)


def week(firm: Firm, monday: date = YEAR_END, reason: str = "") -> None:
    """Lay a week and make it known."""
    rota.lay_week(firm_id=firm.id, monday=monday, user_id=None)
    rota.publish(firm_id=firm.id, monday=monday, reason=reason, user_id=None)


def holder(firm: Firm, text: str) -> str:
    """Who is first on duty."""
    first = on_duty(firm.id, japan(text)).first
    return first.name if first else "空き"


def test_a_laid_week_holds_nothing_until_it_is_made_known(
    firm: Firm, people: tuple[User, User]
) -> None:
    rota.lay_week(firm_id=firm.id, monday=YEAR_END, user_id=None)
    assert holder(firm, "2026-12-31 12:00") == "空き"
    rota.publish(firm_id=firm.id, monday=YEAR_END, reason="", user_id=None)
    assert holder(firm, "2026-12-31 12:00") == "守"
    assert holder(firm, "2027-01-01 03:00") == "窓"
    assert holder(firm, "2027-01-04 08:29") == "窓", "Sunday's night is Sunday's week's"
    assert holder(firm, "2027-01-04 08:30") == "空き"


def test_a_year_end_with_a_gap_cannot_be_made_known(firm: Firm, people: tuple[User, User]) -> None:
    PatternLine.objects.of_firm(firm.id).update(holidays="not")
    rota.lay_week(firm_id=firm.id, monday=YEAR_END, user_id=None)
    with pytest.raises(rota.GapsLeft) as refused:
        rota.publish(firm_id=firm.id, monday=YEAR_END, reason="急ぎます", user_id=None)
    (gap,) = refused.value.spans
    assert (gap.starts, gap.ends) == (japan("2026-12-29 08:30"), japan("2027-01-04 00:00"))
    assert not Week.objects.of_firm(firm.id).exists()
    assert holder(firm, "2026-12-28 12:00") == "空き"


def test_one_minute_without_anybody_is_a_gap(firm: Firm, people: tuple[User, User]) -> None:
    PatternLine.objects.of_firm(firm.id).filter(minutes=870).update(minutes=869)
    rota.lay_week(firm_id=firm.id, monday=YEAR_END, user_id=None)
    with pytest.raises(rota.GapsLeft) as refused:
        rota.publish(firm_id=firm.id, monday=YEAR_END, reason="", user_id=None)
    assert len(refused.value.spans) == 6


def test_a_second_week_begins_where_the_first_ended(firm: Firm, people: tuple[User, User]) -> None:
    week(firm)
    week(firm, date(2027, 1, 4))
    assert holder(firm, "2027-01-04 03:00") == "窓"
    assert holder(firm, "2027-01-04 08:30") == "守"
    with pytest.raises(rota.GapsLeft):
        week(firm, date(2027, 1, 18))  # the week between was left out


def test_a_week_over_a_leap_day_has_no_hole(
    firm: Firm, people: tuple[User, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    at(monkeypatch, "2028-02-20 12:00")
    week(firm, date(2028, 2, 28))
    assert holder(firm, "2028-02-29 03:00") == "窓"
    assert holder(firm, "2028-02-29 12:00") == "守"
    assert holder(firm, "2028-03-01 03:00") == "窓"


def test_laying_again_replaces_the_draft_and_never_what_is_known(
    firm: Firm, people: tuple[User, User]
) -> None:
    for _ in range(2):
        rota.lay_week(firm_id=firm.id, monday=YEAR_END, user_id=None)
    assert Slot.objects.of_firm(firm.id).count() == 14
    week(firm)
    with pytest.raises(UsageError):
        rota.lay_week(firm_id=firm.id, monday=YEAR_END, user_id=None)
    line(firm, people[0], time(0), 1440, weekday=0)  # would claim the end of Sunday's night
    rota.lay_week(firm_id=firm.id, monday=date(2027, 1, 4), user_id=None)
    assert holder(firm, "2027-01-04 03:00") == "窓", "a draft takes nothing from a known week"


def test_too_much_needs_a_reason(firm: Firm, people: tuple[User, User]) -> None:
    DutyDesk.objects.of_firm(firm.id).update(nights_in_row=3)
    with pytest.raises(rota.TooMuch) as refused:
        week(firm)
    assert "夜が7日続きます" in refused.value.found[0].words_ja
    week(firm, reason="年末で人がいません")
    entry = AuditEntry.objects.get(what="duties:rota:publish")
    assert entry.detail["reason"] == "年末で人がいません"


def test_publishing_twice_is_once(firm: Firm, people: tuple[User, User]) -> None:
    week(firm)
    rota.publish(firm_id=firm.id, monday=YEAR_END, reason="", user_id=None)
    assert Week.objects.of_firm(firm.id).count() == 1
    assert AuditEntry.objects.filter(what="duties:rota:publish").count() == 1


def test_a_change_takes_its_time_and_leaves_the_rest(firm: Firm, people: tuple[User, User]) -> None:
    week(firm)
    chief = person(firm, "長", "manager")
    span = Span(japan("2026-12-31 20:00"), japan("2027-01-01 02:00"))
    duty = Duty(Order.FIRST, span, rota.key_of(chief.pk, None))
    rota.change(firm_id=firm.id, duty=duty, user_id=None)
    told = [holder(firm, f"{day}") for day in (
        "2026-12-31 19:59", "2026-12-31 20:00", "2027-01-01 01:59", "2027-01-01 02:00"
    )]  # fmt: skip
    assert told == ["窓", "長", "長", "窓"]
    assert rota.gaps_of_week(firm.id, YEAR_END) == []


@pytest.mark.parametrize("wrong", ["over", "long", "stranger"])
def test_a_change_that_makes_no_sense_is_refused(
    firm: Firm, people: tuple[User, User], wrong: str
) -> None:
    starts, ends = japan("2026-12-31 20:00"), japan("2027-01-01 02:00")
    who = people[0]
    if wrong == "over":
        starts, ends = japan("2026-12-19 08:00"), japan("2026-12-19 12:00")
    if wrong == "long":
        ends = japan("2027-01-02 20:00")
    if wrong == "stranger":
        who = person(add_firm(name="隣町サービス"), "隣")
    duty = Duty(Order.FIRST, Span(starts, ends), rota.key_of(who.pk, None))
    with pytest.raises(UsageError):
        rota.change(firm_id=firm.id, duty=duty, user_id=None)
    assert not Slot.objects.of_firm(firm.id).exists()


def test_a_swap_moves_the_duty_and_the_calls_promised_in_it(
    firm: Firm, people: tuple[User, User]
) -> None:
    week(firm)
    mamoru, mado = people
    company = add_organisation(name="青葉工務店", firm_id=firm.id)
    booking = services.book(
        firm_id=firm.id,
        organisation_id=company.id,
        what="困った",
        between=(japan("2026-12-31 10:00"), japan("2026-12-31 12:00")),
    )
    assert booking is not None
    assert booking.user == mamoru
    held = Slot.objects.of_firm(firm.id).get(starts_at=japan("2026-12-31 08:30"))
    asked = swaps.ask(slot=held, asked_by=mamoru.pk, asked_of=mado.pk, reason="帰省")
    assert swaps.ask(slot=held, asked_by=mamoru.pk, asked_of=mado.pk, reason="帰省") == asked
    assert holder(firm, "2026-12-31 10:00") == "守", "asked is not taken"
    assert swaps.take(asked, user_id=mado.pk)
    assert not swaps.take(asked, user_id=mado.pk)
    assert holder(firm, "2026-12-31 10:00") == "窓"
    booking.refresh_from_db()
    assert booking.user == mado
    assert rota.gaps_of_week(firm.id, YEAR_END) == []


def test_only_the_asked_person_answers_and_only_the_holder_asks(
    firm: Firm, people: tuple[User, User]
) -> None:
    week(firm)
    mamoru, mado = people
    held = Slot.objects.of_firm(firm.id).get(starts_at=japan("2026-12-31 08:30"))
    with pytest.raises(UsageError):
        swaps.ask(slot=held, asked_by=mado.pk, asked_of=mamoru.pk, reason="")
    asked = swaps.ask(slot=held, asked_by=mamoru.pk, asked_of=mado.pk, reason="")
    for act in (swaps.take, swaps.refuse):
        with pytest.raises(UsageError):
            act(asked, user_id=mamoru.pk)
    assert swaps.refuse(asked, user_id=mado.pk)
    assert not swaps.withdraw(asked, user_id=mamoru.pk)
    assert holder(firm, "2026-12-31 10:00") == "守"


def test_a_swap_for_a_duty_that_changed_meanwhile_is_void(
    firm: Firm, people: tuple[User, User]
) -> None:
    week(firm)
    mamoru, mado = people
    held = Slot.objects.of_firm(firm.id).get(starts_at=japan("2026-12-31 08:30"))
    asked = swaps.ask(slot=held, asked_by=mamoru.pk, asked_of=mado.pk, reason="")
    chief = person(firm, "長", "manager")
    span = Span(japan("2026-12-31 08:30"), japan("2026-12-31 12:00"))
    duty = Duty(Order.FIRST, span, rota.key_of(chief.pk, None))
    rota.change(firm_id=firm.id, duty=duty, user_id=None)
    assert not swaps.take(asked, user_id=mado.pk)
    assert holder(firm, "2026-12-31 10:00") == "長"


def test_the_clock_jumps_and_the_answer_stays(
    firm: Firm, people: tuple[User, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    week(firm)
    for text in ("2027-06-01 00:00", "2026-01-01 00:00", "2026-12-31 23:59"):
        at(monkeypatch, text)
        assert holder(firm, "2026-12-31 23:00") == "窓"
