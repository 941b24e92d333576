"""Is this indicator believable? What is not is held until a person allows it, with the reason.

One poisoned or careless feed must not accuse every customer: the whole internet, an office's own
address, a search engine, the hash of an empty file.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from hinomi.core.indicators import HASHES, Indicator, Kind
from hinomi.detect.intel.values import is_public, parse_address, url_parts

if TYPE_CHECKING:
    from collections.abc import Iterable

WIDEST = {4: 16, 6: 32}  # shortest prefix that is still somebody's network, not a region


class Doubt(StrEnum):
    """Why an indicator is held. `words` says it to the provider's analyst."""

    PRIVATE = "private"
    TOO_WIDE = "too_wide"
    WELL_KNOWN = "well_known"
    CUSTOMER = "customer"
    SUFFIX = "suffix"
    COMMON_FILE = "common_file"
    TOO_MANY = "too_many"
    TOO_LARGE_A_CHANGE = "too_large_a_change"

    @property
    def words(self) -> str:
        """English, for the command line."""
        return _WORDS[self]


_WORDS = {
    Doubt.PRIVATE: "a private, reserved or loopback address: every company has it inside",
    Doubt.TOO_WIDE: "a network wider than /16 (IPv4) or /32 (IPv6): it would hit bystanders",
    Doubt.WELL_KNOWN: "a name or address that nearly everybody uses every day",
    Doubt.CUSTOMER: "an address a customer declared as its own",
    Doubt.SUFFIX: "a suffix under which anybody can register a name",
    Doubt.COMMON_FILE: "the hash of a file that every machine has",
    Doubt.TOO_MANY: "one of too many new indicators in one import",
    Doubt.TOO_LARGE_A_CHANGE: "part of a feed that suddenly changed nearly everything",
}


@dataclass(frozen=True, slots=True)
class WellKnown:
    """The lists of well_known.txt."""

    names: frozenset[str]
    addresses: frozenset[str]
    suffixes: frozenset[str]
    hashes: frozenset[str]


class Sanity:
    """Judges one indicator at a time. `declared` are addresses and networks of our customers."""

    def __init__(self, declared: Iterable[str] = ()) -> None:
        self._declared = [found for found in map(_network, declared) if found is not None]
        self._known = well_known()
        self._above = _names_above(self._known.names)
        self._daily = [found for found in map(_network, self._known.addresses) if found]

    def doubt(self, indicator: Indicator) -> Doubt | None:
        """None when there is nothing against matching it."""
        if indicator.kind in HASHES:
            return Doubt.COMMON_FILE if indicator.value in self._known.hashes else None
        if indicator.kind in (Kind.IP, Kind.CIDR):
            return self._doubt_network(ipaddress.ip_network(indicator.value))
        if indicator.kind is Kind.URL:
            return self._doubt_url(indicator.value)
        if indicator.kind is Kind.MAIL:
            return None  # one mailbox at a large provider is what an attacker has
        return self._doubt_name(indicator.value)

    def _doubt_network(
        self, network: ipaddress.IPv4Network | ipaddress.IPv6Network
    ) -> Doubt | None:
        if network.prefixlen < WIDEST[network.version]:
            return Doubt.TOO_WIDE
        if not (is_public(network.network_address) and is_public(network.broadcast_address)):
            return Doubt.PRIVATE
        if any(own.version == network.version and own.overlaps(network) for own in self._declared):
            return Doubt.CUSTOMER
        if any(own.version == network.version and own.overlaps(network) for own in self._daily):
            return Doubt.WELL_KNOWN
        return None

    def _doubt_name(self, name: str) -> Doubt | None:
        if "." not in name or name in self._known.suffixes:
            return Doubt.SUFFIX
        return Doubt.WELL_KNOWN if name.removeprefix("www.") in self._above else None

    def _doubt_url(self, value: str) -> Doubt | None:
        """A page below a well-known name may be bad; the front page is the name itself."""
        host, _, path = url_parts(value)
        address = parse_address(host.strip("[]"))
        if address is not None:
            return self._doubt_network(ipaddress.ip_network(str(address)))
        return self._doubt_name(host) if path in ("/", "") else None


@cache
def well_known() -> WellKnown:
    """Read once; the file ships with the package."""
    text = (resources.files("hinomi.detect.intel") / "well_known.txt").read_text("utf-8")
    parts: dict[str, set[str]] = {}
    words: set[str] = set()
    for line in text.splitlines():
        if line.startswith("["):
            words = parts.setdefault(line.strip("[]"), set())
        elif not line.startswith("#"):
            words.update(line.split())
    return WellKnown(**{name: frozenset(found) for name, found in parts.items()})


def _names_above(names: frozenset[str]) -> frozenset[str]:
    """The names and all that is above them: `com` is held by its lack of a dot already."""
    above = set(names)
    for name in names:
        while "." in name:
            above.add(name)
            name = name.partition(".")[2]
    return frozenset(above)


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
