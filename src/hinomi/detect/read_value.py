"""Text of a field → number, moment or address, for the tests that need one. None: it is not one."""

from __future__ import annotations

import ipaddress
import math
from datetime import UTC, datetime
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address

_LONGEST = 100  # no number, time or address is longer; foreign text may be megabytes
_EPOCH_UNITS = ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3), (0.0, 1.0))


def number_of(text: str) -> int | float | None:
    """Decimal, or 0x… as Windows writes many numbers."""
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
    """ISO 8601 as it stands (no zone is changed), or seconds … nanoseconds since 1970 in UTC."""
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
    """An address; IPv4 inside IPv6 (::ffff:10.0.0.1) counts as the IPv4 address."""
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
