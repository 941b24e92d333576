"""A tower of its own, a folder of rules that the tests write, two companies of two firms."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from hinomi.store.pipeline import PipelineReader
from tests.e2e.attacks import constructs, sequences
from tests.e2e.attacks.waiting import wait_for
from tests.e2e.contracts.tower import HINOMI, PATIENCE_S, Tower

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from hinomi.core.findings import Finding
    from tests.e2e.contracts.tower import Source

_MARKER = """title: The end
id: x-marker
level: low
logsource: {product: generic}
detection: {s: {marker: '*'}, condition: s}
"""
_RULES = {
    "constructs.yml": constructs.rules_text(),
    "sequences.yml": sequences.rules_text(),
    "marker.yml": _MARKER,
}


@dataclass(frozen=True, slots=True)
class Ground:
    """The tower, its rules, and a company of each of two firms."""

    tower: Tower
    rules: Path
    aoi: str
    fumi: str

    def findings(
        self, organisation: str, *, until: Callable[[list[Finding]], bool] = bool
    ) -> list[Finding]:
        """Findings of the tests' own rules, asked again until they are as wanted."""
        return wait_for(lambda: self._findings(organisation), until, seconds=PATIENCE_S)

    def told(self, *arguments: str, on_data: bool = False) -> list[dict[str, Any]]:
        """The JSON lines of a command that finds something."""
        data = ["--data", str(self.tower.data)] if on_data else []
        done = subprocess.run(
            [*HINOMI, *arguments, *data], capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode in (0, 1), done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    def end_marker(self, organisation: str, source: Source) -> None:
        """Send a last record and wait until it is found: all before it was looked at."""
        word = secrets.token_hex(8)
        assert self.tower.post(f'{{"marker": "{word}"}}'.encode(), source.token).status == 200
        found = self.findings(organisation, until=lambda rows: word in _markers(rows))
        assert word in _markers(found), self.tower.errors()

    def fill_lake(self) -> None:
        """Have the lake take in now what arrived, not within the usual minute."""
        self.tower.down()
        command = [sys.executable, "-m", "hinomi.pipeline.worker", "--lake-seconds", "0", "--drain"]
        subprocess.run([*command, "--data", str(self.tower.data)], timeout=60, check=True)
        self.tower.up()

    @property
    def constructs(self) -> Path:
        """The rules that are there from the start."""
        return self.rules / "constructs.yml"

    def scanned(self, rules: Path, lines: list[str], folder: Path) -> list[dict[str, Any]]:
        """What `hinomi scan` tells of the lines."""
        log = folder / f"{secrets.token_hex(4)}.ndjson"
        log.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return self.told("scan", "--rules", str(rules), "--format", "jsonl", str(log))

    @property
    def sequences(self) -> Path:
        """The correlations that are there from the start."""
        return self.rules / "sequences.yml"

    def _findings(self, organisation: str) -> list[Finding]:
        with PipelineReader(self.tower.data / "pipeline.sqlite") as reader:
            found = reader.findings_of(organisation, limit=1_000)
        return [finding for finding in found if finding.rule_id.startswith(("x-", "y-"))]


def _markers(findings: list[Finding]) -> set[str]:
    markers = (one for one in findings if one.rule_id == "x-marker")
    return {one.evidence[-1].fields["marker"] for one in markers}


@pytest.fixture(scope="package")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """Stands until the last test of this folder."""
    home = tmp_path_factory.mktemp("attacks")
    rules = home / "rules"
    rules.mkdir()
    for name, text in _RULES.items():
        rules.joinpath(name).write_text(text, encoding="utf-8")
    tower = Tower(home / "data", {"HINOMI_RULES": str(rules)})
    firms = [str(tower.ask("firm", "add", name)["id"]) for name in ("まちの見守り", "となり町")]
    aoi, fumi = (tower.organisation("同名商店", "--firm", firm) for firm in firms)
    tower.up()
    try:
        yield Ground(tower, rules, aoi, fumi)
    finally:
        tower.down()
