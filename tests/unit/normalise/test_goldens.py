"""Each format's own samples give exactly the events written beside them.

`HINOMI_GOLDENS=write` rewrites the expectations; the diff is the review.
"""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hinomi.core.records import Event
from hinomi.normalise import FORMATS, FileProblem, FileRecord, read_path, view, view_set_aside

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).resolve().parents[2] / "goldens" / "formats"
SAMPLES = sorted(path for path in FOLDER.glob("*/*") if not path.name.endswith(".expected.jsonl"))
RECEIVED = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
_NOT_COMPARED = ("_event_id", "_receive_time", "event.original")


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_sample_reads_as_written_beside_it(sample: Path) -> None:
    expected_file = sample.with_name(f"{sample.name}.expected.jsonl")
    found = [json.dumps(row, ensure_ascii=False) for row in _read(sample)]
    if os.environ.get("HINOMI_GOLDENS") == "write":
        expected_file.write_text("\n".join(found) + "\n", encoding="utf-8")
    expected = expected_file.read_text(encoding="utf-8").splitlines()
    assert [json.loads(row) for row in found] == [json.loads(row) for row in expected]


def test_every_format_has_samples() -> None:
    assert {path.parent.name for path in SAMPLES} == set(FORMATS)


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_samples_of_a_format_are_sniffed_as_that_format(name: str) -> None:
    """The wrong reader would still give an event, only a poorer one; so the shape is checked."""
    for sample in (path for path in SAMPLES if path.parent.name == name):
        shapes = {item.result.shape for item in _items(sample) if isinstance(item.result, Event)}
        assert shapes == {name}, sample


def _items(sample: Path) -> Iterator[FileRecord]:
    for item in read_path(sample, timezone="Asia/Tokyo", receive_time=RECEIVED):
        assert not isinstance(item, FileProblem), item
        yield item


def _read(sample: Path) -> list[dict[str, object]]:
    rows = []
    for item in _items(sample):
        if not isinstance(item.result, Event):
            rows.append({"set_aside": view_set_aside(item.result)["set_aside"]})
            continue
        native, ecs = view(item.result, "native"), view(item.result, "ecs")
        rows.append(
            {
                "native": {key: native[key] for key in native if key not in _NOT_COMPARED},
                "ecs": {key: ecs[key] for key in sorted(ecs) if not _is_left_over(key)},
            }
        )
    return rows


def _is_left_over(key: str) -> bool:
    return key.startswith("vendor.") or key in _NOT_COMPARED
