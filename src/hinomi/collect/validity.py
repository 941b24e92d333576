"""Until when a certificate is valid, read from its bytes: the standard library tells it only of
certificates of authorities, and of connections."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_SEQUENCE, _VERSION, _SHORT_YEAR, _LONG_YEAR = 0x30, 0xA0, 0x17, 0x18
_LONG_FORM = "%Y%m%d%H%M%SZ"
_PIVOT = 50  # RFC 5280: a year of two digits from here on is of 19xx


def ends_at(pem: str) -> datetime | None:
    """The last moment of a certificate in PEM; None for what is none."""
    try:
        whole = ssl.PEM_cert_to_DER_cert(pem.strip())
        (outer,) = _inside(whole)[:1]
        (signed, *_) = _inside(outer)
        fields = [each for each in _elements(signed) if each[0] != _VERSION]
        (_, last) = list(_elements(fields[3][1]))[:2]
        return _moment(*last)
    except (ValueError, IndexError):
        return None


def _inside(data: bytes) -> list[bytes]:
    return [body for tag, body in _elements(data) if tag == _SEQUENCE]


def _elements(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Tag and content of what stands one after the other. IndexError or ValueError: cut off."""
    at = 0
    while at < len(data):
        tag, size, at = data[at], data[at + 1], at + 2
        if size & 0x80:
            count = size & 0x7F
            size, at = int.from_bytes(data[at : at + count], "big"), at + count
        if at + size > len(data):
            raise ValueError("the certificate is cut off")
        yield tag, data[at : at + size]
        at += size


def _moment(tag: int, body: bytes) -> datetime:
    text = body.decode("ascii")
    if tag == _LONG_YEAR:
        return datetime.strptime(text, _LONG_FORM).replace(tzinfo=UTC)
    if tag != _SHORT_YEAR:
        raise ValueError("no time stands where a certificate has one")
    century = "19" if int(text[:2]) >= _PIVOT else "20"
    return datetime.strptime(century + text, _LONG_FORM).replace(tzinfo=UTC)
