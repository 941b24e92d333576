"""Nobody asleep, nothing of the incident, first first: over random towns of contacts."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hinomi.business.phone_numbers import device_key, mail_key, phone_key
from hinomi.business.reaching import (
    KINDS,
    READ_ON_COMPUTER,
    Hours,
    HoursKind,
    Involved,
    Person,
    Place,
    When,
    Wishes,
    in_turn,
    usable,
)
from hinomi.business.working_days import Calendar
from hinomi.core.words import ActionLevel

JST = ZoneInfo("Asia/Tokyo")
NIGHT = datetime(2026, 11, 20, 3, 0, tzinfo=JST)
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=JST)
CALENDAR = Calendar()
NOTHING = Involved()

MAILS = ("aoi@aoba.example", "yuu@aoba.example", "mio@gmail.com")
PHONES = ("0312345678", "09011112222", "09033334444 内線5")
ADDRESSES = {"mail": MAILS, "voice": PHONES, "sms": PHONES, "fax": PHONES}
PLACES = st.sampled_from(KINDS).flatmap(
    lambda kind: st.sampled_from(ADDRESSES.get(kind, ("U1", "U2"))).map(
        lambda address: Place(kind, address)
    )
)
WHENS = st.sampled_from(list(When))
WISHES = st.builds(
    Wishes,
    hours=st.builds(
        Hours,
        kind=st.sampled_from(list(HoursKind)),
        days=st.frozensets(st.integers(0, 6)),
        opens=st.times(),
        closes=st.times(),
    ),
    now=WHENS,
    today=WHENS,
    check=WHENS,
)
COMPUTERS = ("KEIRI-2", "GENBA")
PEOPLE = st.lists(
    st.builds(
        Person,
        contact_id=st.integers(1, 6),
        user_id=st.none(),
        name=st.just("人"),
        places=st.lists(PLACES, max_size=4).map(tuple),
        wishes=WISHES,
        before=st.one_of(st.none(), WISHES),
        deputy_id=st.one_of(st.none(), st.integers(1, 6)),
        computers=st.lists(st.sampled_from(COMPUTERS), max_size=2).map(tuple),
        has_moved=st.booleans(),
    ),
    max_size=5,
    unique_by=lambda person: person.contact_id,
)
INVOLVED = st.builds(
    Involved,
    mails=st.lists(st.sampled_from(("AOI+x@Aoba.example", "Mio@GMAIL.com")), max_size=2),
    phones=st.lists(st.sampled_from(("+81 3-1234-5678", "０９０１１１１２２２２")), max_size=2),
    devices=st.lists(st.sampled_from(("keiri-2.aoba.local", "AOBA\\GENBA$")), max_size=2),
    mail_domains=st.lists(st.just("aoba.example"), max_size=1),
)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31)).map(  # noqa: DTZ001
    lambda at: at.replace(tzinfo=UTC)
)


@given(PEOPLE, st.sampled_from(list(ActionLevel)), MOMENTS, INVOLVED)
def test_nobody_asleep_and_nothing_of_the_incident_is_ever_reached(
    people: list[Person], level: ActionLevel, moment: datetime, involved: Involved
) -> None:
    turns = in_turn(people, level=level, moment=moment, calendar=CALENDAR, involved=involved)
    met = [person.contact_id for person, _ in turns]
    assert len(met) == len(set(met))
    bad_mails = {mail_key(each) for each in involved.mails}
    bad_phones = {phone_key(each) for each in involved.phones}
    bad_devices = {device_key(each) for each in involved.devices}
    for person, places in turns:
        wishes = [each for each in (person.wishes, person.before) if each]
        assert any(each.allow(level, moment, CALENDAR) for each in wishes)
        assert places
        assert set(places) <= set(person.places)
        for place in places:
            if place.kind == "mail":
                assert mail_key(place.address) not in bad_mails
            if place.kind in {"voice", "sms", "fax"}:
                assert phone_key(place.address) not in bad_phones
            if {device_key(name) for name in person.computers} & bad_devices:
                assert place.kind not in READ_ON_COMPUTER


@given(PEOPLE, MOMENTS)
def test_whoever_may_be_woken_is_reached_when_nothing_is_involved(
    people: list[Person], moment: datetime
) -> None:
    """The other half: the rules never lose a person."""
    level = ActionLevel.NOW
    turns = in_turn(people, level=level, moment=moment, calendar=CALENDAR, involved=NOTHING)
    awake = {
        person.contact_id
        for person in people
        if person.is_awake(level, moment, CALENDAR) and person.places
    }
    assert {person.contact_id for person, _ in turns} == awake


def person(contact_id: int, *places: tuple[str, str], **more: object) -> Person:
    held = tuple(Place(*each) for each in places)
    return Person(contact_id, None, f"人{contact_id}", held, **more)  # type: ignore[arg-type]


def test_at_night_only_now_wakes_and_in_hours_the_rest_may_come() -> None:
    aoi = person(1, ("voice", "0312345678"))
    for level, moment, reached in (
        (ActionLevel.NOW, NIGHT, True),
        (ActionLevel.TODAY, NIGHT, False),
        (ActionLevel.TODAY, NOON, True),
        (ActionLevel.CHECK, NIGHT, False),
    ):
        turns = in_turn([aoi], level=level, moment=moment, calendar=CALENDAR, involved=NOTHING)
        assert bool(turns) is reached


def test_a_deputy_comes_right_behind_and_only_once() -> None:
    people = [
        person(1, ("mail", "aoi@aoba.example"), deputy_id=3),
        person(2, ("mail", "yuu@aoba.example")),
        person(3, ("mail", "mio@gmail.com")),
    ]
    turns = in_turn(people, level=ActionLevel.NOW, moment=NOON, calendar=CALENDAR, involved=NOTHING)
    assert [each.contact_id for each, _ in turns] == [1, 3, 2]


def test_a_deputy_stands_in_for_somebody_asleep() -> None:
    never = Wishes(now=When.NEVER)
    people = [
        person(1, ("voice", "0312345678"), wishes=never, deputy_id=2),
        person(2, ("voice", "09011112222")),
    ]
    turns = in_turn(
        people, level=ActionLevel.NOW, moment=NIGHT, calendar=CALENDAR, involved=NOTHING
    )
    assert [each.contact_id for each, _ in turns] == [2]


def test_own_hours_may_run_past_midnight() -> None:
    night = Hours(HoursKind.OWN, days=frozenset({4}), opens=time(22), closes=time(6))
    friday = datetime(2026, 11, 20, tzinfo=JST)
    for hour, held in ((21, False), (22, True), (29, True), (30, False), (2, False)):
        assert night.hold(friday + timedelta(hours=hour), CALENDAR) is held


def test_a_machine_that_was_taken_over_leaves_the_telephone() -> None:
    aoi = person(
        1, ("mail", "a@aoba.example"), ("chatwork", "1"), ("voice", "0312345678"), ("line", "U1"),
        computers=("経理2番", "KEIRI-2"),
    )  # fmt: skip
    left = usable(aoi, level=ActionLevel.NOW, involved=Involved(devices=["keiri-2.aoba.local"]))
    assert [place.kind for place in left] == ["voice", "line"]


def test_a_neighbour_of_a_mailbox_that_was_taken_over_comes_last() -> None:
    aoi = person(1, ("mail", "aoi@aoba.example"), ("voice", "0312345678"))
    taken = Involved(mails=["yuu@aoba.example"], mail_domains=["aoba.example"])
    left = usable(aoi, level=ActionLevel.TODAY, involved=taken)
    assert [place.kind for place in left] == ["voice", "mail"]


@pytest.mark.parametrize("other", ["voice", "fax", "sms"])
def test_who_lets_mails_pass_is_reached_otherwise(other: str) -> None:
    aoi = person(1, ("mail", "aoi@aoba.example"), (other, "0312345678"), has_moved=True)
    left = usable(aoi, level=ActionLevel.TODAY, involved=NOTHING)
    assert [place.kind for place in left] == [other]


def test_who_has_only_a_mailbox_keeps_it() -> None:
    aoi = person(1, ("mail", "aoi@aoba.example"), has_moved=True)
    assert usable(aoi, level=ActionLevel.TODAY, involved=NOTHING)
