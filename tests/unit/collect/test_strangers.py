"""Unknown senders are held within limits, whoever floods us."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hinomi.collect.strangers import ADDRESSES, LINE_BYTES, LINES, Strangers

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def note(strangers: Strangers, number: int, *, address: str) -> None:
    at = NOW + timedelta(seconds=number)
    strangers.note(f"line {number}".encode(), address=address, at=at, reason="unknown_sender")


def test_the_newest_lines_of_an_address_stay() -> None:
    strangers = Strangers()
    for number in range(LINES + 5):
        note(strangers, number, address="a")
    kept = strangers.take()
    assert [each.line for each in kept] == [f"line {n}".encode() for n in range(5, LINES + 5)]
    assert strangers.take() == []


def test_the_addresses_heard_last_stay() -> None:
    strangers = Strangers()
    note(strangers, 0, address="old")
    note(strangers, 1, address="loud")
    for number in range(2, ADDRESSES + 1):
        note(strangers, number, address=f"a{number}")
    note(strangers, 500, address="loud")
    note(strangers, 501, address="new")
    addresses = {each.address for each in strangers.take()}
    assert len(addresses) == ADDRESSES
    assert {"loud", "new"} <= addresses
    assert "old" not in addresses


def test_long_lines_are_cut() -> None:
    strangers = Strangers()
    strangers.note(b"x" * 10**6, address="a", at=NOW, reason="unknown_sender")
    assert len(strangers.take()[0].line) == LINE_BYTES
