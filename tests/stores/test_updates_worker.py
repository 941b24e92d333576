"""Check Point writes a log again with more in it: stored as sent, told once, across a restart."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from tests.stores.test_learned_worker import RULE, told
from tests.stores.test_pipeline_worker import AOI, Scene

from hinomi.core.clock import SystemClock
from hinomi.core.directory import Directory
from hinomi.pipeline.reader import Records
from hinomi.store.directory import publish
from hinomi.store.lake import Query

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOG = (
    "loguid={0x6920aaaa,0x1,0xa0a0a0a,0x1}|origin=192.0.2.1|src=192.168.1.22|dst=203.0.113.80|"
    "product=Threat Emulation|file_name=seikyusho.zip|action="
)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    scene = Scene(tmp_path)
    (tmp_path / "rules" / "gate.yml").write_text(RULE)
    publish(Directory(), data=tmp_path)
    yield scene
    scene.close()


def send(scene: Scene, action: str) -> None:
    raw = scene._raw(b"", AOI, datetime.now(UTC))
    scene.log.append([replace(raw, kind="checkpoint", raw=f"{LOG}{action}".encode())])


def shown(scene: Scene) -> int:
    with Records(scene.data, clock=SystemClock()) as records:
        return len(records.newest(Query(AOI)))


def test_a_repeated_verdict_is_told_once_and_a_new_one_again(scene: Scene) -> None:
    first, stopped = ("seikyusho.zip", "seen"), ("seikyusho.zip", "stopped")
    send(scene, "Detect")
    assert scene.drain() == 0
    assert told(scene) == [first]
    send(scene, "Detect")
    send(scene, "Prevent")
    assert scene.drain() == 0
    assert told(scene) == [first, stopped]
    assert shown(scene) == 3
