"""Bytes to text: UTF-8, else cp932, else EUC-JP, else latin-1; remembers which."""

from __future__ import annotations

import re

_HALF_WIDTH = range(0xFF61, 0xFFA0)
_STRANGE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f]")
_ENCODINGS = ("utf-8", "cp932", "euc_jp")
_NO_CHARACTER = re.compile("[\x80\uf8f0-\uf8f3]")  # what Python's cp932 makes of unused bytes
_UTF_16_MARKS = {b"\xff\xfe": 3, b"\xfe\xff": 2}  # where the upper halves start after the mark
_LOOK_AT = 4096  # characters; each is at most 4 bytes
_CONTROL = bytes([*range(9), 0x0B, 0x0C, *range(0x0E, 0x1B), *range(0x1C, 0x20)])


def decode(raw: bytes) -> tuple[str, str]:
    """The text without BOM, NUL and trailing line end, and the encoding that read it."""
    if raw.isascii() and b"\x00" not in raw:
        return raw.decode("ascii").rstrip("\r\n"), "utf-8"
    if raw[:2] in _UTF_16_MARKS and _is_utf_16(raw):
        return _clean(raw.decode("utf-16", "replace")), "utf-16"
    if raw[:3] == b"\xef\xbb\xbf":
        raw = raw[3:]
    if b"\x00" in raw:
        raw = raw.replace(b"\x00", b"")
    for encoding in _ENCODINGS:
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError as error:
            if encoding == "utf-8" and _is_cut(raw, error):
                return _clean(raw.decode(encoding, "replace")), encoding
            continue
        if encoding == "cp932" and (better := _rather_euc(raw, text)):
            return _clean(better), "euc_jp"
        if encoding != "cp932" or not _NO_CHARACTER.search(text):
            return _clean(text), encoding
    return _clean(raw.decode("latin-1")), "latin-1"


def _is_cut(raw: bytes, error: UnicodeDecodeError) -> bool:
    """Syslog ends a line at a byte count: only the last character is broken, others are whole."""
    return error.end == len(raw) and not raw[: error.start].isascii()


def _is_utf_16(raw: bytes) -> bool:
    """A mark alone proves little: broken bytes begin like that too. Lines of a log hold digits and
    spaces, whose upper halves are zero in every eighth unit at least.
    """
    upper = raw[_UTF_16_MARKS[raw[:2]] :: 2]
    return len(raw) % 2 == 0 and upper.count(0) * 8 >= len(upper) > 0


def is_binary(raw: bytes, text: str) -> bool:
    """More than a tenth control characters: bytes of a program, not a line for people.

    Bytes without a control byte hold no control character in any encoding we read; looking for
    bytes takes a quarter of the time that looking for characters does.
    """
    start = raw[: 4 * _LOOK_AT]
    if len(start.translate(None, _CONTROL)) == len(start):
        return False
    return len(_STRANGE.findall(text, 0, _LOOK_AT)) * 10 > min(len(text), _LOOK_AT)


def _clean(text: str) -> str:
    return text.lstrip("\ufeff").rstrip("\r\n").replace("\x00", "")


def _rather_euc(raw: bytes, as_cp932: str) -> str:
    """EUC-JP when cp932 gives only half-width kana although EUC-JP gives real kana.

    Most EUC-JP bytes are also valid cp932 half-width kana, so trying in order alone would turn
    every short EUC-JP message into noise. Half-width words of a real cp932 sender do not read as
    hiragana or full-width katakana in EUC-JP, which is the test here.
    """
    foreign = [letter for letter in as_cp932 if letter > "\x7f"]
    half = sum(1 for letter in foreign if ord(letter) in _HALF_WIDTH)
    if half * 2 < len(foreign):
        return ""
    try:
        text = raw.decode("euc_jp")
    except UnicodeDecodeError:
        return ""
    kana = sum(1 for letter in text if "\u3041" <= letter <= "\u30fe")
    return text if kana else ""
