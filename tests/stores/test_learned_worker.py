"""A format taught while the worker runs: read, found and stored without a restart."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from tests.stores.test_pipeline_worker import AOI, Scene

from hinomi.core.clock import SystemClock
from hinomi.core.directory import Directory, LearnedFormat
from hinomi.core.ids import partition_of
from hinomi.core.records import Event
from hinomi.pipeline.reader import Records
from hinomi.store.directory import publish
from hinomi.store.lake import Query

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GATE = """{"hinomi_format": 1, "name": "門", "is_confirmed": true,
 "layouts": [{"kind": "sentence", "id": "s", "template": "門 {src_ip:ip} から {threat:word} を遮断",
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


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    scene = Scene(tmp_path)
    (tmp_path / "rules" / "gate.yml").write_text(RULE)
    yield scene
    scene.close()


def told(scene: Scene) -> list[tuple[str, str]]:
    """Shape and disposition of what the gate's findings rest on."""
    with scene.reader() as reader:
        rows = reader.findings_after(partition_of(AOI), 0, 100)
    return [
        (finding.evidence[0].fields["verdict.name"], finding.disposition.value)
        for _, finding in rows
        if finding.rule_id.startswith("33333333")
    ]


def test_it_is_live_without_a_restart_and_its_verdict_becomes_a_finding(scene: Scene) -> None:
    publish(Directory(), data=scene.data)
    scene.start()
    scene.wait("ready", (scene.data / "run" / "worker.json").exists)
    publish(Directory(learned=(LearnedFormat("f1", "firm", "門", GATE),)), data=scene.data)
    raw = replace(
        scene._raw(b"", AOI, datetime.now(UTC)),
        kind="learned:f1",
        raw="門 192.0.2.7 から W32/Test.A を遮断".encode(),
    )
    scene.log.append([raw])
    scene.wait("found", lambda: told(scene) == [("W32/Test.A", "stopped")])
    with Records(scene.data, clock=SystemClock()) as records:  # before its file is written
        (shown,) = records.newest(Query(AOI))
    assert isinstance(shown, Event)
    assert (shown.shape, shown.fields["src_ip"]) == ("learned", "192.0.2.7")
