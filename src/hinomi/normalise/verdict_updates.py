"""A verdict whose log is written again with more in it (Check Point's `loguid`) is told once.

Records stay what they are in the lake. What detection sees of a later one holds what the earlier
ones said, names its parts, and judges only what was not judged before. Memory is the state it is
given: the worker saves it with its findings.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, TypedDict

from hinomi.core.state import StateKey

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hinomi.core.records import Event
    from hinomi.core.state import KeyedState

# Shape → the field that all logs of one thing share.
_SHARED = {"checkpoint": "loguid", "yamaha_utx": "loguid"}
_VERDICT = ("verdict.kind", "verdict.name", "verdict.disposition")
_KEPT = timedelta(hours=1)
_LONGEST = 200  # of the shared value: it comes from the wire
_MOST_PARTS = 20
_MOST_BYTES = 16 << 10


class _Series(TypedDict):
    """What was said so far."""

    fields: dict[str, str]
    told: list[list[str]]
    parts: list[str]


class VerdictUpdates:
    """One thread. An event without a verdict costs one look-up."""

    def __init__(self, state: KeyedState) -> None:
        self._state = state

    def settle(self, events: Sequence[Event]) -> list[Event]:
        """The events as detection shall see them, in their order."""
        return [self._settled(event) if event.shape in _SHARED else event for event in events]

    def _settled(self, event: Event) -> Event:
        shared = event.fields.get(_SHARED[event.shape], "")
        if not shared or _VERDICT[0] not in event.fields:
            return event
        group = f"{event.source}\0{event.device}\0{shared[:_LONGEST]}"
        key = StateKey(event.organisation, "updates", event.shape, group)
        body = self._state.get(key)
        series: _Series = json.loads(body) if body else {"fields": {}, "told": [], "parts": []}
        said = [event.fields.get(name, "") for name in _VERDICT]
        is_new = said not in series["told"]
        fields = series["fields"] | {name: text for name, text in event.fields.items() if text}
        if series["parts"]:
            event = _completed(event, fields, series["parts"], is_new=is_new)
        series["told"] += [said] if is_new else []
        series["parts"] = [*series["parts"], event.event_id][-_MOST_PARTS:]
        series["fields"] = _bounded({k: v for k, v in fields.items() if k not in _VERDICT})
        self._state.put(key, json.dumps(series).encode(), expires=event.event_time + _KEPT)
        return event


def _completed(event: Event, fields: dict[str, str], parts: list[str], *, is_new: bool) -> Event:
    seen = fields if is_new else {k: v for k, v in fields.items() if k not in _VERDICT}
    return replace(event, fields=seen | {"parts": " ".join([*parts, event.event_id])})


def _bounded(fields: dict[str, str]) -> dict[str, str]:
    """Short fields first: one long text must not push out who and where."""
    room, kept = _MOST_BYTES, {}
    for name, value in sorted(fields.items(), key=lambda field: len(field[1])):
        room -= len(name) + len(value)
        if room < 0:
            break
        kept[name] = value
    return kept
