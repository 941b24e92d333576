"""What unknown senders sent: bounded in lines, addresses and time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from hinomi.store.unknown import ADDRESSES, LINES, UnknownLine, UnknownStore

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def line(number: int, *, address: str, at: datetime = NOW) -> UnknownLine:
    return UnknownLine(address=address, at=at, reason="unknown_sender", line=b"\xff%d" % number)


def test_lines_come_back_newest_first(tmp_path: Path) -> None:
    store = UnknownStore(tmp_path)
    store.keep([line(1, address="a"), line(2, address="b")], now=NOW)
    assert store.lines(now=NOW) == [line(2, address="b"), line(1, address="a")]
    store.close()


def test_only_the_newest_lines_of_the_newest_addresses_stay(tmp_path: Path) -> None:
    store = UnknownStore(tmp_path)
    store.keep([line(0, address="old")], now=NOW)
    store.keep([line(n, address="loud") for n in range(LINES + 50)], now=NOW)
    store.keep([line(n, address=f"a{n}") for n in range(ADDRESSES - 1)], now=NOW)
    kept = store.lines(now=NOW)
    assert len({each.address for each in kept}) == ADDRESSES
    assert "old" not in {each.address for each in kept}
    loud = [each.line for each in kept if each.address == "loud"]
    assert loud == [b"\xff%d" % n for n in range(LINES + 49, 49, -1)]
    store.close()


def test_a_day_later_they_are_gone(tmp_path: Path) -> None:
    store = UnknownStore(tmp_path)
    store.keep([line(1, address="a")], now=NOW)
    later = NOW + timedelta(hours=24, seconds=1)
    assert store.lines(now=later) == []
    store.keep([line(2, address="a", at=later)], now=later)
    assert store.lines(now=NOW) == [line(2, address="a", at=later)]
    store.close()


def test_one_address_at_two_relays_is_two_senders(tmp_path: Path) -> None:
    """Private addresses are everybody's: a loud one must not push out another company's lines."""
    store = UnknownStore(tmp_path)
    one = UnknownLine("192.0.2.1", NOW, "unknown_sender", b"quiet", "relay_one")
    store.keep([one], now=NOW)
    loud = [UnknownLine("192.0.2.1", NOW, "unknown_sender", b"x", "relay_two")] * (LINES + 5)
    store.keep(loud, now=NOW)
    kept = store.lines(now=NOW)
    assert one in kept
    assert len(kept) == LINES + 1
    store.close()
