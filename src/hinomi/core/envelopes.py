"""Many records sent as one: `{"records": […]}`, `{"value": […]}`, `{"Records": […]}`, `[…]`.

So Azure's diagnostic settings, Microsoft Graph and AWS deliver. Bytes are cut, never rewritten, and
only where nothing else is said beside the list that an entry would lose.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from hinomi.core.words import SetAsideReason

# Groups are never repeated possessively: Python before 3.11.5, Debian 12's among them, then misses
# matches (gh-106052). Nothing here can be read in two ways, so giving back costs no more.
_TEXT = rb'"(?:[^"\\]++|\\.)*"'
_PLAIN = rb"(?:" + _TEXT + rb"|-?[0-9][0-9.eE+\-]*+|true|false|null)"
# What may stand beside the list: paging and Logstash's own marks, nothing about an entry.
_BESIDE = rb'"(?:(?:@|odata\.)[^"\\]*+|nextLink|deltaLink|count)"\s*+:\s*+' + _PLAIN
_BEGIN = re.compile(
    rb"\s*+(?:(\[)|\{\s*+(?:" + _BESIDE + rb'\s*+,\s*+)*"(?:records|Records|value)"\s*+:\s*+\[)'
    rb"\s*+(?=[^\s\]])",
    re.DOTALL,
)
_END_OF_ARRAY = re.compile(rb"\]\s*+\Z")
_END_OF_OBJECT = re.compile(rb"\]\s*+(?:,\s*+" + _BESIDE + rb"\s*+)*\}\s*+\Z", re.DOTALL)
# Up to the next bracket outside of texts.
_BRACKET = re.compile(rb'(?:[^"{}\[\]]++|' + _TEXT + rb")*([{}\[\]])", re.DOTALL)
_SINGLE = re.compile(_PLAIN, re.DOTALL)
_BLANK = re.compile(rb"\s*+")


class Entry(NamedTuple):
    """One entry's bytes. `fault`: it is no object (`broken_record`), or it and all behind it cannot
    be told apart any more (`broken_frame`)."""

    raw: bytes
    fault: SetAsideReason | None = None


def begins_envelope(start: bytes) -> bool:
    """Whether the first bytes are those of an object around a list; a bare list is none."""
    begun = _BEGIN.match(start)
    return begun is not None and begun[1] is None


def entries_of(raw: bytes, *, most: int) -> list[Entry] | None:
    """The entries, cut or broken ones included; None when this is one record like others.

    At most `most` and one more, which says that there are too many.
    """
    begun = _BEGIN.match(raw)
    if begun is None:
        return None
    entries, end = _walk(raw, begun.end(), most=most)
    if len(entries) > most:
        return entries
    if all(entry.fault is not None for entry in entries):
        return None
    whole = _END_OF_ARRAY if begun[1] else _END_OF_OBJECT
    return (
        entries
        if whole.match(raw, end)
        else _cut(entries, raw[end:].strip(), is_array=begun[1] is not None)
    )


def _cut(entries: list[Entry], rest: bytes, *, is_array: bool) -> list[Entry] | None:
    """The sender's line ended early; anything else behind the list makes it another record."""
    if is_array or rest.endswith(b"}"):
        return None if rest else entries
    said = rest.removeprefix(b"]").strip()
    return [*entries, Entry(rest, SetAsideReason.BROKEN_FRAME)] if said else entries


def _walk(raw: bytes, at: int, *, most: int) -> tuple[list[Entry], int]:
    """The entries, and where the list ends; at the end of all where it does not."""
    entries: list[Entry] = []
    while at < len(raw) and raw[at : at + 1] != b"]" and len(entries) <= most:
        end = _end_of_value(raw, at)
        behind = _past_blanks(raw, end) if end else len(raw)
        mark = raw[behind : behind + 1]
        if not end or mark not in (b",", b"]", b""):
            return [*entries, Entry(raw[at:].rstrip(), SetAsideReason.BROKEN_FRAME)], len(raw)
        fault = None if raw[at : at + 1] == b"{" else SetAsideReason.BROKEN_RECORD
        entries.append(Entry(raw[at:end], fault))
        at = _past_blanks(raw, behind + 1) if mark == b"," else behind
    return entries, at


def _end_of_value(raw: bytes, at: int) -> int:
    """Behind the value that begins here; 0 when it is none or has no end."""
    if raw[at : at + 1] not in (b"{", b"["):
        found = _SINGLE.match(raw, at)
        return found.end() if found else 0
    depth = 0
    while found := _BRACKET.match(raw, at):
        at = found.end()
        depth += 1 if found[1] in b"{[" else -1
        if depth == 0:
            return at
    return 0


def _past_blanks(raw: bytes, at: int) -> int:
    found = _BLANK.match(raw, at)
    return found.end() if found else at
