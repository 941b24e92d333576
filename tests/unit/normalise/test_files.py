"""Files of every kind: what can be read is read, what cannot is told, nothing crashes."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from hinomi.core.records import Event, SetAside
from hinomi.core.words import SetAsideReason
from hinomi.normalise import FileProblem, FileRecord, read_lines, read_path
from hinomi.normalise.files import KEPT_OF_TOO_LARGE, split_lines
from hinomi.normalise.record import MAX_RECORD_BYTES

if TYPE_CHECKING:
    from pathlib import Path

RECEIVED = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


def _read(path: Path) -> tuple[list[FileRecord], list[FileProblem]]:
    items = list(read_path(path, receive_time=RECEIVED))
    records = [item for item in items if isinstance(item, FileRecord)]
    return records, [item for item in items if isinstance(item, FileProblem)]


def _stdin(data: bytes) -> list[FileRecord]:
    return list(
        read_lines(io.BytesIO(data), timezone="Asia/Tokyo", receive_time=RECEIVED, kind="auto")
    )


def test_on_standard_input_a_record_is_a_line_in_order() -> None:
    found = _stdin(b"a=1 b=2\n\n{\n}\nlast")
    assert [item.raw.raw for item in found] == [b"a=1 b=2", b"", b"{", b"}", b"last"]
    assert [item.number for item in found] == [1, 2, 3, 4, 5]


def test_a_line_of_ten_megabytes_is_one_note_and_the_next_line_is_read() -> None:
    found = _stdin(b"x" * 10_000_000 + b"\nuser=aoi src=1.2.3.4\n")
    assert len(found) == 2
    assert isinstance(found[0].result, SetAside)
    assert found[0].result.reason is SetAsideReason.TOO_LARGE
    assert len(found[0].raw.raw) <= 1 << 16
    assert isinstance(found[1].result, Event)


def test_a_line_of_exactly_the_limit_is_still_read() -> None:
    found = _stdin(b"m=" + b"x" * ((1 << 20) - 2) + b"\n")
    assert len(found) == 1
    assert isinstance(found[0].result, Event)


def test_lines_are_cut_alike_wherever_the_pieces_of_a_stream_end() -> None:
    """A pipe gives what is there: half a line, a line end alone, several lines at once."""
    data = b"a\r\n\nbb\r\r\n" + b"c" * (MAX_RECORD_BYTES + 2) + b"\nd\n" + b"e" * MAX_RECORD_BYTES
    whole = list(split_lines(io.BytesIO(data)))
    assert [(line[:2], len(line), is_cut) for line, is_cut in whole] == [
        (b"a", 1, False),
        (b"", 0, False),
        (b"bb", 2, False),
        (b"cc", KEPT_OF_TOO_LARGE, True),
        (b"d", 1, False),
        (b"ee", MAX_RECORD_BYTES, False),
    ]
    for size in (40_000, 65_537):
        assert list(split_lines(_Trickle(data, size))) == whole
    assert list(split_lines(_Trickle(b"a\r\nb", 1))) == [(b"a", False), (b"b", False)]


class _Trickle(io.BytesIO):
    """A stream that gives at most so many bytes at once."""

    def __init__(self, data: bytes, size: int) -> None:
        super().__init__(data)
        self._size = size

    def read1(self, size: int | None = -1, /) -> bytes:
        """As a pipe does."""
        return self.read(self._size)


def test_the_same_file_gives_the_same_ids_and_another_gives_others(tmp_path: Path) -> None:
    first, second = tmp_path / "a.log", tmp_path / "b.log"
    first.write_bytes(b"one\ntwo\n")
    second.write_bytes(b"one\ntwo!\n")
    again = [item.raw.event_id for item in _read(first)[0]]
    assert again == [item.raw.event_id for item in _read(first)[0]]
    assert not set(again) & {item.raw.event_id for item in _read(second)[0]}


def test_json_arrays_and_pretty_documents_give_their_objects(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('[\n {"a": 1},\n {"a": 2}\n]')
    (tmp_path / "b.json").write_text('{\n "a": 3\n}\n{\n "a": 4\n}\n')
    records, problems = _read(tmp_path)
    values = [item.result.fields["a"] for item in records if isinstance(item.result, Event)]
    assert (values, problems) == (["1", "2", "3", "4"], [])


def test_a_cut_json_document_gives_what_was_whole(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('[{"a": 1}]\n[{"a": 2}, {"a"')
    (tmp_path / "b.json").write_text('{\n "a": 1\n}\n{\n "a"')
    records, _ = _read(tmp_path / "b.json")
    assert [type(item.result) for item in records] == [Event, SetAside]


def test_a_list_in_its_envelope_gives_its_entries(tmp_path: Path) -> None:
    """As AWS, Azure's storage and Graph write their files: one line, or over many."""
    (tmp_path / "a.json").write_text('{"Records":[{"a":1},{"a":2}]}')
    (tmp_path / "b.json").write_text('{\n "value": [\n  {"a": 3},\n  {"a": 4}\n ]\n}')
    (tmp_path / "c.json").write_text('{"records":[{"a":5}]}\n{"records":[{"a":6}]}\n')
    records, problems = _read(tmp_path)
    values = [item.result.fields["a"] for item in records if isinstance(item.result, Event)]
    assert (values, problems) == ([*"123456"], [])
    assert len({item.raw.event_id for item in records}) == 6


def test_bad_entries_of_a_list_are_set_aside_with_their_reason(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"Records":[{"a":1},17,{"a":2}]}')
    (tmp_path / "b.json").write_text('{"Records":[{"a":3},{"a":')
    found = [
        item.result.reason if isinstance(item.result, SetAside) else item.result.fields["a"]
        for item in _read(tmp_path)[0]
    ]
    assert found == ["1", "broken_record", "2", "3", "broken_frame"]


def test_utf_16_text_is_read_line_by_line(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes("user=葵 src=1.2.3.4\r\n二行目\r\n".encode("utf-16"))
    records, _ = _read(tmp_path)
    assert [item.raw.raw.decode() for item in records] == ["user=葵 src=1.2.3.4", "二行目"]


def test_folders_are_read_sorted_and_links_and_hidden_files_are_left(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "z.log").write_text("z")
    (tmp_path / "a.log").write_text("a")
    (tmp_path / ".hidden").write_text("h")
    (tmp_path / "loop").symlink_to(tmp_path)
    assert [item.raw.raw for item in _read(tmp_path)[0]] == [b"a", b"z"]


def test_zip_members_are_read_under_their_name_and_never_unpacked(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("../../evil.log", "user=aoi src=1.2.3.4\n")
        archive.writestr("inner.gz", gzip.compress(b"deep\n"))
    records, problems = _read(tmp_path / "a.zip")
    assert [item.path.rpartition("!")[2] for item in records] == ["../../evil.log", "inner.gz"]
    assert problems == []
    assert not (tmp_path.parent / "evil.log").exists()


def test_a_gzip_bomb_is_stopped_and_told(tmp_path: Path) -> None:
    (tmp_path / "bomb.gz").write_bytes(gzip.compress(b"\0" * 200_000_000))
    records, problems = _read(tmp_path)
    assert "bomb" in problems[0].detail
    assert len(records) <= 1


def test_damaged_archives_are_told_and_the_next_file_is_read(tmp_path: Path) -> None:
    lines = b"".join(b"line %d of many\n" % number for number in range(12_000))
    (tmp_path / "a.gz").write_bytes(gzip.compress(lines)[:-2000])
    (tmp_path / "b.zip").write_bytes(b"PK\x03\x04 and no more")
    (tmp_path / "c.log").write_text("whole")
    records, problems = _read(tmp_path)
    assert len(records) > 1000
    assert len(problems) == 2
    assert records[-1].raw.raw == b"whole"


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (6, b"\xff"),  # the version it takes to read the member
        (10, b"\x0e"),  # LZMA, whose head is none
        (10, b"\x63"),  # a compression nobody has
        (9, b"\x08"),  # says that the name is UTF-8
        (42, b"\xff\xff\xff\xff"),  # where the member begins
    ],
    ids=["version", "lzma", "compression", "name", "place"],
)
def test_a_zip_with_an_odd_directory_is_told_and_the_next_file_is_read(
    tmp_path: Path, place: int, value: bytes
) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a\u0081.log", b"a=1\n" * 50)
    data = bytearray((tmp_path / "a.zip").read_bytes()).replace(b"\xc2\x81", b"\xff\xff")
    at = data.rindex(b"PK\x01\x02") + place
    data[at : at + len(value)] = value
    (tmp_path / "a.zip").write_bytes(data)
    (tmp_path / "b.log").write_text("whole")
    records, problems = _read(tmp_path)
    assert len(problems) == 1
    assert records[-1].raw.raw == b"whole"


def test_a_zip_with_a_member_without_a_name_is_read(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("x", b"first")
        archive.writestr("b.log", b"second")
        archive.infolist()[0].filename = ""
    records, problems = _read(tmp_path / "a.zip")
    assert [record.raw.raw for record in records][-1:] == [b"second"]
    assert len(records) + len(problems) == 2


def test_a_missing_file_and_a_false_event_log_are_told(tmp_path: Path) -> None:
    (tmp_path / "a.evtx").write_bytes(b"ElfFile\x00" + b"\x01" * 100)
    assert _read(tmp_path / "a.evtx")[1]
    assert "no such file" in _read(tmp_path / "nothing")[1][0].detail


def test_event_logs_are_read_and_one_cut_in_half_gives_its_first_half(
    shared: Path, tmp_path: Path
) -> None:
    whole = shared / "evtx-dev" / "bits_openvpn.evtx"
    records, problems = _read(whole)
    assert problems == []
    assert all(isinstance(item.result, Event) for item in records)
    cut = tmp_path / "cut.evtx"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    half, told = _read(cut)
    assert 0 < len(half) < len(records)
    assert "cut" in told[0].detail


def test_the_records_before_the_cut_are_read_from_a_log_of_one_chunk(
    tmp_path: Path, shared: Path
) -> None:
    """Most small logs are one chunk, and the reader gives up a chunk that is not whole."""
    whole = shared / "evtx-dev" / "4799_remote_local_groups_enumeration.evtx"
    cut = tmp_path / "cut.evtx"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    records, told = _read(cut)
    expected, _ = _read(whole)
    assert [r.result.fields for r in records] == [r.result.fields for r in expected]
    assert "cut" in told[0].detail
    with zipfile.ZipFile(tmp_path / "cut.zip", "w") as archive:
        archive.write(cut, "cut.evtx")
    packed, told = _read(tmp_path / "cut.zip")
    assert (len(packed), "cut" in told[0].detail) == (len(expected), True)


def test_a_chain_of_names_that_bites_its_own_tail_does_not_keep_the_reader_for_ever(
    tmp_path: Path, shared: Path
) -> None:
    """Found by damage at random; the library goes round and round in such a chunk."""
    whole = shared / "evtx-dev" / "4799_remote_local_groups_enumeration.evtx"
    chunk_at, heads_at = 4096, 128
    data = bytearray(whole.read_bytes())
    heads = struct.unpack_from("<64I", data, chunk_at + heads_at)
    first = next(filter(None, heads))
    struct.pack_into("<I", data, chunk_at + first, first)
    looped = tmp_path / "looped.evtx"
    looped.write_bytes(data)
    records, problems = _read(looped)
    assert problems == []
    assert [r.result.fields for r in records] == [r.result.fields for r in _read(whole)[0]]


def test_a_record_the_library_spells_as_broken_json_is_set_aside_and_the_next_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = '{"Event":{"System":{"EventID":4625,"Channel":"Security"}}}'
    texts = ('{"Event":{"System"}', good)
    monkeypatch.setattr(
        "evtx.PyEvtxParser",
        lambda source: SimpleNamespace(records_json=lambda: iter({"data": each} for each in texts)),
    )
    (tmp_path / "a.evtx").write_bytes(b"ElfFile\x00" + bytes(4_088))
    records, problems = _read(tmp_path / "a.evtx")
    assert [type(record.result) for record in records] == [SetAside, Event]
    assert problems == []


def test_an_archive_inside_an_archive_is_told(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "inner.zip", "w") as archive:
        archive.writestr("a.log", "a line")
    with zipfile.ZipFile(tmp_path / "outer.zip", "w") as archive:
        archive.write(tmp_path / "inner.zip", "inner.zip")
    records, told = _read(tmp_path / "outer.zip")
    assert records == []
    assert "inside an archive" in told[0].detail


def test_progress_adds_up_to_the_size(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(b"one\ntwo\n")
    counts: list[int] = []
    list(read_path(tmp_path, receive_time=RECEIVED, progress=counts.append))
    assert sum(counts) == 8


def test_an_xml_export_over_several_lines_gives_its_events(tmp_path: Path) -> None:
    """What `wevtutil qe /f:xml` and the event viewer write."""
    one = (
        "<Event xmlns='x'>\n <System>\n  <Provider Name='P'/>\n  <EventID>{}</EventID>\n"
        "  <Channel>Security</Channel>\n </System>\n</Event>"
    )
    text = f"<?xml version='1.0'?>\n<Events>\n{one.format(4624)}\n{one.format(4625)}\n</Events>"
    (tmp_path / "a.xml").write_text(text)
    records, problems = _read(tmp_path)
    found = [item.result.fields["EventID"] for item in records if isinstance(item.result, Event)]
    assert (found, problems) == (["4624", "4625"], [])
