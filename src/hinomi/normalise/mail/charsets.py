"""Bytes of a mail to text, whatever charset it claims: Japanese mails are mislabelled every day.

Python's ISO-2022-JP knows no ①, ㈱ or half-width kana, which real mails hold (CP50220); here its
double bytes are read as cp932 reads them.
"""

from __future__ import annotations

import base64
import binascii
import quopri
import re

from hinomi.normalise.decode import decode

_ESCAPES = re.compile(rb"\x1b(\$@|\$B|\$\(D|\(B|\(J|\(I)")
_CP932 = frozenset({
    "shift_jis", "shift-jis", "sjis", "x-sjis", "s_jis", "cp932", "ms932", "windows-31j",
    "ms_kanji", "csshiftjis", "csshift_jis", "csms_kanji", "x-ms-cp932",
})  # fmt: skip
_EUC = frozenset({"euc-jp", "euc_jp", "x-euc-jp", "eucjp", "ujis"})
# Others are read as Python reads them; names like "unicode_escape" or "zip" must not get here.
_OTHERS = re.compile(
    r"(iso[-_]8859[-_]\d{1,2}|windows[-_]125\d|koi8[-_][ru]|gb\w{4,7}|big5|euc-kr)"
)
_WORD = re.compile(r"=\?([^?\s]{1,40})\?([bBqQ])\?([^?]*)\?=")
_BETWEEN = re.compile(r"(\?=)\s+(=\?)")


def text_of(raw: bytes, *, charset: str) -> str:
    """The text. Never raises: what fits nothing is read as latin-1. UTF-8 that holds is UTF-8,
    whatever it is called; a text of another charset hardly ever is valid UTF-8 by chance."""
    name = charset.strip().strip("\"'").lower()
    if b"\x1b" in raw and raw.isascii() and _ESCAPES.search(raw):
        return _from_jis(raw)
    if not raw.isascii() and not _is_utf8(raw):
        wanted = "cp932" if name in _CP932 else "euc_jp" if name in _EUC else name
        if wanted in ("cp932", "euc_jp") or _OTHERS.fullmatch(wanted):
            try:
                return _clean(raw.decode(wanted))
            except (UnicodeDecodeError, LookupError):
                pass
    return _clean(decode(raw)[0])


def header_text(value: str) -> str:
    """A header's value with its encoded words (RFC 2047) read, on one line."""
    raw = value.encode("utf-8", "surrogateescape")
    if not raw.isascii():
        value = text_of(raw, charset="")
    elif b"\x1b" in raw:
        value = _from_jis(raw)
    return " ".join(_read_words(_BETWEEN.sub(r"\1\2", value)).split())


def _read_words(value: str) -> str:
    """Words of one charset that touch are read together: mailers cut characters in two."""
    text, at = [], 0
    pending, charset = b"", ""
    for found in _WORD.finditer(value):
        if found.start() > at or found[1].lower() != charset:
            text.append(text_of(pending, charset=charset))
            pending, charset = b"", found[1].lower()
            text.append(value[at : found.start()])
        pending += _bytes_of(found[2].lower(), found[3])
        at = found.end()
    text.append(text_of(pending, charset=charset.partition("*")[0]))
    return "".join(text) + value[at:]


def _bytes_of(kind: str, word: str) -> bytes:
    if kind == "q":
        return quopri.decodestring(word.replace("_", " ").encode("utf-8", "replace"))
    try:
        return base64.b64decode(word + "=" * (-len(word) % 4))
    except (binascii.Error, ValueError):
        return word.encode("utf-8", "replace")


def _from_jis(raw: bytes) -> str:
    text, mode, at = [], b"(B", 0
    for found in _ESCAPES.finditer(raw):
        text.append(_jis_run(raw[at : found.start()], mode))
        mode, at = found[1], found.end()
    text.append(_jis_run(raw[at:], mode))
    return _clean("".join(text))


def _jis_run(run: bytes, mode: bytes) -> str:
    if mode in (b"(B", b"(J"):
        return run.decode("ascii", "replace")
    if mode == b"(I":
        return bytes(byte | 0x80 for byte in run if byte > 0x20).decode("cp932", "replace")
    # A line end inside a double-byte run, as careless mailers leave it, starts pairs anew.
    lines = re.split(rb"(\r?\n)", run)
    return "".join(
        line.decode("ascii") if line[:1] in (b"\r", b"\n") else _pairs(line) for line in lines
    )


def _pairs(run: bytes) -> str:
    shifted = bytearray()
    for high, low in zip(run[::2], run[1::2], strict=False):
        if not (0x21 <= high <= 0x7E and 0x21 <= low <= 0x7E):
            continue
        row, cell = (high + 1) // 2 + 0x70, low
        if high % 2:
            cell = low + 0x1F + (low >= 0x60)
        else:
            cell = low + 0x7E
        shifted += bytes((row + 0x40 if row >= 0xA0 else row, cell))
    return shifted.decode("cp932", "replace")


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _clean(text: str) -> str:
    return text.replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n")
