"""What a rule may look at in one event: its fields by name, and all its text for keywords.

A rule's field is looked for under its own name, then under the name its log source or the event's
shape gives it; each first as written, then ignoring case. The first that is there counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.detect.read_value import readings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hinomi.core.records import Event

Names = tuple[str, ...]
_BRACKETS = (b"{", b"[")
MOMENT_NAMES = frozenset({"@timestamp", "_event_time"})  # always there: the event's own time


def candidates(name: str, renames: Mapping[str, Names], aliases: Mapping[str, str]) -> Names:
    """The native names under which a rule's field may stand, best first."""
    found = [name, *renames.get(name, ())]
    if name in aliases:
        found.append(aliases[name])
    return tuple(dict.fromkeys(found))


def find(event: Event, names: Sequence[str]) -> tuple[str, str] | None:
    """(native name, value) of the first candidate that the event has."""
    for name in names:
        if name in event.fields:
            return name, event.fields[name]
        for other, value in event.fields.items():
            if other.lower() == name.lower():
                return other, value
    if names[0].lower() in MOMENT_NAMES:
        return names[0], event.event_time.isoformat()
    return None


def searchable(event: Event) -> list[tuple[str, str]]:
    """(name, text) of everything a keyword looks at; the raw record comes last, named "".

    The elements of a list come after it: inside it their quotes and backslashes are escaped. A raw
    record that is itself a structure (JSON, XML, binary) is left out: its values are fields
    already, and a keyword must not be found in its brackets and names.
    """
    texts = [(name, text) for name, value in event.fields.items() for text in readings(value)]
    if has_raw_text(event):
        texts.append(("", event.raw.decode("utf-8", "replace")))
    return texts


def has_raw_text(event: Event) -> bool:
    """Whether the raw record is a text of its own."""
    raw = event.raw
    if not raw or raw.startswith(_BRACKETS):
        return False
    head = raw[:6].lstrip()
    return not head.startswith(_BRACKETS) and head != b"<Event" and b"\0" not in raw
