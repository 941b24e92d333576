"""Stand-ins: for each value the same other value, by a secret key, in the same spelling.

Addresses keep what they share: two of one network stay in one network, private stays private.
"""

from __future__ import annotations

import hashlib
import ipaddress
import string
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# Networks whose addresses stay inside: who reads the sample must see what kind of address it was.
_KEPT_V4 = tuple(
    ipaddress.ip_network(text)
    for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10",
                 "169.254.0.0/16")
)  # fmt: skip
_KEPT_V6 = tuple(ipaddress.ip_network(text) for text in ("fe80::/10", "fc00::/7"))
_MIXED = frozenset({0, 10, 100, 127, 169, 172, 192, 198, 203})  # first octets not wholly public
_PUBLIC = tuple(octet for octet in range(1, 224) if octet not in _MIXED)
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"  # none that reads like another

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class StandIns:
    """All stand-ins of one key. The same key gives the same ones; without it none can be undone."""

    def __init__(self, key: bytes) -> None:
        self._key = hashlib.sha256(b"hinomi stand-ins" + key).digest()
        self._address = lru_cache(maxsize=100_000)(self._make_address)

    def digest(self, kind: str, value: str) -> bytes:
        """32 bytes that stand for the value."""
        text = f"{kind}\0{value}".encode("utf-8", "surrogatepass")
        return hashlib.blake2b(text, key=self._key, digest_size=32).digest()

    def code(self, kind: str, value: str, *, length: int = 6) -> str:
        """A short code of small letters and digits."""
        return "".join(_LETTERS[byte % 32] for byte in self.digest(kind, value)[:length])

    def alike(self, kind: str, value: str) -> str:
        """Letter for letter, digit for digit, hexadecimal stays so; never the same."""
        drawn = self._draws(kind, value)
        plain = [letter for letter in value if letter.isalnum()]
        most = 6 if plain and all(letter in string.hexdigits for letter in plain) else 26
        return "".join(_other(letter, next(drawn), most) for letter in value)

    def address(self, text: str) -> str:
        """The stand-in of an address; what is no address, or is nobody's, stays as it is."""
        return self._address(text)

    def _make_address(self, text: str) -> str:
        try:
            found = ipaddress.ip_address(text)
        except ValueError:
            return text
        if found.is_loopback or found.is_unspecified or found.is_multicast:
            return text
        if isinstance(found, ipaddress.IPv6Address):
            mapped = found.ipv4_mapped
            return f"::ffff:{self.address(str(mapped))}" if mapped else self._v6(found)
        if _is_mask(int(found)):
            return text
        return str(self._v4(found))

    def _v4(self, address: ipaddress.IPv4Address) -> ipaddress.IPv4Address:
        number = int(address)
        for network in _KEPT_V4:
            if address in network:
                return ipaddress.IPv4Address(self._flip(number, 32, network.prefixlen))
        first = number >> 24
        if first in _MIXED or first >= 224:
            return self._within_octet(number)
        order = sorted(_PUBLIC, key=lambda octet: self.digest("octet", str(octet)))
        place = order.index(first)
        other = order[(place + 1) % len(order)]
        rest = self._flip(number, 32, 8) & 0xFFFFFF
        return ipaddress.IPv4Address(other << 24 | rest)

    def _within_octet(self, number: int) -> ipaddress.IPv4Address:
        """172.217.x.x stays under 172 but must not become private: walk until it is not."""
        for _ in range(64):
            number = self._flip(number, 32, 8)
            found = ipaddress.IPv4Address(number)
            if not any(found in network for network in _KEPT_V4):
                break
        return ipaddress.IPv4Address(number)

    def _v6(self, address: ipaddress.IPv6Address) -> str:
        kept = next((each.prefixlen for each in _KEPT_V6 if address in each), 3)
        return str(ipaddress.IPv6Address(self._flip(int(address), 128, kept)))

    def _flip(self, number: int, width: int, kept: int) -> int:
        """Each bit after the kept ones is flipped or not by the bits before it, so that addresses
        share afterwards exactly as many leading bits as before. The last is always flipped: no
        address stands for itself."""
        made = number
        for place in range(kept, width):
            before = number >> (width - place)
            if place == width - 1 or self.digest(f"bit{place}", str(before))[0] & 1:
                made ^= 1 << (width - 1 - place)
        return made

    def mac(self, text: str) -> str:
        """A locally administered one, in the same spelling."""
        mark = next((letter for letter in text if letter in ":-."), "")
        plain = "".join(letter for letter in text.lower() if letter in string.hexdigits)
        made = "02" + self.digest("mac", plain).hex()[: len(plain) - 2]
        made = made.upper() if text.upper() == text else made
        if not mark:
            return made
        step = 4 if mark == "." else 2
        return mark.join(made[at : at + step] for at in range(0, len(made), step))

    def _draws(self, kind: str, value: str) -> Iterator[int]:
        block, place = self.digest(kind, value), 0
        while True:
            if place == len(block):
                block, place = hashlib.blake2b(block, key=self._key, digest_size=32).digest(), 0
            yield block[place]
            place += 1


def _is_mask(number: int) -> bool:
    """255.255.255.0: ones, then zeros."""
    inverted = ~number & 0xFFFFFFFF
    return number >= 0xFF000000 and inverted & (inverted + 1) == 0


def _other(letter: str, drawn: int, most: int) -> str:
    """Another character of the same kind, never the same one; of letters the first `most`."""
    for letters in (
        string.digits,
        string.ascii_lowercase[:most],
        string.ascii_uppercase[:most],
    ):
        if letter in letters:
            return letters[(letters.index(letter) + 1 + drawn % (len(letters) - 1)) % len(letters)]
    return letter
