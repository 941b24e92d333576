"""An address that changes hands overnight must not hand one company's records to another."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hinomi.collect.acquainted import DOUBT, NAMES, Acquaintances
from hinomi.core.directory import Source

AOI = Source("aoi_office", "org_aoi", "syslog", "葵", addresses=("192.0.2.1",))
FUMI = Source("fumi_shop", "org_fumi", "syslog", "文", addresses=("192.0.2.2",))
HERE, THERE = AOI.addresses[0], FUMI.addresses[0]
EVENING = datetime(2026, 11, 20, 18, tzinfo=UTC)
MORNING = EVENING + timedelta(hours=14)


@pytest.fixture
def known() -> Acquaintances:
    """Both companies' devices were heard at their own addresses."""
    acquainted = Acquaintances()
    for name, address, source in (
        ("serial:UTM-AOI", HERE, AOI),
        ("host:aoi-nas", HERE, AOI),
        ("serial:UTM-FUMI", THERE, FUMI),
    ):
        assert acquainted.is_theirs(name, address=address, source=source, now=EVENING)
    return acquainted


def heard(known: Acquaintances, name: str | None, at: str, now: datetime = MORNING) -> bool:
    source = AOI if at == HERE else FUMI
    return known.is_theirs(name, address=at, source=source, now=now)


@pytest.mark.parametrize("name", ["serial:UTM-AOI", "host:aoi-nas"])
def test_one_known_device_at_the_others_address_puts_both_in_doubt(
    known: Acquaintances, name: str
) -> None:
    assert not heard(known, name, THERE)
    assert known.doubted() == [HERE, THERE]
    for address in (HERE, THERE):
        assert not heard(known, None, address)
        assert not heard(known, "host:never-heard", address)


def test_what_proves_whose_it_is_is_taken_in_doubt_too(known: Acquaintances) -> None:
    assert not heard(known, "serial:UTM-AOI", THERE)
    assert heard(known, "serial:UTM-FUMI", THERE)
    assert heard(known, "host:aoi-nas", HERE)
    assert not heard(known, None, HERE)


def test_a_serial_somebody_wrote_into_a_record_mutes_nobody_elses_address(
    known: Acquaintances,
) -> None:
    assert not heard(known, "serial:UTM-AOI", THERE)
    assert heard(known, "serial:UTM-AOI", HERE)
    assert heard(known, None, HERE)
    assert not heard(known, None, THERE)


def test_a_day_without_contradiction_ends_the_doubt(known: Acquaintances) -> None:
    heard(known, "serial:UTM-AOI", THERE)
    assert not heard(known, None, THERE, MORNING + DOUBT - timedelta(minutes=1))
    assert heard(known, None, THERE, MORNING + DOUBT)


def test_each_contradiction_renews_the_doubt(known: Acquaintances) -> None:
    for hours in range(0, 72, 8):
        assert not heard(known, "serial:UTM-AOI", THERE, MORNING + timedelta(hours=hours))
        assert not heard(known, None, THERE, MORNING + timedelta(hours=hours + 7))


def test_a_person_who_declares_the_addresses_anew_ends_the_doubt(known: Acquaintances) -> None:
    heard(known, "serial:UTM-AOI", THERE)
    assert known.is_theirs(None, address=THERE, source=AOI, now=MORNING)
    assert known.is_theirs("serial:UTM-AOI", address=THERE, source=AOI, now=MORNING)
    assert known.is_theirs(None, address=HERE, source=FUMI, now=MORNING)


def test_two_companies_with_one_host_name_are_no_swap(known: Acquaintances) -> None:
    assert not heard(known, "host:aoi-nas", THERE)
    assert heard(known, "host:aoi-nas", HERE, MORNING + timedelta(seconds=5))
    assert known.doubted() == []
    assert heard(known, "host:aoi-nas", THERE)
    assert heard(known, None, THERE)


def test_a_device_that_came_back_hours_later_still_proves_whose_it_is(known: Acquaintances) -> None:
    heard(known, "host:aoi-nas", THERE)
    assert heard(known, "host:aoi-nas", HERE, MORNING + timedelta(hours=5))
    assert not heard(known, "host:aoi-nas", THERE, MORNING + timedelta(hours=6))


def test_a_registered_serial_from_the_wrong_address_is_a_contradiction(
    known: Acquaintances,
) -> None:
    known.contradict("serial:UTM-AOI", address=THERE, source=FUMI, now=MORNING)
    assert not heard(known, None, THERE)
    assert not heard(known, None, HERE)


def test_a_device_that_was_sold_is_its_new_companys_once_registered(known: Acquaintances) -> None:
    known.prove("serial:UTM-AOI", address=THERE, source=FUMI)
    assert heard(known, "serial:UTM-AOI", THERE)


def test_what_was_known_and_doubted_outlives_a_restart(known: Acquaintances) -> None:
    heard(known, "serial:UTM-AOI", THERE)
    again = Acquaintances()
    again.recall(known.remembered())
    assert not heard(again, None, THERE)
    assert not heard(again, "host:aoi-nas", THERE)


def test_names_of_companies_that_left_prove_nothing(known: Acquaintances) -> None:
    known.forget(organisations={"org_fumi"})
    assert heard(known, "serial:UTM-AOI", THERE)


def test_a_flood_of_made_up_names_is_bounded_and_pushes_out_none(known: Acquaintances) -> None:
    for number in range(NAMES + 10):
        assert heard(known, f"host:made-up-{number}", HERE)
    changes = known.changes
    assert len(known.remembered().names) == NAMES + 1  # and the other address's one
    assert heard(known, "host:made-up-0", HERE)
    assert heard(known, "host:too-many", HERE)
    assert known.changes == changes
    assert not heard(known, "serial:UTM-AOI", THERE)
