"""What a field's value is looked up as, and how one text becomes the keys to ask a set for.

Which field of which shape holds what comes from normalise's own tables (the pipeline hands it in);
here is only what each kind of field means.
"""

from __future__ import annotations

import ipaddress
import re
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
    from collections.abc import Callable, Iterator

    from hinomi.detect.intel.packed import Lookup

Key = tuple[Kind, str]
_MOST_URLS, _MOST_PARENTS, _LONGEST = 5, 12, 65_536
_IN_TEXT = re.compile(r"(?:https?|ftp)://[^\s\"'<>|;`)\]}]{4,2000}", re.IGNORECASE)
_PIECE = re.compile(r"([0-9A-Fa-f]{64}|[0-9A-Fa-f]{40}|[0-9A-Fa-f]{32})(?![0-9A-Fa-f])")
_NAMED_HASH = re.compile(r"(?<![A-Za-z])(MD5|SHA1|SHA-1|SHA256|SHA-256)[=:]([0-9A-Fa-f]{32,64})\b",
                         re.IGNORECASE)  # fmt: skip
_ANSWER = re.compile(r"[0-9A-Fa-f:.]{4,45}|[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+")


class Look(StrEnum):
    """What a field holds. Source and destination differ in what a hit means, not in the search."""

    SOURCE = "source"
    DESTINATION = "destination"
    NAME = "name"
    URL = "url"
    HASH = "hash"
    SENDER = "sender"
    RECIPIENT = "recipient"
    ANSWERS = "answers"
    TEXT = "text"


def keys_of(look: Look, text: str, known: Lookup) -> Iterator[Key]:
    """Every key under which an indicator for this text could stand, the most particular first."""
    if 2 < len(text) <= _LONGEST:
        yield from _LOOKS[look](text, known)


def _address(text: str, known: Lookup) -> Iterator[Key]:
    address = parse_address(text)
    if address is None:
        yield from _name(text, known)
    else:
        yield from _address_keys(address, known)


def _address_keys(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address, known: Lookup
) -> Iterator[Key]:
    if not known.has_private and not is_public(address):
        return
    yield Kind.IP, str(address)
    bits, number = address.max_prefixlen, int(address)
    make = ipaddress.IPv4Address if address.version == 4 else ipaddress.IPv6Address
    for length in known.prefixes.get(address.version, ()):
        low = number >> (bits - length) << (bits - length)
        yield Kind.CIDR, f"{make(low)}/{length}"


def _name(text: str, known: Lookup) -> Iterator[Key]:
    """A list of one (`[qname]`) or a name with a dot at its end, as DNS logs write them."""
    text = text.strip("[]. ")
    address = parse_address(text)
    if address is not None:
        yield from _address_keys(address, known)
        return
    try:
        name = host_name(text)
    except NotAnIndicator:
        return
    yield Kind.HOST, name
    for _ in range(_MOST_PARENTS):
        yield Kind.DOMAIN, name
        name = name.partition(".")[2]
        if not name:
            return


def _url(text: str, known: Lookup) -> Iterator[Key]:
    """The page, the page without its query, then its host by name or address."""
    try:
        host, port, path = url_parts(text)
        spelt_host = host_of_url(host)
    except NotAnIndicator:
        return
    place = f"{spelt_host}{':' if port else ''}{port}"
    yield Kind.URL, f"{place}{path}"
    if "?" in path:
        yield Kind.URL, f"{place}{path.partition('?')[0]}"
    yield from _address(host.strip("[]"), known)


def _hash(text: str, known: Lookup) -> Iterator[Key]:
    """Bare, or `SHA256=…,IMPHASH=…`: an import hash has MD5's length and is none."""
    named = [found[2] for found in _NAMED_HASH.finditer(text)]
    bare = [] if "=" in text or len(text) > 66 else [found[1] for found in _PIECE.finditer(text)]
    for piece in named or bare:
        try:
            yield spelt(Kind.MD5, piece)
        except NotAnIndicator:
            continue


def _mail(text: str, known: Lookup) -> Iterator[Key]:
    """`Name <a@b.example>`, a JSON list, or several with commas: each address and its domain."""
    for piece in re.split(r"[\s,;\[\]<>\"']+", text[:4_096]):
        if "@" not in piece:
            continue
        try:
            kind, value = spelt(Kind.MAIL, piece)
        except NotAnIndicator:
            continue
        yield kind, value
        yield from _name(value.rpartition("@")[2], known)


def _recipient(text: str, known: Lookup) -> Iterator[Key]:
    """Only whole addresses: writing to a domain is not yet talking to its bad mailbox."""
    return (key for key in _mail(text, known) if key[0] is Kind.MAIL)


def _answers(text: str, known: Lookup) -> Iterator[Key]:
    """What a name resolved to: `type:  5 cdn.example;::ffff:192.0.2.1;`."""
    for piece in _ANSWER.findall(text[:4_096])[:50]:
        yield from _address(piece, known)


def _in_text(text: str, known: Lookup) -> Iterator[Key]:
    if "://" in text:
        for piece in _IN_TEXT.findall(text)[:_MOST_URLS]:
            yield from _url(piece.rstrip(".,"), known)


_LOOKS: dict[Look, Callable[[str, Lookup], Iterator[Key]]] = {
    Look.SOURCE: _address,
    Look.DESTINATION: _address,
    Look.NAME: _name,
    Look.URL: _url,
    Look.HASH: _hash,
    Look.SENDER: _mail,
    Look.RECIPIENT: _recipient,
    Look.ANSWERS: _answers,
    Look.TEXT: _in_text,
}
