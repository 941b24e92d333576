"""Text of a field → number, moment, address or elements, for the tests that need them."""

from __future__ import annotations

import ipaddress
import math
from datetime import UTC, datetime
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address

import orjson

_LONGEST = 100  # no number, time or address is longer; foreign text may be megabytes
_MOST_ELEMENTS = 1_000
_EPOCH_UNITS = ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3), (0.0, 1.0))


def elements_of(text: str) -> tuple[str | None, ...]:
    """Of a list of plain values as a field holds it (`["x",1,null]`), as they would stand alone.

    () for all else: a longer list, or one that holds lists or objects, is a text like any other.
    """
    if text[:1] != "[" or text[-1:] != "]":
        return ()
    try:
        found: list[object] = orjson.loads(text)
    except orjson.JSONDecodeError:
        return ()
    if len(found) > _MOST_ELEMENTS or any(isinstance(one, (list, dict)) for one in found):
        return ()
    return tuple(
        one if one is None or isinstance(one, str) else orjson.dumps(one).decode() for one in found
    )


def readings(value: str) -> tuple[str, ...]:
    """The texts that tests look at: the value as it stands, then its elements when it is a list."""
    if value[:1] != "[":
        return (value,)
    return (value, *[one for one in elements_of(value) if one is not None])


def number_of(text: str) -> int | float | None:
    """Decimal, or 0x… as Windows writes many numbers. None: it is no number."""
    text = text.strip()
    if len(text) > _LONGEST or "_" in text:
        return None
    try:
        return int(text, 16 if text[:2] in ("0x", "0X") else 10)
    except ValueError:
        pass
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def moment_of(text: str) -> datetime | None:
    """ISO 8601 as it stands (no zone is changed), or seconds … nanoseconds since 1970 in UTC.

    None: it is no time.
    """
    text = text.strip()
    if len(text) > _LONGEST:
        return None
    number = number_of(text)
    if number is not None:
        return _since_1970(number)
    try:
        return datetime.fromisoformat(text.replace("/", "-"))
    except ValueError:
        return None


@lru_cache(maxsize=20_000)
def address_of(text: str) -> IPv4Address | IPv6Address | None:
    """An address; IPv4 inside IPv6 (::ffff:10.0.0.1) counts as IPv4. None: it is no address."""
    text = text.strip()
    if len(text) > _LONGEST:
        return None
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address


def _since_1970(number: float) -> datetime | None:
    for limit, unit in _EPOCH_UNITS:
        if number >= limit:
            try:
                return datetime.fromtimestamp(number / unit, UTC)
            except (OverflowError, ValueError, OSError):
                return None
    return None
