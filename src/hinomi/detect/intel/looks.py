"""What a field's value is looked up as, and how one text becomes the keys to ask a set for.

Which field of which shape holds what comes from normalise's own tables (the pipeline hands it in);
here is only what each kind of field means.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from hinomi.core.indicators import Kind
from hinomi.detect.intel.values import (
    NotAnIndicator,
    host_name,
    host_of_url,
    is_public,
    parse_address,
    spelt,
    url_parts,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from hinomi.detect.intel.packed import Lookup

Key = tuple[Kind, str]
_MOST_URLS, _MOST_ADDRESSES, _LONGEST = 5, 10, 65_536
_OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_PLAIN_IPV4 = re.compile(rf"({_OCTET})(?:\.{_OCTET}){{3}}\Z", re.ASCII)
_IPV4_IN_TEXT = re.compile(r"(?<![\w.-])\d{1,3}(?:\.\d{1,3}){3}(?!\.?\d)", re.ASCII)
# First octets under which something is not public; ipaddress decides there.
_PARTLY_RESERVED = frozenset(map(str, (0, 10, 100, 127, 169, 172, 192, 198, 203, *range(224, 256))))
# What firewalls put around an address: `192.0.2.1:443:X1`, `192.0.2.1/443`, `https(192.0.2.1)`.
_DRESSED = re.compile(
    r"(\d{1,3}(?:\.\d{1,3}){3})[:/#].{0,80}\Z|[\w-]{1,30}\(([0-9A-Fa-f.:]{2,45})\)\Z", re.ASCII
)
_HASH_KINDS = {32: Kind.MD5, 40: Kind.SHA1, 64: Kind.SHA256}
_IN_TEXT = re.compile(r"(?:https?|ftp)://[^\s\"'<>|;`)\]}]{4,2000}", re.IGNORECASE)
_PIECE = re.compile(r"([0-9A-Fa-f]{64}|[0-9A-Fa-f]{40}|[0-9A-Fa-f]{32})(?![0-9A-Fa-f])")
_NAMED_HASH = re.compile(r"(?<![A-Za-z])(MD5|SHA1|SHA-1|SHA256|SHA-256)[=:]([0-9A-Fa-f]{32,64})\b",
                         re.IGNORECASE)  # fmt: skip
_ANSWER = re.compile(r"[0-9A-Fa-f:.]{4,45}|[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+")


class Look(StrEnum):
    """What a field holds. Source and destination differ in what a hit means, not in the search.

    `domain` is no field's: it is how a name is followed up to its parents.
    """

    SOURCE = "source"
    DESTINATION = "destination"
    NAME = "name"
    DOMAIN = "domain"
    URL = "url"
    HASH = "hash"
    SENDER = "sender"
    RECIPIENT = "recipient"
    ANSWERS = "answers"
    TEXT = "text"
    MESSAGE = "message"


@dataclass(slots=True)
class Asked:
    """What a text asks of a set: `keys` to find, and texts inside it to look at in their own way.

    The two are apart so that what repeats (a page's host, a name's parent) is remembered alone.
    """

    keys: list[Key] = field(default_factory=list)
    inside: list[tuple[Look, str]] = field(default_factory=list)


def asked_by(look: Look, text: str, known: Lookup) -> Asked:
    """The most particular first."""
    asked = Asked()
    if 2 < len(text) <= _LONGEST:
        _LOOKS[look](text, known, asked)
    return asked


def _address(text: str, known: Lookup, asked: Asked) -> None:
    """Most texts are IPv4 as it is spelt: those skip `ipaddress` (0.5 µs instead of 6)."""
    if (found := _PLAIN_IPV4.match(text)) and found[1] not in _PARTLY_RESERVED:
        asked.keys.append((Kind.IP, text))
        if known.prefixes.get(4):
            _networks(int.from_bytes(bytes(map(int, text.split(".")))), 4, known, asked)
        return
    if found := _DRESSED.match(text):
        text = found[1] or found[2]
    address = parse_address(text)
    if address is None:
        _name(text, known, asked)
    elif known.has_private or is_public(address):
        asked.keys.append((Kind.IP, str(address)))
        _networks(int(address), address.version, known, asked)


def _networks(number: int, version: int, known: Lookup, asked: Asked) -> None:
    """The network of each length in the set that this address lies in."""
    bits = 32 if version == 4 else 128
    for length in known.prefixes.get(version, ()):
        low = number >> (bits - length) << (bits - length)
        if version == 4:
            first = ".".join(map(str, low.to_bytes(4)))
        else:
            first = str(ipaddress.IPv6Address(low))
        asked.keys.append((Kind.CIDR, f"{first}/{length}"))


def _name(text: str, known: Lookup, asked: Asked) -> None:
    """A list of one (`[qname]`) or a name with a dot at its end, as DNS logs write them."""
    text = text.strip("[]. ")
    if parse_address(text) is not None:
        asked.inside.append((Look.DESTINATION, text))
        return
    try:
        name = host_name(text)
    except NotAnIndicator:
        return
    asked.keys.append((Kind.HOST, name))
    asked.inside.append((Look.DOMAIN, name))


def _domain(name: str, known: Lookup, asked: Asked) -> None:
    """A name as `host_name` spelt it, and then what is above it."""
    asked.keys.append((Kind.DOMAIN, name))
    if parent := name.partition(".")[2]:
        asked.inside.append((Look.DOMAIN, parent))


def _url(text: str, known: Lookup, asked: Asked) -> None:
    """The page, the page without its query, then its host by name or address."""
    try:
        host, port, path = url_parts(text)
        spelt_host = host_of_url(host)
    except NotAnIndicator:
        return
    place = f"{spelt_host}:{port}" if port else spelt_host
    asked.keys.append((Kind.URL, f"{place}{path}"))
    if "?" in path:
        asked.keys.append((Kind.URL, f"{place}{path.partition('?')[0]}"))
    asked.inside.append((Look.DESTINATION, spelt_host.strip("[]")))


def _hash(text: str, known: Lookup, asked: Asked) -> None:
    """Bare, or `SHA256=…,IMPHASH=…`: an import hash has MD5's length and is none."""
    named = [found[2] for found in _NAMED_HASH.finditer(text)]
    bare = [] if "=" in text or len(text) > 66 else [found[1] for found in _PIECE.finditer(text)]
    for piece in named or bare:
        if kind := _HASH_KINDS.get(len(piece)):
            asked.keys.append((kind, piece.lower()))


def _mail(text: str, known: Lookup, asked: Asked) -> None:
    """`Name <a@b.example>`, a JSON list, or several with commas: each address and its domain."""
    _recipient(text, known, asked)
    asked.inside += [(Look.NAME, value.rpartition("@")[2]) for _, value in asked.keys]


def _recipient(text: str, known: Lookup, asked: Asked) -> None:
    """Only whole addresses: writing to a domain is not yet talking to its bad mailbox."""
    for piece in re.split(r"[\s,;\[\]<>\"']+", text[:4_096]):
        if "@" not in piece:
            continue
        try:
            asked.keys.append(spelt(Kind.MAIL, piece))
        except NotAnIndicator:
            continue


def _answers(text: str, known: Lookup, asked: Asked) -> None:
    """What a name resolved to: `type:  5 cdn.example;::ffff:192.0.2.1;`."""
    asked.inside += [(Look.DESTINATION, piece) for piece in _ANSWER.findall(text[:4_096])[:50]]


def _in_text(text: str, known: Lookup, asked: Asked) -> None:
    if "://" in text:
        pieces = _IN_TEXT.findall(text)[:_MOST_URLS]
        asked.inside += [(Look.URL, piece.rstrip(".,")) for piece in pieces]


def _in_message(text: str, known: Lookup, asked: Asked) -> None:
    """A whole sentence of a log: who is source and who is destination, it does not say to us."""
    _in_text(text, known, asked)
    places = dict.fromkeys(_IPV4_IN_TEXT.findall(text)[:_MOST_ADDRESSES])
    asked.inside += [(Look.DESTINATION, place) for place in places]


_LOOKS: dict[Look, Callable[[str, Lookup, Asked], None]] = {
    Look.SOURCE: _address,
    Look.DESTINATION: _address,
    Look.NAME: _name,
    Look.DOMAIN: _domain,
    Look.URL: _url,
    Look.HASH: _hash,
    Look.SENDER: _mail,
    Look.RECIPIENT: _recipient,
    Look.ANSWERS: _answers,
    Look.TEXT: _in_text,
    Look.MESSAGE: _in_message,
}
