"""DHCP: who asks for an address, what it calls itself and what it asks for (option 55); and from
the answers, which router the network has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.pipeline.relay.discovery.word import Word, address_of, mac_of, text

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEAD, _COOKIE = 240, b"\x63\x82\x53\x63"
_ASKS, _ANSWERS = 1, 2
_PAD, _END = 0, 255
_ROUTER, _NAME, _ADDRESS, _TYPE, _SERVER, _LIST, _CLASS, _FQDN = 3, 12, 50, 53, 54, 55, 60, 81
_MOST_OPTIONS = 64
_OFFER, _REQUEST, _ACK, _RELEASE = 2, 3, 5, 7


def read(payload: bytes, *, sender_mac: str = "", sender: str = "") -> Iterator[Word]:
    """The words of one message; none when it is none, or is broken before its options."""
    if len(payload) < _HEAD or payload[236:240] != _COOKIE or payload[1:3] != b"\x01\x06":
        return
    options = _options(payload[_HEAD:])
    if payload[0] == _ASKS:
        yield _asked(payload, options)
    elif payload[0] == _ANSWERS and options.get(_TYPE, b"")[:1] in (bytes([_OFFER]), bytes([_ACK])):
        yield from _answered(payload, options, sender_mac, sender)


def _asked(payload: bytes, options: dict[int, bytes]) -> Word:
    kind = options.get(_TYPE, b"\0")[0] if options.get(_TYPE) else 0
    wanted = options.get(_ADDRESS, b"") if kind == _REQUEST else b""
    address = address_of(payload[12:16]) or address_of(wanted)
    name = text(options.get(_NAME, b"")) or _full_name(options.get(_FQDN, b""))
    facts = {
        "vendor_class": text(options.get(_CLASS, b"")),
        "requested": ",".join(map(str, options.get(_LIST, b"")[:40])),
    }
    return Word(
        by="dhcp",
        mac=mac_of(payload[28:34]),
        address=address if kind != _RELEASE else "",
        names=(name.partition(".")[0],) if name else (),
        facts={key: value for key, value in facts.items() if value},
    )


def _answered(
    payload: bytes, options: dict[int, bytes], sender_mac: str, sender: str
) -> Iterator[Word]:
    """The device that got the address, and the server with what it says of the network."""
    if options[_TYPE][0] == _ACK:
        yield Word(by="dhcp", mac=mac_of(payload[28:34]), address=address_of(payload[16:20]))
    said = options.get(_ROUTER, b"")
    routers = tuple(
        filter(None, (address_of(said[at : at + 4]) for at in range(0, len(said[:16]), 4)))
    )
    server = address_of(options.get(_SERVER, b"")) or sender
    if server:
        mac = sender_mac if server == sender else ""
        yield Word(by="dhcp", mac=mac, address=server, services=("dhcp",), routers=routers)


def _options(raw: bytes) -> dict[int, bytes]:
    """The first of each; those cut short are left out."""
    found: dict[int, bytes] = {}
    at = 0
    while at < len(raw) and len(found) < _MOST_OPTIONS:
        code = raw[at]
        if code == _END:
            break
        if code == _PAD:
            at += 1
            continue
        if at + 1 >= len(raw):
            break
        end = at + 2 + raw[at + 1]
        if end > len(raw):
            break
        found.setdefault(code, raw[at + 2 : end])
        at = end
    return found


def _full_name(raw: bytes) -> str:
    """Option 81: flags, two bytes of old codes, the name as text or as DNS labels."""
    if len(raw) < 4:
        return ""
    if not raw[0] & 0x04:
        return text(raw[3:])
    return text(raw[4 : 4 + raw[3]])
