"""A QR code as one path of an SVG: no picture file, no style, small."""

from __future__ import annotations

from dataclasses import dataclass

from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode

_QUIET = 4  # squares of white around it, as the standard asks


@dataclass(frozen=True, slots=True)
class Squares:
    """`path` draws the dark squares in a field of `size` × `size`."""

    size: int
    path: str


def squares(text: str) -> Squares:
    """The code for `text`; a row of dark squares is one stroke."""
    code = QRCode(error_correction=ERROR_CORRECT_M, border=_QUIET)
    code.add_data(text)
    code.make(fit=True)
    rows = code.get_matrix()
    parts = []
    for y, row in enumerate(rows):
        x = 0
        while x < len(row):
            end = x
            while end < len(row) and row[end]:
                end += 1
            if end > x:
                parts.append(f"M{x} {y}h{end - x}v1h-{end - x}z")
            x = end + 1
    return Squares(len(rows), "".join(parts))
