"""`hinomi lake files` lists what the manifest lists, and nothing else."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hinomi.cli.main import main
from hinomi.store.pipeline_rows import LakeWork, ManifestRow
from hinomi.store.pipeline_writer import PipelineWriter

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

NOW = datetime(2026, 11, 21, 1, 2, 3, tzinfo=UTC)


def list_file(data: Path, *, name: str, organisation: str) -> None:
    (data / "lake" / "2026-11-21").mkdir(parents=True, exist_ok=True)
    (data / "lake" / name).touch()
    store = PipelineWriter(data / "pipeline.sqlite")
    store.claim(owner="w", is_free=lambda *_: True)
    row = ManifestRow(name, organisation, "windows", NOW.date(), 5, 900, NOW, NOW, NOW, NOW)
    store.commit_lake(LakeWork({0: 1}, [row]))
    store.close()


def test_a_folder_that_was_never_started_has_no_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["lake", "files", "--data", str(tmp_path), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_only_listed_files_are_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    list_file(tmp_path, name="2026-11-21/a.parquet", organisation="org_aoi")
    (tmp_path / "lake" / "2026-11-21" / "stray.parquet").touch()
    assert main(["lake", "files", "--data", str(tmp_path), "--format", "json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert row["file"] == str(tmp_path / "lake" / "2026-11-21" / "a.parquet")
    assert (row["organisation"], row["records"]) == ("org_aoi", 5)
    assert row["min_event_time"] == "2026-11-21T01:02:03+00:00"


def test_one_company_sees_only_its_rows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    list_file(tmp_path, name="2026-11-21/a.parquet", organisation="org_aoi")
    list_file(tmp_path, name="2026-11-21/b.parquet", organisation="org_fumi")
    options = ["--data", str(tmp_path), "--organisation", "org_fumi", "--format", "jsonl"]
    assert main(["lake", "files", *options]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["organisation"] for row in rows] == ["org_fumi"]


def test_a_listed_file_that_is_missing_is_trouble(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    list_file(tmp_path, name="2026-11-21/a.parquet", organisation="org_aoi")
    (tmp_path / "lake" / "2026-11-21" / "a.parquet").unlink()
    assert main(["lake", "files", "--data", str(tmp_path)]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "2026-11-21/a.parquet is listed but missing" in said.err
