"""NetBIOS: a PC registers its name (137), and tells all others its Windows version (138)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.pipeline.relay.discovery.word import Word, text

if TYPE_CHECKING:
    from collections.abc import Iterator

_REGISTER = 5
_WORKSTATION, _SERVER = 0x00, 0x20
_NAME = 32  # letters of an encoded name
_BROWSE = b"\\MAILSLOT\\BROWSE\0"
_ANNOUNCE = (0x01, 0x0F)  # host, local master
_UNIX = 0x0000_0800  # servers that are Samba say so


def names(payload: bytes, *, sender_mac: str, sender: str) -> Iterator[Word]:
    """A registration of the sender's own name; questions say nothing of who asks."""
    if len(payload) < 50 or payload[2] & 0x80 or payload[2] >> 3 & 0xF != _REGISTER:
        return
    if payload[12] != _NAME:
        return
    name, kind = _decoded(payload[13 : 13 + _NAME])
    is_group = len(payload) >= 68 and bool(payload[62] & 0x80)
    if name and kind in (_WORKSTATION, _SERVER) and not is_group:
        yield Word(by="netbios", mac=sender_mac, address=sender, names=(name,))


def announcements(payload: bytes, *, sender_mac: str, sender: str) -> Iterator[Word]:
    """A host's announcement: its name, its version, and whether it is Samba."""
    at = payload.find(_BROWSE, 82, 300)
    body = payload[at + len(_BROWSE) :] if at >= 0 else b""
    if len(body) < 32 or body[0] not in _ANNOUNCE:
        return
    name = text(body[6:22].split(b"\0", 1)[0])
    version = f"{body[22]}.{body[23]}"
    is_unix = bool(int.from_bytes(body[24:28], "little") & _UNIX)
    if name:
        yield Word(
            by="netbios",
            mac=sender_mac,
            address=sender,
            names=(name,),
            facts={"announced": "samba" if is_unix else version},
        )


def _decoded(raw: bytes) -> tuple[str, int]:
    """Two letters a byte; the sixteenth byte says what kind of name it is."""
    if len(raw) != _NAME or not all(0x41 <= each <= 0x50 for each in raw):
        return "", -1
    pairs = zip(raw[::2], raw[1::2], strict=True)
    plain = bytes((high - 0x41) << 4 | (low - 0x41) for high, low in pairs)
    try:
        return text(plain[:15].decode("cp932")).strip(), plain[15]
    except UnicodeDecodeError:
        return text(plain[:15]), plain[15]
