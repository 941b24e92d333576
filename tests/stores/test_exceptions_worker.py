"""Exceptions on a running worker: obeyed without a restart, and over by themselves."""

from __future__ import annotations

import signal
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from tests.stores.test_pipeline_worker import AOI, FUMI, Scene

from hinomi.core.directory import Directory, RuleException
from hinomi.core.ids import partition_of
from hinomi.store.directory import publish

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DRILL = """
title: The fire drill
logsource: {product: linux}
filter:
  rules: [11111111-2222-4333-8444-555555555555]
  selection: {program: sshd, 'message|contains': drill}
  condition: not selection
"""
FIRE, FIRE_DRILL = b"fire in the shed", b"fire in the shed (drill)"


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    scene = Scene(tmp_path)
    yield scene
    scene.close()


def drill(**changes: object) -> RuleException:
    now = datetime.now(UTC)
    made = RuleException("exc_1", (AOI,), DRILL, now - timedelta(hours=1), now + timedelta(hours=1))
    return replace(made, **changes)  # type: ignore[arg-type]


def tell(scene: Scene, *exceptions: RuleException) -> None:
    publish(Directory(exceptions=exceptions), data=scene.data)


def marks(scene: Scene, organisation: str = AOI) -> list[str]:
    """What silenced each finding of the marked rule, in their order."""
    with scene.reader() as reader:
        rows = reader.findings_after(partition_of(organisation), 0, 1_000)
    return [
        one.silenced_by
        for _, one in rows
        if one.organisation == organisation and one.rule_id.startswith("11111111")
    ]


def test_a_finding_is_kept_and_says_what_silenced_it(scene: Scene) -> None:
    tell(scene, drill())
    scene.write(FIRE_DRILL, FIRE)
    scene.write(FIRE_DRILL, organisation=FUMI)
    assert scene.drain() == 0
    assert marks(scene) == ["exception:exc_1", ""]
    assert marks(scene, FUMI) == [""]


def test_it_is_obeyed_and_forgotten_without_a_restart(scene: Scene) -> None:
    tell(scene)
    scene.start()
    scene.wait("ready", (scene.data / "run" / "worker.json").exists)
    scene.write(FIRE_DRILL)
    scene.wait("told", lambda: marks(scene) == [""])

    tell(scene, drill())
    scene.wait("silenced", lambda: _says(scene, "exception:exc_1"))
    tell(scene)
    scene.wait("told again", lambda: _says(scene, ""))


def test_an_exception_that_is_over_silences_nothing_more(scene: Scene) -> None:
    """Nobody has to publish anything for that: the worker knows the end."""
    soon = datetime.now(UTC) + timedelta(minutes=5)
    tell(scene, drill(until=soon))
    scene.write(FIRE_DRILL)
    after = scene._raw(FIRE_DRILL, AOI, datetime.now(UTC) + timedelta(minutes=6))
    scene.log.append([after])
    assert scene.drain() == 0
    assert marks(scene) == ["exception:exc_1", ""]


def test_a_kill_changes_nothing_of_what_is_silenced(scene: Scene) -> None:
    tell(scene, drill())
    scene.write(*[FIRE_DRILL, FIRE] * 40)
    scene.start("--crash-at", "worker:before-commit").wait(60)
    scene.start().send_signal(signal.SIGKILL)
    assert scene.drain() == 0
    assert marks(scene) == ["exception:exc_1", ""] * 40


def _says(scene: Scene, mark: str) -> bool:
    """Write another line and look how the newest finding ended up."""
    before = len(marks(scene))
    scene.write(FIRE_DRILL)
    scene.wait("another finding", lambda: len(marks(scene)) > before)
    return marks(scene)[-1] == mark
