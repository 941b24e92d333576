"""CEF and LEEF: a header split at bars, then extension pairs.

Accepts text before the mark, a header shifted by an empty vendor, repeated keys and labels.
"""

from __future__ import annotations

import re
from functools import lru_cache

from hinomi.core.errors import NotThisFormat

_HEADER = ("CefVersion", "DeviceVendor", "DeviceProduct", "DeviceVersion", "DeviceEventClassID")
_BAR = re.compile(r"(?<!\\)\|")
_KEY = re.compile(r"(?:^|\s)([\w.\[\]\-]+)=")
_WORD = re.compile(r"[\w.\[\]\-]+\Z")
_ESCAPES = {"\\": "\\", "=": "=", "|": "|", "n": "\n", "r": "\r"}
_ESCAPE = re.compile(r"\\([\\=|nr])")
_LABEL = re.compile(r"(c(?:s|n|fp|6a)\d|deviceCustomDate\d|flexString\d|flexNumber\d)Label\Z")


def scan_cef(text: str) -> dict[str, str]:
    """Header names plus extension keys as they stand; `csN` also under its label.

    Raises NotThisFormat when there is no CEF header.
    """
    start = text.find("CEF:")
    rest = text[start + 4 :]
    if start < 0:
        parts = []
    elif "\\|" in rest:
        parts = _BAR.split(rest, maxsplit=7)
    else:
        parts = rest.split("|", 7)
    if len(parts) < 6:
        raise NotThisFormat("No CEF header.")
    header, extension = (parts[:7], parts[7]) if len(parts) > 7 else _without_severity(parts)
    names = (*_HEADER, "Name", "Severity")
    fields = {
        name: (_unescape(value) if "\\" in value else value).strip()
        for name, value in zip(names, header, strict=False)
        if value.strip()
    }
    _extend(fields, extension)
    _join_labels(fields)
    return fields


def scan_leef(text: str) -> dict[str, str]:
    """LEEF 1.0 (tab between pairs) and 2.0 (its own delimiter in the header)."""
    start = text.find("LEEF:")
    parts = text[start + 5 :].split("|") if start >= 0 else []
    if len(parts) < 5:
        raise NotThisFormat("No LEEF header.")
    fields = {
        name: value.strip()
        for name, value in zip(
            ("LeefVersion", "DeviceVendor", "DeviceProduct", "DeviceVersion", "EventID"),
            parts,
            strict=False,
        )
    }
    mark, rest = "\t", "|".join(parts[5:])
    if parts[0].startswith("2") and len(parts) > 6 and len(parts[5]) <= 6:
        mark, rest = _leef_mark(parts[5]), "|".join(parts[6:])
    pieces = rest.split(mark) if mark in rest else re.split(r"\s{2,}|\t|\|(?=\w+=)", rest)
    if len(pieces) == 1:
        _extend(fields, rest)
        return fields
    for piece in pieces:
        key, equals, value = piece.partition("=")
        if equals and key.strip():
            fields.setdefault(key.strip(), value.strip())
    return fields


def _without_severity(parts: list[str]) -> tuple[list[str], str]:
    """A header with a field missing: the part that holds pairs is the extension."""
    return parts[:-1], parts[-1]


def _extend(fields: dict[str, str], extension: str) -> None:
    """Values run to the next key, blanks included. Repeated keys become `key_2` …

    Nearly all lines have plain blanks and no escaped "=": cut at every "=", the last word before
    it is the next key if it looks like one. Three times as fast as looking for keys by pattern;
    test_scanners holds both ways equal on random lines.
    """
    if "\\=" in extension or "\t" in extension or "\n" in extension or not extension.isprintable():
        _extend_by_pattern(fields, extension)
        return
    pieces = extension.split("=")
    cut = pieces[0].rfind(" ")
    key = pieces[0][cut + 1 :]
    if not _is_key(key):
        _extend_by_pattern(fields, extension)
        return
    held = ""
    for piece in pieces[1:-1]:
        cut = piece.rfind(" ")
        name = piece[cut + 1 :]
        if cut >= 0 and _is_key(name):
            _add(fields, key, held + piece[:cut])
            key, held = name, ""
        else:
            held = f"{held}{piece}="
    if len(pieces) > 1:
        _add(fields, key, held + pieces[-1])


def _extend_by_pattern(fields: dict[str, str], extension: str) -> None:
    pieces = iter(_KEY.split(extension)[1:])  # key, value, key, value …: one call for all of them
    for key, text in zip(pieces, pieces, strict=True):
        _add(fields, key, text)


def _add(fields: dict[str, str], key: str, text: str) -> None:
    value = (_unescape(text) if "\\" in text else text).strip()
    if value[:1] == '"' and len(value) > 1 and value[-1] == '"':
        value = value[1:-1]
    name, number = key, 2
    while name in fields and number < 10:
        name, number = f"{key}_{number}", number + 1
    fields[name] = value


def _is_key(word: str) -> bool:
    """Short words are remembered: a sender uses the same thirty keys all day. Long ones are not,
    or a hostile one fills the memory."""
    return _is_short_key(word) if len(word) < 64 else _WORD.match(word) is not None


@lru_cache(maxsize=4096)
def _is_short_key(word: str) -> bool:
    return _WORD.match(word) is not None


def _join_labels(fields: dict[str, str]) -> None:
    for key in [key for key in fields if key[-5:] == "Label" and len(key) < 32]:
        base = _labelled(key)
        if base and fields[key] and base in fields:
            fields.setdefault(fields[key], fields[base])


@lru_cache(maxsize=256)
def _labelled(key: str) -> str:
    """The custom field that a label names, "" for anything else that ends in Label."""
    found = _LABEL.match(key)
    return found[1] if found else ""


def _leef_mark(text: str) -> str:
    """The delimiter: itself, or `x09` / `0x09`."""
    found = re.fullmatch(r"(?:0?x)([0-9A-Fa-f]{1,4})", text.strip())
    return chr(int(found[1], 16)) if found else (text or "\t")


def _unescape(value: str) -> str:
    if "\\" not in value:
        return value
    return _ESCAPE.sub(lambda found: _ESCAPES[found[1]], value)
