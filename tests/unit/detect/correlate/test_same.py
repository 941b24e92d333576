"""Stream = specification: with late events, any batches, restarts and crashes."""

from __future__ import annotations

import copy
from dataclasses import astuple, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hinomi.core.state import MemoryState
from hinomi.detect.correlate import Correlator, correlator
from hinomi.detect.correlate.reference import correlate
from hinomi.detect.correlate.watermark import Watermark, moment_of
from tests.unit.detect.correlate.bench import correlation, event, fired, load, told

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hinomi.core.records import Event
    from hinomi.detect import Loaded

LATENESS_S = 30

KINDS = (
    "event_count", "value_count", "value_sum", "value_avg", "value_median", "value_percentile",
    "temporal", "temporal_ordered", "temporal expression", "temporal_ordered expression",
)  # fmt: skip
_GROUPS = ("", "group-by: [user]", "group-by: [user, host]")
_COMPARISONS = ("gte", "gte", "gt", "lt", "lte", "eq", "neq")
_EXPRESSIONS = (
    "a and b", "a or b", "a and not b", "(a or b) and c", "a and b and c", "a and (b or not c)",
)  # fmt: skip


@st.composite
def correlations(draw: st.DrawFn, kind: str) -> str:
    """One correlation over some of a … d, and perhaps one over it."""
    kind, _, is_expression = kind.partition(" ")
    names = draw(st.lists(st.sampled_from("abcd"), min_size=1, max_size=3, unique=True))
    comparison = draw(st.sampled_from(_COMPARISONS))
    number = draw(st.integers(1, 4))
    condition = f"condition: {{{comparison}: {number}}}"
    if is_expression:
        expression = draw(st.sampled_from(_EXPRESSIONS))
        names = [name for name in "abc" if name in expression.replace("and", "")]
        condition = f"condition: {expression}"
    elif kind.startswith("value"):
        field = "size" if kind != "value_count" else "user"
        condition = f"condition: {{field: {field}, {comparison}: {number}}}"
    group = draw(st.sampled_from(_GROUPS))
    span = draw(st.sampled_from(["5s", "20s", "1m"]))
    rules = f"rules: [{', '.join(names)}]"
    lines = [f"type: {kind}", rules, group, f"timespan: {span}", condition]
    text = correlation("\n".join(filter(None, lines)))
    if draw(st.booleans()):
        outer = f"type: temporal_ordered\nrules: [one, d]\n{group}\ntimespan: 1m"
        text += correlation(outer, name="outer")
    return text


_STEPS = st.lists(
    st.tuples(
        st.sampled_from(["a", "a", "b", "b", "c", "d", "ab", "x"]),
        st.sampled_from([0, 0, 1, 2, 5, 5, 10, 20, 60, 90]),  # seconds on
        st.sampled_from([0, 0, 0, 1, 5, 20, LATENESS_S]),  # seconds back
        st.sampled_from(["mori", "mori", "Mori", "abe"]),
        st.sampled_from(["1", "2", "5", "-3", "2.5", "many", ""]),
        st.sampled_from(["aoi", "aoi", "aoi", "fumi"]),
        st.sampled_from(["s1", "s1", "s2"]),
    ),
    min_size=8,
    max_size=40,
)


def _arrivals(steps: Sequence[tuple[str, int, int, str, str, str, str]]) -> list[Event]:
    """Never further behind the watermark than the promise goes."""
    events: list[Event] = []
    watermarks: dict[str, Watermark] = {}
    clock = 0
    for number, (kind, on, back, user, size, organisation, source) in enumerate(steps):
        clock += on
        fields = {"user": user, "size": size, "host": "h", "source": source}
        made = event(number, kind, at=clock - back, organisation=organisation, **fields)
        watermark = watermarks.setdefault(organisation, Watermark())
        watermark.see(made)
        least = moment_of(watermark.advance()) - timedelta(seconds=LATENESS_S)
        made = replace(made, event_time=max(made.event_time, least))
        watermark.see(made)
        events.append(made)
    return events


def _stream(loaded: Loaded, events: Sequence[Event], breaks: set[int], crashes: set[int]) -> object:
    """Batches end at `breaks`; at `crashes` the batch is lost and read again, by a new process."""
    state = MemoryState()
    found: list[tuple[str, str, str, str]] = []
    begin = 0
    for end in sorted({*breaks, len(events)}):
        for is_lost in (True, False) if begin in crashes else (False,):
            kept = copy.deepcopy(state)
            working = Correlator(loaded.correlations, rules=loaded.rules, state=state)
            batch = []
            for one in events[begin:end]:
                working.see(one)
                batch += [told(each) for each in working.take(one, fired(one))]
            if is_lost:
                state = kept
                continue
            working.flush()
            found += batch
        begin = end
    return found


@pytest.mark.parametrize("kind", KINDS)
@given(
    data=st.data(),
    steps=_STEPS,
    breaks=st.sets(st.integers(0, 40), max_size=6),
    crashes=st.sets(st.integers(0, 40), max_size=6),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_stream_tells_what_the_full_list_tells(
    kind: str,
    data: st.DataObject,
    steps: list[tuple[str, int, int, str, str, str, str]],
    breaks: set[int],
    crashes: set[int],
) -> None:
    loaded = load(data.draw(correlations(kind)))
    assert loaded.refused == ()
    events = _arrivals(steps)
    wanted = correlate(
        loaded.correlations, [(one, fired(one)) for one in events], rules=loaded.rules
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(correlator, "LATENESS_US", LATENESS_S * 1_000_000)
        assert _stream(loaded, events, breaks, crashes & breaks) == [astuple(t) for t in wanted]
