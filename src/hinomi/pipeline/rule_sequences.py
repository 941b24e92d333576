"""A correlation's own examples: sequences of events with their seconds, played in one go.

A step is an example as plain rules have it, with `at` (seconds from the start), and `times` and
`every` (seconds) for repeats; `{n}` in its texts is the number of the repeat.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from hinomi.core.errors import RuleRefused
from hinomi.core.state import MemoryState
from hinomi.detect import RuleSet
from hinomi.detect.correlate import Correlator, needed_for
from hinomi.normalise import aliases_by_shape
from hinomi.pipeline.rules import Verdict, example_event

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from hinomi.core.records import Event
    from hinomi.detect import Loaded, Plain
    from hinomi.detect.correlate import Correlation

_MOST_REPEATS = 10_000


def run_sequences(loaded: Loaded, *, now: datetime) -> Iterator[Verdict]:
    """Each correlation with the rules it needs, against its own hits and misses."""
    for one in loaded.correlations:
        for expected, sequences in (("hit", one.handling.hits), ("miss", one.handling.misses)):
            for number, sequence in enumerate(sequences, 1):
                verdict = Verdict(one, expected, number)
                try:
                    fires = one.id in played(one, loaded, sequence, now=now)
                    if fires != (expected == "hit"):
                        verdict = replace(verdict, fault="fires" if fires else "does not fire")
                except RuleRefused as error:
                    verdict = replace(verdict, fault=error.message)
                yield verdict


def played(one: Correlation, loaded: Loaded, sequence: Plain, *, now: datetime) -> set[str]:
    """The ids of all correlations that come true. Raises RuleRefused when it is no sequence."""
    needed = needed_for([one], loaded.correlations) | {one.id}
    matcher = RuleSet(
        [rule for rule in loaded.rules if rule.id in needed], aliases=aliases_by_shape()
    )
    correlator = Correlator(
        [each for each in loaded.correlations if each.id in needed],
        rules=matcher.rules,
        state=MemoryState(),
        aliases=aliases_by_shape(),
    )
    told: set[str] = set()
    for event in sorted(_events(sequence, now=now), key=lambda event: event.event_time):
        correlator.see(event)
        rule_ids = [match.rule.id for match in matcher.match(event)]
        told |= {found.teller.id for found in correlator.take(event, rule_ids)}
    return told


def _events(sequence: Plain, *, now: datetime) -> Iterator[Event]:
    if not isinstance(sequence, Sequence) or isinstance(sequence, str):
        raise RuleRefused("an example of a correlation is a list of events with their seconds")
    for place, step in enumerate(sequence):
        if not isinstance(step, Mapping):
            raise RuleRefused("a step is a mapping: at, and an event")
        at, every = _number(step, "at", 0), _number(step, "every", 0)
        for repeat in range(min(int(_number(step, "times", 1)), _MOST_REPEATS)):
            event = example_event(_numbered(step, repeat), now=now)
            moment = now + timedelta(seconds=at + repeat * every)
            yield replace(event, event_id=f"{place}.{repeat}", event_time=moment)


def _number(step: Mapping[str, Plain], name: str, default: float) -> float:
    found = step.get(name, default)
    if isinstance(found, bool) or not isinstance(found, (int, float)):
        raise RuleRefused(f"{name!r} of a step must be a number")
    return found


def _numbered(part: Plain, repeat: int) -> Plain:
    if isinstance(part, str):
        return part.replace("{n}", str(repeat))
    if isinstance(part, Mapping):
        return {name: _numbered(value, repeat) for name, value in part.items()}
    return part
