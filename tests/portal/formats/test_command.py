"""`hinomi format list|import|export|use|retire` at the provider's machine."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from hinomi.portal import manage
from hinomi.store.directory import load

if TYPE_CHECKING:
    from pathlib import Path

    from tests.portal.town import Town

GATE = {
    "hinomi_format": 1,
    "name": "命令の門",
    "layouts": [
        {
            "kind": "sentence",
            "id": "s",
            "template": "門 {src_ip:ip} から {threat:word} を遮断",
            "disposition": "stopped",
            "verdict": "malware",
        }
    ],
}


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test database is migrated already, and no test binds a real port."""
    monkeypatch.setattr(manage, "point_at", lambda **_: None)
    monkeypatch.setattr("hinomi.portal.sources.ports._can_bind", lambda port: True)


def call(data: Path, *words: str) -> int:
    return manage.main(["format", *words, "--data", str(data)])


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    path = tmp_path / "gate.json"
    path.write_text(json.dumps(GATE), encoding="utf-8")
    return path


def test_a_file_goes_in_is_used_and_comes_out(
    town: Town, data: Path, gate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    taken = ("import", str(gate), "--firm", town.firm.id, "--confirm", "--format", "json")
    assert call(data, *taken) == 0
    first = json.loads(capsys.readouterr().out)
    assert call(data, *taken) == 0
    assert json.loads(capsys.readouterr().out) == first  # said twice, nothing changes
    assert first["version"] == 1
    assert call(data, "use", first["id"], "--source", town.aoba.source.id) == 0
    published = load(data=data)
    assert {one.id: one.kind for one in published.sources}[town.aoba.source.id] == first["kind"]
    capsys.readouterr()
    assert call(data, "export", first["id"]) == 0
    assert json.loads(capsys.readouterr().out)["is_confirmed"] is True
    assert call(data, "retire", first["id"]) == 1  # a source is read with it


def test_another_firms_customer_cannot_use_it(
    town: Town, data: Path, gate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(data, "import", str(gate), "--firm", town.firm.id, "--format", "json") == 0
    made = json.loads(capsys.readouterr().out)
    assert call(data, "use", made["id"], "--source", town.umi.source.id) == 2
    assert {one.id: one.kind for one in load(data=data).sources}[town.umi.source.id] == "fortigate"


def test_a_broken_file_is_refused_with_its_place(
    town: Town, data: Path, gate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gate.write_text('{"hinomi_format": 1, "name": "x", "layouts": []}', encoding="utf-8")
    assert call(data, "import", str(gate), "--firm", town.firm.id) == 1
    assert "$.layouts" in capsys.readouterr().err
