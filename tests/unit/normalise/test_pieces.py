"""Pieces read side by side must come out as one reading of the whole."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from hinomi.normalise import pieces_of, read_path, read_piece

if TYPE_CHECKING:
    from pathlib import Path

    from hinomi.normalise import FileProblem, FileRecord, Piece

RECEIVED = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
LINE = b"<134>Login failed for SSH: 198.51.100.44 root"


def _read(piece: Piece) -> list[FileRecord | FileProblem]:
    found = read_piece(
        piece, timezone="Asia/Tokyo", receive_time=RECEIVED, progress=lambda count: None
    )
    return list(found)


@pytest.mark.parametrize(
    "content",
    [
        (LINE + b"\n") * 40,
        (LINE + b"\r\n\r\n") * 40 + LINE,
        b"x" * 2_000 + b"\n" + LINE + b"\n" + b"y" * 500,
        b"\n" * 1_000,
        LINE * 30,
    ],
    ids=["lines", "empty lines and no last end", "lines longer than a piece", "ends", "one line"],
)
def test_the_pieces_of_a_big_file_give_what_the_whole_gives(tmp_path: Path, content: bytes) -> None:
    """Numbers, ids, bytes and fields, whatever stands at the places where it is cut."""
    file = tmp_path / "a.log"
    file.write_bytes(content)
    whole = list(read_path(file, receive_time=RECEIVED))
    for size in (64, 257, 400):
        pieces = list(pieces_of(file, piece_bytes=size))
        assert [item for piece in pieces for item in _read(piece)] == whole
        assert sum(piece.size for piece in pieces) == len(content)


def test_only_files_that_are_read_by_line_are_cut(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes((LINE + b"\n") * 40)
    (tmp_path / "b.log.gz").write_bytes(gzip.compress(bytes(range(256)) * 40))
    (tmp_path / "c.json").write_bytes(b"[\n" + b'{"a":1},\n' * 100 + b'{"a":1}]')
    (tmp_path / "d.txt").write_text("wide\n" * 200, encoding="utf-16")
    (tmp_path / "e.xml").write_text("<Events>\n" + "<Event>\n</Event>\n" * 100 + "</Events>")
    names = [piece.path.rpartition("/")[2] for piece in pieces_of(tmp_path, piece_bytes=600)]
    assert names == ["a.log", "a.log", "a.log", "a.log", "b.log.gz", "c.json", "d.txt", "e.xml"]


def test_audit_records_stay_together(tmp_path: Path) -> None:
    """A cut between the records of one program start would lose it, with several jobs only."""
    big = tmp_path / "audit.log"
    big.write_bytes(b'type=CWD msg=audit(1795110253.123:4512): cwd="/"\n' * 200)
    assert [piece.path for piece in pieces_of(big, piece_bytes=100)] == [str(big)]


def test_a_file_that_is_gone_when_its_turn_comes_is_told(tmp_path: Path) -> None:
    file = tmp_path / "a.log"
    file.write_bytes((LINE + b"\n") * 40)
    pieces = [*pieces_of(file), *pieces_of(file, piece_bytes=600)]
    file.unlink()
    assert all("Reading stopped" in getattr(_read(piece)[0], "detail", "") for piece in pieces)
