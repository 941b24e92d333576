"""A program start whose records come in two batches, with the worker gone in between."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.stores.test_pipeline_worker import AOI, Scene
from tests.unit.normalise.test_audit_join import start

from hinomi.core.ids import partition_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from hinomi.core.records import RawRecord

RULE = """
title: Web server packs files
id: 11111111-2222-4333-8444-555555555555
level: high
logsource: {product: linux, category: process_creation}
detection:
  selection: {ParentImage|endswith: /nginx, CommandLine: 'tar -v', User: '33'}
  condition: selection
"""
LINES = [*start(1, pid=10, ppid=1, exe="/usr/sbin/nginx"), *start(2, pid=20, ppid=10)]


class Kernel(Scene):
    """Sends the audit's records as they are."""

    def _raw(self, text: bytes, organisation: str, base: datetime) -> RawRecord:
        return replace(super()._raw(text, organisation, base), raw=text)

    def told(self) -> list[tuple[str, int]]:
        """Of the rule: the joined program, and how many records it was joined of."""
        with self.reader() as reader:
            rows = reader.findings_after(partition_of(AOI), 0, 100)
        fields = [one.evidence[0].fields for _, one in rows if one.rule_id.startswith("11111111")]
        return [(each["Image"], len(each["parts"].split())) for each in fields]


@pytest.fixture
def kernel(tmp_path: Path) -> Iterator[Kernel]:
    scene = Kernel(tmp_path)
    (tmp_path / "rules" / "marked.yml").write_text(RULE)
    yield scene
    scene.close()


@pytest.mark.parametrize("cut", [0, 3, 5, 6, 9, 10])
def test_wherever_the_stream_is_cut_the_start_is_told_once(kernel: Kernel, cut: int) -> None:
    for part in (LINES[:cut], LINES[cut:]):
        if part:
            kernel.write(*(line.encode() for line in part))
        assert kernel.drain() == 0
    assert kernel.told() == [("/usr/bin/tar", 5)]


def test_a_kill_before_the_commit_neither_loses_nor_doubles_it(kernel: Kernel) -> None:
    kernel.write(*(line.encode() for line in LINES[:7]))
    assert kernel.drain() == 0
    kernel.write(*(line.encode() for line in LINES[7:]))
    kernel.start("--drain", "--crash-at", "worker:before-commit").wait(60)
    assert kernel.told() == []
    assert kernel.drain() == 0
    assert kernel.told() == [("/usr/bin/tar", 5)]
