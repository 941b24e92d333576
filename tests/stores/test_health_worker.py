"""Tries and health on a running worker: recognised in the stream, and counted once after a kill."""

from __future__ import annotations

import signal
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from tests.stores.test_exceptions_worker import FIRE, marks
from tests.stores.test_pipeline_worker import AOI, FUMI, Scene

from hinomi.core.directory import Directory, Source
from hinomi.pipeline.volume import LEARNED, WINDOW_S, window_of
from hinomi.store.directory import publish

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAME = "shiken-abcdefgh"
TRY = b"fire in the shed user=shiken-abcdefgh"


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    scene = Scene(tmp_path)
    yield scene
    scene.close()


def await_try(scene: Scene, name: str = NAME) -> None:
    source = Source("src_1", AOI, "linux", "社内サーバー", awaited_try=name)
    publish(Directory(sources=(source,)), data=scene.data)


def test_a_try_is_seen_and_what_rules_find_in_it_opens_nothing(scene: Scene) -> None:
    await_try(scene)
    scene.write(TRY, FIRE)
    scene.write(TRY, organisation=FUMI)  # the name is none of theirs: for them it is an attack
    assert scene.drain() == 0
    assert marks(scene) == [f"try:{NAME}", ""]
    assert marks(scene, FUMI) == [""]
    with scene.reader() as reader:
        (seen,) = reader.tries({NAME: AOI})
        assert reader.tries({NAME: FUMI}) == []
    assert (seen.organisation, seen.readable) == (AOI, True)


def test_without_an_open_try_the_same_words_are_an_attack(scene: Scene) -> None:
    await_try(scene, name="")
    scene.write(TRY)
    assert scene.drain() == 0
    assert marks(scene) == [""]


def test_a_running_worker_learns_of_a_try_at_once(scene: Scene) -> None:
    await_try(scene, name="")
    scene.start()
    scene.wait("ready", (scene.data / "run" / "worker.json").exists)
    await_try(scene)

    def is_seen() -> bool:
        scene.write(TRY)
        with scene.reader() as reader:
            return bool(reader.tries({NAME: AOI}))

    scene.wait("the try", is_seen)


def test_after_a_kill_every_record_counts_once_in_its_day(scene: Scene) -> None:
    scene.write(*[FIRE] * 80)
    scene.start("--crash-at", "worker:before-commit").wait(60)
    scene.start().send_signal(signal.SIGKILL)
    assert scene.drain() == 0
    today = datetime.now(UTC).date()
    with scene.reader() as reader:
        days = reader.source_days([AOI], since=today - timedelta(days=1), until=today)
        statuses = reader.statuses([AOI])
    assert sum(day.records for day in days) == 80
    assert sum(day.findings for day in days) == len(marks(scene))
    assert sum(each.records for each in statuses.values()) == 80


def test_the_worker_says_when_it_was_awake(scene: Scene) -> None:
    scene.write(FIRE)
    assert scene.drain() == 0
    now = datetime.now(UTC)
    with scene.reader() as reader:
        hours = reader.awake(since=now - timedelta(hours=2), until=now)
    assert sum(each.worker_minutes.bit_count() for each in hours) >= 1
    assert [each.collect_minutes for each in hours] == [0] * len(hours), "collect never ran here"


def test_a_flood_rises_and_calms_down_in_four_states_of_one_company_alone(scene: Scene) -> None:
    window = timedelta(seconds=WINDOW_S)
    first = datetime.fromtimestamp(window_of(datetime.now(UTC) - 20 * window) * WINDOW_S, UTC)
    usual = [200] * (LEARNED + 1)
    scene.start()
    scene.wait("ready", (scene.data / "run" / "worker.json").exists)

    def level(organisation: str) -> str:
        with scene.reader() as reader:
            health = reader.all_health(now=first).get((organisation, "src_1"))
        return health.volume.level if health else ""

    for counts, wanted in (
        ([*usual, 1_500], "high"),
        ([12_000], "flood"),
        ([200] * 3, "recovering"),
        ([200] * 2, "normal"),
    ):
        for count in counts:
            scene.write(*[b"session opened"] * count, at=first)
            scene.write(b"session opened", organisation=FUMI, at=first)
            first += window
        scene.wait(wanted, lambda wanted=wanted: level(AOI) == wanted, seconds=60)
        assert level(FUMI) == "normal"
