"""A TIFF from a FAX machine as PDF, without decoding it: the strips go in as they came (CCITT G3 or
G4, or plain bits). Anything else a TIFF may hold is refused by name."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

MOST_PAGES = 3
_MOST_ENTRIES, _MOST_STRIPS, _MOST_SIDE = 200, 400, 12_000
_SIZES = {1: 1, 3: 2, 4: 4}  # BYTE, SHORT, LONG
_FORMS = {1: "B", 3: "H", 4: "I"}
_WIDTH, _HEIGHT, _BITS, _PACKING, _MEANING, _FILL = 256, 257, 258, 259, 262, 266
_STRIPS, _SAMPLES, _ROWS, _COUNTS, _G3_OPTIONS = 273, 277, 278, 279, 292
_PLAIN, _G3, _G4 = 1, 3, 4
_TURNED = bytes(int(f"{each:08b}"[::-1], 2) for each in range(256))
_A4 = (595.276, 841.89)


class NotAFaxTiff(ValueError):
    """It is no TIFF that a FAX gateway sends."""


@dataclass(frozen=True, slots=True)
class _Strip:
    rows: int
    raw: bytes


@dataclass(frozen=True, slots=True)
class _Page:
    width: int
    height: int
    filter: str
    strips: tuple[_Strip, ...]


def pdf_of_tiff(raw: bytes) -> bytes:
    """At most MOST_PAGES pages, each stretched to A4 (a FAX has other dots across than down).
    Raises NotAFaxTiff."""
    try:
        pages = _pages(raw)
    except (struct.error, IndexError) as error:
        raise NotAFaxTiff("The TIFF breaks off.") from error
    return _pdf(pages)


def _pages(raw: bytes) -> list[_Page]:
    order = {b"II*\x00": "<", b"MM\x00*": ">"}.get(raw[:4])
    if order is None:
        raise NotAFaxTiff("No TIFF.")
    (at,) = struct.unpack_from(f"{order}I", raw, 4)
    pages: list[_Page] = []
    while at and len(pages) < MOST_PAGES:
        tags, at = _directory(raw, order, at)
        pages.append(_page(raw, tags))
    return pages


def _directory(raw: bytes, order: str, at: int) -> tuple[dict[int, list[int]], int]:
    (count,) = struct.unpack_from(f"{order}H", raw, at)
    if not 0 < count <= _MOST_ENTRIES:
        raise NotAFaxTiff("Too many entries.")
    tags = {}
    for place in range(at + 2, at + 2 + 12 * count, 12):
        tag, form, number = struct.unpack_from(f"{order}HHI", raw, place)
        if form in _SIZES and 0 < number <= _MOST_STRIPS:
            inline = _SIZES[form] * number <= 4
            start = place + 8 if inline else struct.unpack_from(f"{order}I", raw, place + 8)[0]
            tags[tag] = list(struct.unpack_from(f"{order}{number}{_FORMS[form]}", raw, start))
    (following,) = struct.unpack_from(f"{order}I", raw, at + 2 + 12 * count)
    return tags, following


def _page(raw: bytes, tags: dict[int, list[int]]) -> _Page:
    width, height = _one(tags, _WIDTH, 0), _one(tags, _HEIGHT, 0)
    packing = _one(tags, _PACKING, _PLAIN)
    if not (0 < width <= _MOST_SIDE and 0 < height <= _MOST_SIDE):
        raise NotAFaxTiff("No size, or too large.")
    if (
        packing not in (_PLAIN, _G3, _G4)
        or _one(tags, _BITS, 1) != 1
        or _one(tags, _SAMPLES, 1) != 1
    ):
        raise NotAFaxTiff("Not black and white as a FAX is.")
    rows = min(_one(tags, _ROWS, height), height)
    offsets, counts = tags.get(_STRIPS, []), tags.get(_COUNTS, [])
    if not offsets or len(offsets) != len(counts) or rows < 1 or -(-height // rows) != len(offsets):
        raise NotAFaxTiff("Its strips do not fit.")
    strips = []
    for place, (start, size) in enumerate(zip(offsets, counts, strict=True)):
        body = raw[start : start + size]
        if len(body) != size:
            raise NotAFaxTiff("The TIFF breaks off.")
        if _one(tags, _FILL, 1) == 2:
            body = body.translate(_TURNED)
        packed = zlib.compress(body) if packing == _PLAIN else body
        strips.append(_Strip(min(rows, height - place * rows), packed))
    return _Page(width, height, _filter(tags, packing, width), tuple(strips))


def _filter(tags: dict[int, list[int]], packing: int, width: int) -> str:
    """How a PDF reader unpacks it. Zero means white in a FAX, black in a PDF."""
    is_white_zero = _one(tags, _MEANING, 0) == 0
    if packing == _PLAIN:
        return f"/Filter /FlateDecode{' /Decode [1 0]' if is_white_zero else ''}"
    two_ways = _one(tags, _G3_OPTIONS, 0) & 1
    k = -1 if packing == _G4 else (4 if two_ways else 0)
    turned = "false" if is_white_zero else "true"
    parameters = f"/K {k} /Columns {width} /Rows %d /BlackIs1 {turned} /EndOfBlock false"
    return f"/Filter /CCITTFaxDecode /DecodeParms << {parameters} >>"


def _one(tags: dict[int, list[int]], tag: int, usual: int) -> int:
    return tags.get(tag, [usual])[0]


def _pdf(pages: list[_Page]) -> bytes:
    """Object 1 the catalogue, 2 the pages, then for each page itself, its drawing, its strips."""
    bodies: list[bytes] = [b"", b""]
    kids = []
    for page in pages:
        number = len(bodies) + 1
        kids.append(f"{number} 0 R")
        bodies += [b"", b"", *(_image(page, strip) for strip in page.strips)]
        names = " ".join(f"/S{n} {number + 2 + n} 0 R" for n in range(len(page.strips)))
        bodies[number - 1] = (
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {_A4[0]} {_A4[1]}] "
            f"/Resources << /XObject << {names} >> >> /Contents {number + 1} 0 R >>"
        ).encode()
        bodies[number] = _stream("", _drawing(page))
    bodies[0] = b"<< /Type /Catalog /Pages 2 0 R >>"
    bodies[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>".encode()
    return _file(bodies)


def _image(page: _Page, strip: _Strip) -> bytes:
    unpack = page.filter.replace("%d", str(strip.rows))
    head = f"/Type /XObject /Subtype /Image /Width {page.width} /Height {strip.rows} "
    return _stream(f"{head}/ColorSpace /DeviceGray /BitsPerComponent 1 {unpack}", strip.raw)


def _drawing(page: _Page) -> bytes:
    lines, top = [], 0
    for n, strip in enumerate(page.strips):
        tall = strip.rows / page.height * _A4[1]
        low = _A4[1] - (top + strip.rows) / page.height * _A4[1]
        lines.append(f"q {_A4[0]} 0 0 {tall:.4f} 0 {low:.4f} cm /S{n} Do Q")
        top += strip.rows
    return "\n".join(lines).encode()


def _stream(head: str, raw: bytes) -> bytes:
    return f"<< {head} /Length {len(raw)} >>\nstream\n".encode() + raw + b"\nendstream"


def _file(bodies: list[bytes]) -> bytes:
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(bodies, start=1):
        places.append(len(out))
        out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    start = len(out)
    out += f"xref\n0 {len(bodies) + 1}\n0000000000 65535 f \n{table}".encode()
    out += (
        f"trailer << /Size {len(bodies) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()
    )
    return bytes(out)
