"""A FAX machine's TIFF goes into a PDF as it came; anything else is refused by name."""

from __future__ import annotations

import struct
import zlib

import pytest

from hinomi.respond.sheets.tiff import NotAFaxTiff, pdf_of_tiff

STRIP = b"\x0f\xf0\x01"


def tiff(order: str = "<", *, strip: bytes = STRIP, following: int = 0, **changed: int) -> bytes:
    """One page of 8 × 3 dots; `changed` replaces values by the names below."""
    values = {
        "width": (256, 8), "height": (257, 3), "bits": (258, 1), "packing": (259, 4),
        "meaning": (262, 0), "fill": (266, 1), "at": (273, 8), "rows": (278, 3),
        "count": (279, len(strip)),
    }  # fmt: skip
    start = 8 + len(strip) + len(strip) % 2
    entries = b"".join(
        struct.pack(f"{order}HHII", tag, 4, 1, changed.get(name, usual))
        for name, (tag, usual) in values.items()
    )
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", start)
    body = head + strip + b"\0" * (len(strip) % 2)
    return (
        body + struct.pack(f"{order}H", len(values)) + entries + struct.pack(f"{order}I", following)
    )


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_strip_goes_in_as_it_came(order: str) -> None:
    pdf = pdf_of_tiff(tiff(order))
    assert STRIP in pdf
    for told in (b"/K -1", b"/Columns 8", b"/Rows 3", b"/BlackIs1 false", b"/Count 1"):
        assert told in pdf


def test_turned_bits_turned_meaning_and_plain_bits_are_understood() -> None:
    assert b"\xf0\x0f\x80" in pdf_of_tiff(tiff(fill=2))
    assert b"/BlackIs1 true" in pdf_of_tiff(tiff(meaning=1))
    assert zlib.compress(STRIP) in pdf_of_tiff(tiff(packing=1))
    assert b"/K 0" in pdf_of_tiff(tiff(packing=3))


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"%PDF-1.4", tiff()[:20], tiff(width=0), tiff(width=99_999), tiff(packing=5),
        tiff(bits=8), tiff(count=4_000_000), tiff(at=4_000_000_000), tiff(rows=1),
        b"II*\0\xff\xff\xff\xff",
    ],
)  # fmt: skip
def test_what_no_fax_machine_sends_is_refused(raw: bytes) -> None:
    with pytest.raises(NotAFaxTiff):
        pdf_of_tiff(raw)


def test_a_page_that_names_itself_as_the_next_ends() -> None:
    start = 8 + len(STRIP) + len(STRIP) % 2
    assert b"/Count 3" in pdf_of_tiff(tiff(following=start))
