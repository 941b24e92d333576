"""`hinomi doctor`: a table for people, JSON for programs, exit 1 on a fault."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from hinomi.cli import doctor
from hinomi.cli.main import main
from hinomi.pipeline.doctor import Diagnosis, State

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def _answer(monkeypatch: pytest.MonkeyPatch, *found: Diagnosis) -> None:
    monkeypatch.setattr(doctor, "examine", lambda patient: list(found))


def test_a_fault_is_exit_code_1_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    _answer(monkeypatch, Diagnosis("mail", State.FAULT, "no answer \x1b[31m", "Check it."))
    assert main(["doctor", "--data", str(tmp_path)]) == 1
    out = capsys.readouterr().out
    assert "FAULT" in out
    assert "→ Check it." in out
    assert "\x1b" not in out


def test_notes_are_no_trouble(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _answer(monkeypatch, Diagnosis("mail", State.NOTE, "none", "Set it."))
    assert main(["doctor", "--data", str(tmp_path)]) == 0


def test_json_says_the_same_for_programs(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HINOMI_SMTP", raising=False)
    main(["doctor", "--data", str(tmp_path), "--format", "json"])
    rows = json.loads(capsys.readouterr().out)
    assert {"subject", "state", "said", "advice"} == set(rows[0])
    assert {row["subject"] for row in rows} >= {"sqlite", "data folder", "rules", "disk"}
    assert next(row for row in rows if row["subject"] == "sqlite")["state"] == "ok"
