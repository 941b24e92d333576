"""Counts of a trial and held rules in the pipeline store, on every engine."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.stores.test_pipeline import AOI, FUMI, NOW, P, a_finding

from hinomi.core.errors import LeaseLost
from hinomi.core.ids import partition_of
from hinomi.store.held_rules import HeldRule
from hinomi.store.pipeline import PipelineReader
from hinomi.store.pipeline_rows import DetectWork, SeenDevice
from hinomi.store.pipeline_writer import FINDINGS_PER_HOUR, PipelineWriter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("engine")
HELD = HeldRule("rule-1", "w1", "騒がしい", "town", "2", NOW, "company_hour", 1, 140, 100)
HOUR = timedelta(hours=1)


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[PipelineWriter]:
    made = PipelineWriter(tmp_path / "pipeline.sqlite")
    made.claim(owner="worker-1", is_free=lambda *_: False)
    yield made
    made.close()


def test_what_was_only_counted_is_counted_too_and_earlier_hours_are_not(
    writer: PipelineWriter,
) -> None:
    many = [a_finding(number) for number in range(FINDINGS_PER_HOUR + 7)]
    early = replace(a_finding(900), event_time=NOW - HOUR)
    other = a_finding(1, organisation=FUMI)
    seen = [
        SeenDevice(AOI, "PC-1", "src_1", NOW, NOW),
        SeenDevice(AOI, "PC-2", "src_1", NOW - 2 * HOUR, NOW - HOUR),
    ]
    offsets = {P: 1, partition_of(FUMI): 1}
    writer.commit_detect(DetectWork(offsets, (*many, early, other), devices=seen))
    counts, devices = writer.trial_counts([AOI], since=NOW)
    assert [(one.organisation, one.findings) for one in counts] == [(AOI, FINDINGS_PER_HOUR + 7)]
    assert devices == {AOI: 1}
    assert writer.trial_counts([], since=NOW) == ([], {})


def test_a_rule_is_held_once_in_one_wording_and_apart_in_another(
    writer: PipelineWriter, tmp_path: Path
) -> None:
    reworded = replace(HELD, digest="w2", held_at=NOW + HOUR)
    assert writer.hold_rules([HELD]) == 1
    assert writer.hold_rules([replace(HELD, measured=999), reworded]) == 1
    with PipelineReader(tmp_path / "pipeline.sqlite") as reader:
        assert reader.held_rules() == [reworded, HELD]


def test_a_worker_that_lost_its_leases_holds_nothing(
    writer: PipelineWriter, tmp_path: Path
) -> None:
    successor = PipelineWriter(tmp_path / "pipeline.sqlite")
    successor.claim(owner="worker-2", is_free=lambda *_: True)
    with pytest.raises(LeaseLost):
        writer.hold_rules([HELD])
    assert successor.held_rules() == []
    successor.close()


def test_what_a_hash_of_rules_meant_is_kept_from_its_first_use(
    writer: PipelineWriter, tmp_path: Path
) -> None:
    for packs, moment in (('{"town":"1"}', NOW), ("{}", NOW + HOUR)):
        writer.note_rule_book("abc", packs=packs, rules=240, at=moment)
    with PipelineReader(tmp_path / "pipeline.sqlite") as reader:
        assert reader.rule_book("abc") == '{"town":"1"}'
        assert reader.rule_book("unknown") is None
