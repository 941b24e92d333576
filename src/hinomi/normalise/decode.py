"""Bytes to text: UTF-8, else cp932, else EUC-JP, else latin-1; remembers which."""

from __future__ import annotations

import re

_HALF_WIDTH = range(0xFF61, 0xFFA0)
_STRANGE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f]")
_ENCODINGS = ("utf-8", "cp932", "euc_jp")


def decode(raw: bytes) -> tuple[str, str]:
    """The text without BOM, NUL and trailing line end, and the encoding that read it."""
    if _is_utf_16(raw):
        return _clean(raw.decode("utf-16", "replace")), "utf-16"
    if raw[:3] == b"\xef\xbb\xbf":
        raw = raw[3:]
    if b"\x00" in raw:
        raw = raw.replace(b"\x00", b"")
    for encoding in _ENCODINGS:
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding == "cp932" and (better := _rather_euc(raw, text)):
            return _clean(better), "euc_jp"
        return _clean(text), encoding
    return _clean(raw.decode("latin-1")), "latin-1"


def _is_utf_16(raw: bytes) -> bool:
    """A mark alone proves little: broken bytes begin like that too. Lines of a log hold digits and
    spaces, whose upper halves are zero in every eighth unit at least.
    """
    upper = {b"\xff\xfe": raw[3::2], b"\xfe\xff": raw[2::2]}.get(raw[:2], b"")
    return len(raw) % 2 == 0 and upper.count(0) * 8 >= len(upper) > 0


def is_binary(text: str) -> bool:
    """More than a tenth control characters: bytes of a program, not a line for people."""
    return len(_STRANGE.findall(text, 0, 4096)) * 10 > min(len(text), 4096)


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
