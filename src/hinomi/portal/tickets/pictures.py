"""Is this a photograph, and the same picture without what a camera wrote beside it? Pure.

JPEG and PNG are told by their bytes, never by a name. Only the parts that draw the picture stay:
place, time, owner and programs that hide behind the picture's end are gone. Turning a picture that
was taken upright is kept, because a photograph that lies on its side cannot be read. Nothing is
decoded, so no picture can be a bomb here; too many pixels are refused by what the header says.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

MOST_BYTES = 10 * 1024 * 1024
MOST_SIDE, MOST_PIXELS = 12_000, 64_000_000
_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT = frozenset(b"IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB sBIT bKGD pHYs".split())
_HEIC = (b"heic", b"heix", b"hevc", b"heim", b"mif1", b"msf1", b"avif")
_SIZES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})  # SOF0 … SOF15
_JPEG_KEPT = _SIZES | {0xC4, 0xDB, 0xDD, 0xE0, 0xEE}  # tables, restart, JFIF, Adobe's colours
# JFIF's density and Adobe's colours, by their first bytes; what follows them draws nothing.
_SIGNED = {0xE0: (b"JFIF\0", 12), 0xEE: (b"Adobe", 12)}
_RESTARTS = frozenset(range(0xD0, 0xD8))
_ORIENTATION = 0x0112


class NotAPicture(ValueError):
    """`reason` says why, for the screens."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Picture:
    """`kind` is "jpeg" or "png"."""

    kind: str
    raw: bytes


def picture_of(raw: bytes) -> Picture:
    """The bare picture. Raises NotAPicture."""
    if not raw:
        raise NotAPicture("empty")
    if len(raw) > MOST_BYTES:
        raise NotAPicture("too_large")
    try:
        if raw.startswith(b"\xff\xd8\xff"):
            return Picture("jpeg", _jpeg(raw))
        if raw.startswith(_PNG):
            return Picture("png", _png(raw))
    except (IndexError, struct.error) as error:
        raise NotAPicture("broken") from error
    if raw[4:8] == b"ftyp" and raw[8:12] in _HEIC:
        raise NotAPicture("heic")
    raise NotAPicture("other_kind")


def _jpeg(raw: bytes) -> bytes:
    kept, at, turned, is_drawn = [b"\xff\xd8"], 2, 1, False
    while True:
        if raw[at] != 0xFF:
            raise NotAPicture("broken")
        while raw[at + 1] == 0xFF:  # fill bytes
            at += 1
        marker = raw[at + 1]
        if marker == 0xD9:
            break
        if marker in _RESTARTS or marker in (0x00, 0x01, 0xD8):
            raise NotAPicture("broken")
        size = int.from_bytes(raw[at + 2 : at + 4], "big")
        if size < 2 or at + 2 + size > len(raw):
            raise NotAPicture("broken")
        segment, at = raw[at : at + 2 + size], at + 2 + size
        if marker == 0xE1 and segment[4:10] == b"Exif\x00\x00":
            turned = _turned(segment[10:]) or turned
        if marker in _SIZES:
            _require_size(*struct.unpack(">HH", segment[5:9]))
        if marker in _JPEG_KEPT:
            kept.append(_bare(marker, segment))
        if marker == 0xDA:
            end = _end_of_scan(raw, at)
            kept.append(segment + raw[at:end])
            at, is_drawn = end, True
    if not is_drawn:
        raise NotAPicture("broken")
    if turned != 1:
        kept.insert(1, _exif(turned))
    return b"".join(kept) + b"\xff\xd9"


def _bare(marker: int, segment: bytes) -> bytes:
    """Of what JFIF and Adobe say only what they define, without a small picture or a stowaway."""
    if marker not in _SIGNED:
        return segment
    name, length = _SIGNED[marker]
    if not segment[4:].startswith(name) or len(segment) < 4 + length:
        return b""
    body = segment[4 : 4 + length] + (b"\0\0" if marker == 0xE0 else b"")
    return segment[:2] + struct.pack(">H", len(body) + 2) + body


def _end_of_scan(raw: bytes, at: int) -> int:
    """Where the picture's data ends: at the next marker that is no restart."""
    while True:
        at = raw.find(b"\xff", at)
        if at < 0 or at + 1 >= len(raw):
            raise NotAPicture("broken")
        if raw[at + 1] != 0x00 and raw[at + 1] not in _RESTARTS:
            return at
        at += 2


def _turned(tiff: bytes) -> int:
    """1 to 8; 0 when nothing readable says so."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None or len(tiff) < 8:
        return 0
    (first,) = struct.unpack(f"{order}I", tiff[4:8])
    if first + 2 > len(tiff):
        return 0
    (count,) = struct.unpack(f"{order}H", tiff[first : first + 2])
    for entry in range(min(count, 200)):
        field = tiff[first + 2 + entry * 12 : first + 14 + entry * 12]
        if len(field) == 12 and struct.unpack(f"{order}H", field[:2])[0] == _ORIENTATION:
            value: int = struct.unpack(f"{order}H", field[8:10])[0]
            return value if 1 <= value <= 8 else 0
    return 0


def _exif(turned: int) -> bytes:
    entry = struct.pack(">HHIHH", _ORIENTATION, 3, 1, turned, 0)
    body = b"Exif\x00\x00MM\x00\x2a" + struct.pack(">IH", 8, 1) + entry + b"\x00" * 4
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


def _png(raw: bytes) -> bytes:
    kept, at = [_PNG], len(_PNG)
    names: list[bytes] = []
    while True:
        size, name = struct.unpack(">I4s", raw[at : at + 8])
        chunk = raw[at : at + 12 + size]
        if len(chunk) != 12 + size or zlib.crc32(chunk[4:-4]) != int.from_bytes(chunk[-4:], "big"):
            raise NotAPicture("broken")
        if not names and name != b"IHDR":
            raise NotAPicture("broken")
        if name == b"IHDR":
            _require_size(*struct.unpack(">II", chunk[8:16]))
        names.append(name)
        if name in _PNG_KEPT:
            kept.append(chunk)
        at += len(chunk)
        if name == b"IEND":
            break
    if b"IDAT" not in names:
        raise NotAPicture("broken")
    return b"".join(kept)


def _require_size(one: int, other: int) -> None:
    if not one or not other or max(one, other) > MOST_SIDE or one * other > MOST_PIXELS:
        raise NotAPicture("too_many_pixels")
