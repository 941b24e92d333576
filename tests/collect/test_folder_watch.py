"""`hinomi watch` against the real process: rotation, half lines, crashes; each record once."""

from __future__ import annotations

import json
import os
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from hinomi.cli.main import main
from hinomi.core.errors import StartRefused
from hinomi.pipeline.folder.event_log import next_events
from hinomi.pipeline.folder.positions import Positions
from hinomi.pipeline.folder.watching import FolderWatch, Refused, Road

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.collect.conftest import Collect

pytestmark = pytest.mark.sockets
Start = "Callable[[], FolderWatch]"


class Crash(Exception):
    """The machine died here."""


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    folder = tmp_path / "drop"
    folder.mkdir()
    return folder


@pytest.fixture
def start(collect: Collect, drop: Path) -> Iterator[Callable[[], FolderWatch]]:
    """A watch of the folder; starting another one ends the one before, as a restart does."""
    running: list[Positions] = []

    def begin() -> FolderWatch:
        for positions in running:
            positions.close()
        running.append(Positions(drop / ".state.json"))
        road = Road(collect.endpoints["ingest"], "token-aoi")
        return FolderWatch(drop, "*", road, running[-1], sleep=lambda _: None)

    yield begin
    for positions in running:
        positions.close()


def raws(collect: Collect) -> list[str]:
    return [record.raw.decode() for record in collect.records()]


def append(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)


def test_lines_are_sent_once_through_growth_rotation_and_refilling(
    collect: Collect, drop: Path, start: Callable[[], FolderWatch]
) -> None:
    log, watch = drop / "app.log", start()
    append(log, "one\ntwo\nhal")
    watch.round()
    assert raws(collect) == ["one", "two"]
    append(log, "f\nlast of the old file\n")
    log.rename(drop / "app.log.1")
    append(log, "first of the new file\n")
    watch.round()
    assert raws(collect)[2:] == ["half", "last of the old file", "first of the new file"]
    log.write_text("emptied and refilled, and longer than before\n")
    watch.round()
    (drop / "app.log.1").unlink()
    watch = start()
    watch.round()
    assert raws(collect)[5:] == ["emptied and refilled, and longer than before"]


def test_a_crash_before_or_after_the_answer_doubles_nothing(
    collect: Collect, drop: Path, start: Callable[[], FolderWatch], monkeypatch: pytest.MonkeyPatch
) -> None:
    log = drop / "app.log"
    append(log, "one\ntwo\n")

    def die(*_: object) -> None:
        raise Crash

    for method in ("advance", "_write"):
        watch = start()
        with monkeypatch.context() as broken:
            broken.setattr(watch.positions, method, die)
            with pytest.raises(Crash):
                watch.round()
        append(log, "written meanwhile\n")
    watch = start()
    watch.round()
    assert raws(collect) == ["one", "two", "written meanwhile", "written meanwhile"]


def test_a_last_line_without_an_end_is_sent_once_nobody_writes_any_more(
    collect: Collect, drop: Path, start: Callable[[], FolderWatch]
) -> None:
    log, watch = drop / "app.log", start()
    append(log, "no end")
    watch.round()
    assert raws(collect) == []
    os.utime(log, (1, 1))
    watch.round()
    watch.round()
    assert raws(collect) == ["no end"]


def test_csv_rows_carry_their_names_and_packed_or_hidden_files_are_left(
    collect: Collect, drop: Path, start: Callable[[], FolderWatch]
) -> None:
    (drop / "list.csv").write_bytes("日時,端末\n2026,受付\n".encode("cp932"))
    (drop / "old.log.gz").write_bytes(b"\x1f\x8b")
    (drop / ".secret").write_text("hidden\n")
    watch = start()
    watch.round()
    append(drop / "list.csv", "2027,PC-2\n")
    watch.round()
    assert [json.loads(raw) for raw in raws(collect)] == [
        {"日時": "2026", "端末": "受付"},
        {"日時": "2027", "端末": "PC-2"},
    ]


def test_a_saved_event_log_is_sent_once_also_when_it_is_saved_again(
    collect: Collect, drop: Path, start: Callable[[], FolderWatch], shared: Path
) -> None:
    log = shared / "evtx-dev" / "bits_openvpn.evtx"
    wanted = next_events(log, start=0)
    assert wanted is not None
    for _ in range(2):
        (drop / "Application.evtx").write_bytes(log.read_bytes())
        start().round()
    assert Counter(record.raw for record in collect.records()) == Counter(wanted.records)


def test_a_tower_that_is_away_is_waited_for(
    collect: Collect, drop: Path, start: Callable[[], FolderWatch]
) -> None:
    append(drop / "app.log", "one\n")
    watch = start()
    port = collect.endpoints["ingest"].split("/")[2].rpartition(":")[2]
    collect.kill()
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 2:
            collect.start("--ingest-port", port)

    watch.sleep = wait
    watch.round()
    assert raws(collect) == ["one"]
    assert waits == [1.0, 2.0]


def test_a_wrong_token_ends_it_and_keeps_the_place(
    collect: Collect, drop: Path, start: Callable[[], FolderWatch]
) -> None:
    append(drop / "app.log", "one\n")
    watch = start()
    watch.road = Road(collect.endpoints["ingest"], "wrong")
    with pytest.raises(Refused):
        watch.round()
    start().round()
    assert raws(collect) == ["one"]


def test_the_command_sends_what_is_there_and_two_at_once_are_refused(
    collect: Collect, drop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    append(drop / "app.log", "one\nno end")
    (tmp_path / "token").write_text("token-aoi\n")
    words = ["watch", str(drop), "--token-file", str(tmp_path / "token"), "--once"]
    words += ["--endpoint", collect.endpoints["ingest"]]
    assert main(words) == 0
    assert main(words) == 0
    assert "2 records sent" in capsys.readouterr().err
    assert raws(collect) == ["one", "no end"]
    held = Positions(drop / ".hinomi-watch.json")
    with pytest.raises(StartRefused):
        Positions(drop / ".hinomi-watch.json")
    held.close()
