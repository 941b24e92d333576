"""The streams that measurements rest on: the same everywhere, readable, as hostile as they say."""

from __future__ import annotations

import json

import pytest
from benchmarks.detect import streams


@pytest.mark.parametrize("name", sorted(streams.HABITS))
def test_a_stream_is_the_same_everywhere_and_differs_by_seed(name: str) -> None:
    first = list(streams.lines(name, 50))
    assert first == list(streams.lines(name, 50))
    assert first != list(streams.lines(name, 50, seed=2))
    assert all(json.loads(line)["Channel"] for line in first)


def test_hostile_streams_bring_more_new_values_than_lab_streams() -> None:
    def new_values(name: str) -> int:
        rows = [json.loads(line) for line in streams.lines(name, 2_000)]
        return len({str(row.get("CommandLine")) for row in rows})

    assert new_values("lab") < new_values("fleet") < new_values("hostile")
