"""`hinomi doctor`: each fault has a sentence of what to do, and one fault hides no other."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from hinomi.config import Config, SmtpServer
from hinomi.core.clock import FixedClock
from hinomi.pipeline import doctor
from hinomi.pipeline.doctor import CHECKS, Diagnosis, Patient, State, examine

if TYPE_CHECKING:
    from pathlib import Path

SERVER = SmtpServer(host="mail.example", port=25)


def _quiet(server: SmtpServer) -> None:
    assert server == SERVER


def _ready(url: str) -> tuple[int, str]:
    assert url == "http://127.0.0.1:8420/readyz"
    return 200, "ready"


@pytest.fixture
def patient(tmp_path: Path) -> Patient:
    """A data folder that is there, a mail server and a portal that answer."""
    config = Config(data=tmp_path, clock=FixedClock(datetime(2026, 11, 20, tzinfo=UTC)),
                    smtp=SERVER, public_url="https://mimamori.example")  # fmt: skip
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "endpoints.json").write_text('{"web": "http://127.0.0.1:8420"}')
    return Patient(config=config, data_from="--data", greet_mail=_quiet, fetch=_ready)


def _one(patient: Patient, subject: str) -> Diagnosis:
    return next(found for found in examine(patient) if found.subject == subject)


def test_a_healthy_installation_has_no_fault_and_every_check_speaks(
    patient: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "LEAST_FREE_SHARE", 0.0)
    monkeypatch.setattr(doctor, "LEAST_FREE_BYTES", 0)
    found = examine(patient)
    assert [one.subject for one in found] == [subject for subject, _ in CHECKS]
    assert [one for one in found if one.state is State.FAULT] == []
    assert all(one.said for one in found)


def test_a_mail_server_that_does_not_answer_is_a_fault(patient: Patient) -> None:
    def refuse(server: SmtpServer) -> None:
        raise ConnectionRefusedError(111, "Connection refused")

    found = _one(replace(patient, greet_mail=refuse), "mail")
    assert found.state is State.FAULT
    assert "mail.example:25" in found.said
    assert found.advice


def test_without_a_mail_server_it_is_said_where_notices_stay(patient: Patient) -> None:
    config = replace(patient.config, smtp=None)
    assert _one(replace(patient, config=config), "mail").state is State.NOTE


@pytest.mark.parametrize("status", [500, 503])
def test_a_tower_that_is_not_ready_is_a_fault_with_its_own_words(
    patient: Patient, status: int
) -> None:
    found = _one(replace(patient, fetch=lambda url: (status, "bell died 5 times")), "processes")
    assert found.state is State.FAULT
    assert "bell died" in found.said


def test_a_tower_that_died_without_tidying_up_is_a_fault(patient: Patient) -> None:
    def refuse(url: str) -> tuple[int, str]:
        raise ConnectionRefusedError(111, "Connection refused")

    assert _one(replace(patient, fetch=refuse), "processes").state is State.FAULT


def test_a_damaged_endpoints_file_is_told_and_hides_no_other_check(patient: Patient) -> None:
    (patient.config.data / "run" / "endpoints.json").write_text("[]")
    assert _one(patient, "processes").state is State.FAULT
    assert len(examine(patient)) == len(CHECKS)


def test_a_full_disk_is_a_fault_before_records_are_refused(
    patient: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "LEAST_FREE_BYTES", 1 << 60)
    found = _one(patient, "disk")
    assert found.state is State.FAULT
    assert found.advice


def test_a_rehearsal_folder_is_pointed_out(patient: Patient) -> None:
    (patient.config.data / "rehearsal").touch()
    assert _one(patient, "data folder").state is State.NOTE


def test_refused_rules_of_this_installation_are_counted(patient: Patient) -> None:
    folder = patient.config.imported_rules
    folder.mkdir()
    (folder / "bad.yml").write_text("title: [", encoding="utf-8")
    found = _one(patient, "rules")
    assert found.state is State.NOTE
    assert "1 refused" in found.said
