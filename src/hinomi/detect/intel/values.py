"""How an indicator's value is written: one spelling for feeds and for what events hold.

Defanged text is mended (`hxxp`, `[.]`), names become lower-case punycode, addresses their shortest
form, URLs lose scheme, default port and fragment. What is no such value raises NotAnIndicator.
"""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING

from hinomi.core.errors import HinomiError
from hinomi.core.indicators import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST = 2_048
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_DEFANGED = (
    (re.compile(r"^h(?:xx|tt|XX|\*\*)p", re.IGNORECASE), "http"),
    (re.compile(r"\[(?:://)\]"), "://"),
    (re.compile(r"[\[({](?:\.|dot)[\])}]", re.IGNORECASE), "."),
    (re.compile(r"[\[({](?:@|at)[\])}]", re.IGNORECASE), "@"),
    (re.compile(r"\[(:)\]"), ":"),
)
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\Z")
_URL = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]{1,15}:)?//([^/?#\\]*)([^#]*)")
_PORT = re.compile(r":(\d{1,5})\Z")
_ADDRESS_AND_PORT = re.compile(r"(?:(\d+\.\d+\.\d+\.\d+)|\[([0-9A-Fa-f:.]+)\]):\d{1,5}\Z")
_LOCAL_PART = re.compile(r"[^\s@<>\"(),:;\\]{1,64}\Z")
_HASHES = {32: Kind.MD5, 40: Kind.SHA1, 64: Kind.SHA256}
_HEX = re.compile(r"[0-9A-Fa-f]+\Z")
_DEFAULT_PORTS = ("80", "443")


class NotAnIndicator(HinomiError):
    """The text is no value we can look for; the message says why and never repeats the text."""


def refang(text: str) -> str:
    """`hxxps://evil[.]example` as it was before somebody made it harmless to click."""
    text = text.strip()
    if "[" in text or "(" in text or "{" in text or text[:4].lower() in ("hxxp", "h**p"):
        for pattern, plain in _DEFANGED:
            text = pattern.sub(plain, text)
    return text


def spelt(kind: Kind, text: str) -> tuple[Kind, str]:
    """The value in its one spelling. The kind may become more exact: `1.2.3.4/32` is an address."""
    text = _clean(text)
    return _SPELLINGS[kind](text)


def guess(text: str) -> tuple[Kind, str]:
    """What a bare text is, and its spelling."""
    text = _clean(text)
    if "://" in text[:20]:
        return _url(text)
    if "@" in text:
        return _mail(text)
    if len(text) in _HASHES and _HEX.match(text):
        return _hash(text)
    if parse_address(text.partition("/")[0]):
        return _address_or_network(text)
    if "/" in text:
        return _url(text)
    if ":" not in text and "." in text.strip("."):  # a word alone is no name somebody can visit
        return _domain(text)
    return _address(text)


def parse_address(text: str) -> _Address | None:
    """An address with or without port; an IPv4 address in IPv6's clothes is IPv4."""
    if not text or len(text) > 60 or (":" not in text and not text[-1].isdigit()):
        return None  # most are names: ipaddress takes 3 µs to say so
    if found := _ADDRESS_AND_PORT.match(text):
        text = found[1] or found[2]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def is_public(address: _Address) -> bool:
    """Whether the address can belong to somebody on the internet."""
    return address.is_global and not address.is_multicast


def host_name(text: str) -> str:
    """Lower case, punycode, without the dot at the end. Raises NotAnIndicator."""
    name = text.strip().rstrip(".").lower()
    if not name.isascii():
        try:
            name = name.encode("idna").decode("ascii")
        except UnicodeError as error:
            raise NotAnIndicator("not a name that DNS can hold") from error
    labels = name.split(".")
    if not name or len(name) > 253 or not all(map(_LABEL.match, labels)) or labels[-1].isdigit():
        raise NotAnIndicator("not a name that DNS can hold")
    return name


def url_parts(text: str) -> tuple[str, str, str]:
    """(host, port or "", path with query) of a URL with or without scheme; host is not spelt."""
    found = _URL.match(text) or _URL.match(f"//{text}")
    if found is None:
        raise NotAnIndicator("not a URL")
    authority = found[1].rpartition("@")[2]
    port = _PORT.search(authority)
    host = authority[: port.start()] if port else authority
    path = found[2] if found[2].startswith("/") else f"/{found[2]}"
    return host, port[1] if port and port[1] not in _DEFAULT_PORTS else "", path


def host_of_url(host: str) -> str:
    """A URL's host in its spelling; an IPv6 address keeps its brackets."""
    address = parse_address(host.strip("[]"))
    if address is None:
        return host_name(host)
    return f"[{address}]" if address.version == 6 else str(address)


def _clean(text: str) -> str:
    text = refang(text)
    if not text:
        raise NotAnIndicator("empty")
    if len(text) > LONGEST:
        raise NotAnIndicator(f"longer than {LONGEST:,} characters")
    if not text.isprintable():
        raise NotAnIndicator("holds characters that do not print")
    return text


def _address(text: str) -> tuple[Kind, str]:
    address = parse_address(text)
    if address is None:
        raise NotAnIndicator("neither address, name, URL, hash nor mail address")
    return Kind.IP, str(address)


def _network(text: str) -> tuple[Kind, str]:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise NotAnIndicator("not a network") from error
    if network.num_addresses == 1:
        return Kind.IP, str(network.network_address)
    return Kind.CIDR, str(network)


def _address_or_network(text: str) -> tuple[Kind, str]:
    return _network(text) if "/" in text else _address(text)


def _domain(text: str) -> tuple[Kind, str]:
    return Kind.DOMAIN, host_name(text.removeprefix("*").removeprefix("."))


def _host(text: str) -> tuple[Kind, str]:
    return Kind.HOST, host_name(text)


def _url(text: str) -> tuple[Kind, str]:
    host, port, path = url_parts(text)
    return Kind.URL, f"{host_of_url(host)}{':' if port else ''}{port}{path}"


def _hash(text: str) -> tuple[Kind, str]:
    if len(text) not in _HASHES or not _HEX.match(text):
        raise NotAnIndicator("not an MD5, SHA-1 or SHA-256")
    return _HASHES[len(text)], text.lower()


def _mail(text: str) -> tuple[Kind, str]:
    local, _, domain = text.removeprefix("mailto:").strip("<>").rpartition("@")
    if not _LOCAL_PART.match(local):
        raise NotAnIndicator("not a mail address")
    return Kind.MAIL, f"{local.lower()}@{host_name(domain)}"


_SPELLINGS: dict[Kind, Callable[[str], tuple[Kind, str]]] = {
    Kind.IP: _address_or_network,
    Kind.CIDR: _address_or_network,
    Kind.DOMAIN: _domain,
    Kind.HOST: _host,
    Kind.URL: _url,
    Kind.MD5: _hash,
    Kind.SHA1: _hash,
    Kind.SHA256: _hash,
    Kind.MAIL: _mail,
}
