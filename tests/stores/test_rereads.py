"""What was set aside is read again once a format knows it: nothing twice, nothing lost, no more."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.stores.hunting import AOI, COMPANIES, FUMI, NOW, a_config, fill_lake

from hinomi.cli.main import main
from hinomi.core.directory import Directory, LearnedFormat, Source
from hinomi.core.errors import LeaseLost
from hinomi.core.ids import PARTITIONS
from hinomi.core.records import Event, SetAside
from hinomi.core.words import SetAsideReason
from hinomi.pipeline.reader import Records
from hinomi.pipeline.reread import READ_AT, run_reread
from hinomi.pipeline.reread_orders import order_reread
from hinomi.pipeline.worker_rereads import RereadIntake
from hinomi.store.directory import publish
from hinomi.store.lake import Query
from hinomi.store.lake_sweep import sweep_unlisted
from hinomi.store.pipeline import PipelineReader
from hinomi.store.pipeline_rows import DetectWork, SetAsideCount, SourceStatus
from hinomi.store.pipeline_writer import PipelineWriter
from hinomi.store.rereads import RereadRuns, RereadState, promised_files

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hinomi.core.findings import Finding
    from hinomi.store.rereads import RereadFolder

GATE = """{"hinomi_format": 1, "name": "門", "is_confirmed": true,
 "layouts": [{"kind": "sentence", "id": "s",
              "template": "門 {src_ip:ip} から {threat:word} を遮断",
              "disposition": "stopped", "verdict": "malware"}]}"""
RULE = """
title: Something came through the gate
id: 33333333-2222-4333-8444-555555555555
logsource: {product: verdict}
detection:
  selection: {verdict.kind: malware}
  condition: selection
level: high
"""
LEARNED = LearnedFormat("f1", "firm", "門", GATE)


def aside(
    number: int, *, organisation: str = AOI, days_ago: int = 3, text: str = "", **more: object
) -> SetAside:
    """A line of the gate that nobody could read when it came."""
    moment = NOW - timedelta(days=days_ago) + timedelta(seconds=number)
    said = f"{moment - timedelta(minutes=5):%Y-%m-%d %H:%M:%S}"
    record = SetAside(
        event_id=f"S{number:025d}",
        organisation=organisation,
        source=f"gate_{organisation}",
        receive_time=moment,
        reason=SetAsideReason.UNKNOWN_FORMAT,
        detail="Not a record of it.",
        raw=(text or f"{said} 門 192.0.2.{number} から W32/Test.{number} を遮断").encode(),
    )
    return replace(record, **more)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compiled rules, kept between these tests: compiling is not what they are about."""
    return tmp_path_factory.mktemp("compiled")


@pytest.fixture
def data(tmp_path: Path, compiled: Path) -> Path:
    """葵's and 文's gates in one file; both firms' formats are live, only 葵's is read again."""
    sources = tuple(
        Source(f"gate_{one}", one, "learned:f1", "門", timezone="UTC") for one in (AOI, FUMI)
    )
    publish(Directory(organisations=COMPANIES, sources=sources, learned=(LEARNED,)), data=tmp_path)
    (tmp_path / "cache").symlink_to(compiled)
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "gate.yml").write_text(RULE)
    mine = [aside(1), aside(2), aside(3, text="何か別のもの")]
    theirs = [aside(4, organisation=FUMI)]
    fill_lake(tmp_path, [*mine, *theirs])
    with_store(tmp_path, lambda store: count_as_set_aside(store, [*mine, *theirs]))
    return tmp_path


def count_as_set_aside(store: PipelineWriter, records: list[SetAside]) -> None:
    """As the worker's detection counted them when they came."""
    statuses = [
        SourceStatus(one.organisation, one.source, 1, 0, 1, one.receive_time) for one in records
    ]
    counts = [
        SetAsideCount(one.organisation, one.source, one.receive_time.date(), one.reason.value, 1)
        for one in records
    ]
    store.commit_detect(DetectWork(offsets={0: 1}, sources=statuses, set_aside=counts))


def with_store(data: Path, act: Callable[[PipelineWriter], object]) -> None:
    store = PipelineWriter(data / "pipeline.sqlite")
    store.claim(owner="w", is_free=lambda *_: True)
    act(store)
    store.release()
    store.close()


def take_in(data: Path) -> None:
    """What the worker does in its calm moments."""

    def act(store: PipelineWriter) -> None:
        intake = RereadIntake(data, store=store)
        while intake.take():
            pass

    with_store(data, act)


def read_again(data: Path, *, is_trial: bool = False, source: str = "") -> RereadFolder:
    folder = order_reread(AOI, source, config=a_config(data), is_trial=is_trial)
    run_reread(folder, config=a_config(data))
    return folder


def shown(data: Path, organisation: str = AOI) -> list[Event | SetAside]:
    with Records(data, clock=a_config(data).clock) as records:
        return sorted(records.newest(Query(organisation)), key=lambda one: one.event_id)


def found(data: Path) -> list[Finding]:
    with PipelineReader(data / "pipeline.sqlite") as reader:
        every = [one for _, one in reader.findings_after(PARTITIONS, 0, 100)]
    return [one for one in every if one.rule_id.startswith("33333333")]


def test_a_trial_counts_and_changes_nothing(data: Path) -> None:
    before = shown(data)
    folder = read_again(data, is_trial=True)
    take_in(data)
    progress = folder.progress
    assert (progress.looked, progress.readable, progress.shapes) == (3, 2, {"learned": 2})
    assert (folder.state, shown(data), found(data)) == (RereadState.DONE, before, [])


def test_each_becomes_an_event_of_its_own_time_that_says_it_was_read_late(data: Path) -> None:
    folder = read_again(data)
    states = [folder.state]
    take_in(data)
    assert [*states, folder.state] == [RereadState.HANDING, RereadState.DONE]
    first, second, other = shown(data)
    assert isinstance(first, Event)
    assert isinstance(second, Event)
    assert isinstance(other, SetAside)
    old = aside(1)
    assert (first.event_id, first.receive_time) == (old.event_id, old.receive_time)
    assert first.event_time == old.receive_time - timedelta(minutes=5)
    assert first.fields[READ_AT] == a_config(data).clock.now().isoformat(timespec="seconds")
    assert (first.fields["src_ip"], first.raw) == ("192.0.2.1", old.raw)


def test_what_the_rules_say_of_them_is_found_once_and_is_late(data: Path) -> None:
    read_again(data)
    take_in(data)
    mine = found(data)
    assert [one.evidence[0].event_id for one in mine] == [aside(1).event_id, aside(2).event_id]
    assert all(one.late for one in mine)


def test_another_companys_records_in_the_same_file_stay_as_they_are(data: Path) -> None:
    before = shown(data, FUMI)
    read_again(data)
    take_in(data)
    assert shown(data, FUMI) == before
    assert {one.organisation for one in found(data)} == {AOI}


def test_the_counts_say_what_is_still_unreadable(data: Path) -> None:
    read_again(data)
    take_in(data)
    with PipelineReader(data / "pipeline.sqlite") as reader:
        (mine,) = reader.set_aside_counts(AOI)
        (theirs,) = reader.set_aside_counts(FUMI)
        status = reader.source_status(AOI)[f"gate_{AOI}"]
        rows = [(row.organisation, row.shape, row.records) for row in reader.all_files()]
    assert (mine.records, theirs.records) == (1, 1)
    assert (status.readable, status.set_aside, status.last_alive) == (2, 1, None)
    assert sorted(rows) == [
        (AOI, "learned", 2), (AOI, "set_aside", 1), (FUMI, "set_aside", 1),
    ]  # fmt: skip


def test_a_second_time_finds_only_what_is_left(data: Path) -> None:
    for _ in range(2):
        folder = read_again(data)
        take_in(data)
    assert (folder.progress.looked, folder.progress.readable) == (1, 0)
    assert len(shown(data)) == 3


def test_only_the_asked_source_is_read(data: Path) -> None:
    assert read_again(data, source="another", is_trial=True).progress.looked == 0
    assert read_again(data, source=f"gate_{AOI}", is_trial=True).progress.looked == 3


def test_what_is_past_its_retention_or_was_cut_is_not_read(data: Path) -> None:
    whole = aside(20, days_ago=89)
    fill_lake(
        data,
        [
            aside(10, days_ago=91),
            whole,
            aside(21, days_ago=89, reason=SetAsideReason.TOO_LARGE),
            aside(22, days_ago=89, reason=SetAsideReason.BROKEN_FRAME),
            aside(23, days_ago=89, reason=SetAsideReason.CRASHED_READER, detail="It was killed."),
        ],
    )
    read_again(data)
    take_in(data)
    read = [one.event_id for one in shown(data) if isinstance(one, Event)]
    assert read == [aside(1).event_id, aside(2).event_id, whole.event_id]


def test_of_a_source_that_awaits_consent_nothing_is_read(data: Path) -> None:
    gate = Source(f"gate_{AOI}", AOI, "learned:f1", "門", awaits_consent=True)
    publish(Directory(organisations=COMPANIES, sources=(gate,), learned=(LEARNED,)), data=data)
    assert read_again(data).progress.looked == 0


def test_one_at_a_time(data: Path) -> None:
    folder = order_reread(AOI, config=a_config(data), is_trial=True)
    with folder.running():
        states = [folder.state]
        with pytest.raises(RereadRuns):
            read_again(data)
    assert [*states, folder.state] == [RereadState.RUNNING, RereadState.WAITING]


def test_files_that_wait_for_the_worker_are_not_swept(data: Path) -> None:
    read_again(data)
    waiting = promised_files(data)
    assert len(waiting) == 2
    with_store(
        data,
        lambda store: sweep_unlisted(
            data / "lake", listed=store.listed_files() | promised_files(data), machine_time=1e12
        ),
    )
    take_in(data)
    assert len(shown(data)) == 3


def test_a_file_that_expired_meanwhile_takes_its_part_with_it(data: Path) -> None:
    folder = read_again(data)
    with_store(data, lambda store: store.unlist_files(store.listed_files()))
    take_in(data)
    assert (shown(data), found(data), folder.parts()) == ([], [], [])
    assert not list((data / "lake").glob("*/learned-*.parquet"))


def test_two_orders_for_the_same_file_give_one_event_each(data: Path) -> None:
    for _ in range(2):
        read_again(data)
    take_in(data)
    assert [type(one) for one in shown(data)] == [Event, Event, SetAside]
    assert len(found(data)) == 2


def test_a_worker_that_lost_its_lease_puts_nothing_in(data: Path) -> None:
    folder = read_again(data)

    def act(store: PipelineWriter) -> None:
        store.fences[0] += 1
        with pytest.raises(LeaseLost):
            RereadIntake(data, store=store).take()

    with_store(data, act)
    assert len(folder.parts()) == 1


@pytest.mark.parametrize("point", ["reread:after-part"])
def test_a_kill_while_reading_is_gone_on_with(data: Path, point: str) -> None:
    folder = order_reread(AOI, config=a_config(data), is_trial=False)
    code = (
        "from hinomi.core import crash; from hinomi.pipeline.reread import run_reread;"
        "from hinomi.store.rereads import reread_named;"
        "from tests.stores.hunting import a_config; from pathlib import Path;"
        f"crash.arm({point!r}); data = Path({str(data)!r});"
        f"run_reread(reread_named({folder.id!r}, data=data), config=a_config(data))"
    )
    killed = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True)
    assert killed.returncode != 0, killed.stderr
    assert folder.state is RereadState.WAITING
    run_reread(folder, config=a_config(data))
    take_in(data)
    assert [type(one) for one in shown(data)] == [Event, Event, SetAside]
    assert len(found(data)) == 2


@pytest.mark.parametrize("point", ["worker:after-reread"])
def test_a_kill_while_putting_in_gives_the_same(data: Path, point: str) -> None:
    folder = read_again(data)
    code = (
        "from hinomi.core import crash; from tests.stores.test_rereads import take_in;"
        f"from pathlib import Path; crash.arm({point!r}); take_in(Path({str(data)!r}))"
    )
    killed = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True)
    assert killed.returncode != 0, killed.stderr
    take_in(data)
    assert folder.state is RereadState.DONE
    assert [type(one) for one in shown(data)] == [Event, Event, SetAside]
    assert len(found(data)) == 2


def test_the_command_counts_reads_and_says_what_waits(
    data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hinomi.cli.lake_reread._PATIENCE_S", 0.0)
    monkeypatch.setenv("HINOMI_CLOCK", a_config(data).clock.now().isoformat())
    (data / "rehearsal").touch()
    command = ["lake", "reread", "--data", str(data), "--organisation", AOI, "--format", "json"]
    told = []
    for more in (["--dry-run"], []):
        assert main([*command, *more]) == 0
        told.append(json.loads(capsys.readouterr().out))
    keys = ("is_trial", "looked", "readable", "waiting")
    assert [[one[key] for key in keys] for one in told] == [[True, 3, 2, 0], [False, 3, 2, 1]]
    assert main(["lake", "reread", "--data", str(data), "--organisation", "org_nobody"]) == 2
    assert main(["lake", "reread", "--data", str(data)]) == 2


def test_an_order_is_plain_json_on_disk(data: Path) -> None:
    folder = order_reread(AOI, config=a_config(data), is_trial=True)
    assert json.loads((folder.path / "order.json").read_text())["organisation"] == AOI
