"""What is taken from a file at a time: whole lines, whole rows, nothing twice and nothing lost."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hinomi.pipeline.folder import pieces
from hinomi.pipeline.folder.event_log import next_events
from hinomi.pipeline.folder.pieces import lines_between, next_lines, next_rows, rows_between

if TYPE_CHECKING:
    from pathlib import Path


def all_lines(data: bytes, *, is_finished: bool) -> list[bytes]:
    stream, at, found = io.BytesIO(data), 0, []
    while piece := next_lines(stream, start=at, is_finished=is_finished):
        assert lines_between(stream, start=at, end=piece.end) == piece
        found += piece.records
        at = piece.end
    return found


@given(st.lists(st.sampled_from([b"a", b"bc", b"\n", b"\r\n", b" ", b"\xff"])))
def test_every_line_once_in_any_mixture(parts: list[bytes]) -> None:
    data = b"".join(parts)
    lines = [line.rstrip(b"\r") for line in data.split(b"\n")]
    assert all_lines(data, is_finished=True) == [line for line in lines if line.strip()]
    whole = [line for line in lines[:-1] if line.strip()]
    assert all_lines(data, is_finished=False) == whole


def test_many_and_long_lines_are_taken_in_requests_of_a_bounded_size(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pieces, "MOST_RECORDS", 7)
    monkeypatch.setattr(pieces, "MOST_BYTES", 50)
    monkeypatch.setattr(pieces, "RECORD_BYTES", 60)
    monkeypatch.setattr(pieces, "_BLOCK", 10)
    lines = [b"%d" % number * (number % 9) for number in range(1, 60)] + [b"x" * 200, b"end"]
    found = all_lines(b"\n".join(lines) + b"\n", is_finished=False)
    assert found == [line[:61] for line in lines if line]


def test_a_line_without_end_is_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "MOST_BYTES", 50)
    monkeypatch.setattr(pieces, "_BLOCK", 10)
    monkeypatch.setattr(pieces, "_MOST_LINE", 100)
    assert b"".join(all_lines(b"x" * 250, is_finished=True)) == b"x" * 250


CSV = '日時,端末,"説明, 詳細"\r\n2026-11-21,PC-1,"二行の\n説明"\r\n,,\r\n2026-11-21,PC-2,a,余り\r\n'


@pytest.mark.parametrize("encoding", ["utf-8", "cp932", "utf-8-sig"])
def test_rows_become_objects_under_the_names_of_the_first_row(encoding: str) -> None:
    stream = io.BytesIO(CSV.encode(encoding))
    piece = next_rows(stream, start=0, is_finished=False)
    assert piece is not None
    assert [json.loads(record) for record in piece.records] == [
        {"日時": "2026-11-21", "端末": "PC-1", "説明, 詳細": "二行の\n説明"},
        {"日時": "2026-11-21", "端末": "PC-2", "説明, 詳細": "a", "column_4": "余り"},
    ]
    assert piece.end == len(stream.getvalue())
    assert rows_between(stream, start=0, end=piece.end) == piece
    assert next_rows(stream, start=piece.end, is_finished=True) is None


def test_half_rows_wait_and_a_quote_that_never_closes_is_no_end() -> None:
    stream = io.BytesIO(b'a,b\n1,"two\n')
    assert next_rows(stream, start=0, is_finished=False) is None
    piece = next_rows(stream, start=0, is_finished=True)
    assert piece is not None
    assert json.loads(piece.records[0]) == {"a": "1", "b": "two"}
    assert next_rows(io.BytesIO(b"a,b"), start=0, is_finished=False) is None


def test_a_planned_request_is_refused_when_the_file_is_shorter_now() -> None:
    assert lines_between(io.BytesIO(b"a\n"), start=0, end=9) is None
    assert rows_between(io.BytesIO(b"a,b\n1,2\n"), start=0, end=99) is None


def test_an_event_log_gives_what_is_new_by_its_record_numbers(
    shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = shared / "evtx-dev" / "bits_openvpn.evtx"
    whole = next_events(path, start=0)
    assert whole is not None
    assert all(b'"EventRecordID"' in record and b"\n" not in record for record in whole.records)
    monkeypatch.setattr("hinomi.pipeline.folder.event_log.MOST_RECORDS", 700)
    found, at = [], 0
    while piece := next_events(path, start=at):
        assert next_events(path, start=at, end=piece.end) == piece
        found += piece.records
        at = piece.end
    assert tuple(found) == whole.records
