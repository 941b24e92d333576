"""Settings are read strictly: a wrong value is a sentence, never a surprise later."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from hinomi.config import load_config
from hinomi.core.clock import SystemClock
from hinomi.core.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path


def test_everything_has_a_default() -> None:
    config = load_config(environ={})
    assert config.data.is_absolute()
    assert config.smtp is None
    assert isinstance(config.clock, SystemClock)


def test_blank_counts_as_unset() -> None:
    assert load_config(environ={"HINOMI_SMTP": "  "}).smtp is None


def test_a_mail_server_with_a_password_is_read_whole() -> None:
    smtp = load_config(environ={"HINOMI_SMTP": "smtps://me:secret@mail.example:4650"}).smtp
    assert smtp is not None
    assert (smtp.host, smtp.port, smtp.use_tls, smtp.user) == ("mail.example", 4650, True, "me")
    assert "secret" not in repr(smtp)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HINOMI_SMTP", "mail.example:25"),
        ("HINOMI_SMTP", "http://mail.example"),
        ("HINOMI_FIRST_SOURCE_PORT", "0"),
        ("HINOMI_FIRST_SOURCE_PORT", "70000"),
        ("HINOMI_FIRST_SOURCE_PORT", "many"),
    ],
)
def test_a_wrong_value_names_its_variable(name: str, value: str) -> None:
    with pytest.raises(UsageError, match=name):
        load_config(environ={name: value})


def test_a_moved_clock_is_refused_on_real_data(tmp_path: Path) -> None:
    """No real alarm may run on a clock somebody moved for a test."""
    with pytest.raises(UsageError, match="rehearsal"):
        load_config(data=tmp_path, environ={"HINOMI_CLOCK": "2026-11-20T10:12:00+09:00"})


def test_a_moved_clock_runs_from_its_origin_at_its_rate(tmp_path: Path) -> None:
    (tmp_path / "rehearsal").touch()
    environ = {"HINOMI_CLOCK": "2026-11-20T10:12:00+09:00@60", "HINOMI_CLOCK_ORIGIN": "0"}
    moment = load_config(data=tmp_path, environ=environ).clock.now()
    assert moment > datetime(2026, 11, 20, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize("text", ["yesterday", "2026-11-20T10:12:00", "2026-11-20T10:12:00Z@fast"])
def test_a_clock_that_cannot_be_read_is_a_sentence(tmp_path: Path, text: str) -> None:
    (tmp_path / "rehearsal").touch()
    with pytest.raises(UsageError, match="HINOMI_CLOCK"):
        load_config(data=tmp_path, environ={"HINOMI_CLOCK": text})


DATABASE = "postgresql://me:secret@db.example/hinomi"


def test_a_new_folder_takes_the_database_of_the_environment(tmp_path: Path) -> None:
    config = load_config(data=tmp_path, environ={"HINOMI_DATABASE": DATABASE})
    assert config.database == DATABASE
    assert "secret" not in repr(config)


def test_a_folder_that_names_its_database_needs_no_variable(tmp_path: Path) -> None:
    (tmp_path / "database.url").write_text(f"{DATABASE}\n")
    assert load_config(data=tmp_path, environ={}).database == DATABASE


def test_a_folder_is_never_opened_half_here_and_half_there(tmp_path: Path) -> None:
    (tmp_path / "database.url").write_text(DATABASE)
    with pytest.raises(UsageError, match=r"database\.url"):
        load_config(data=tmp_path, environ={"HINOMI_DATABASE": f"{DATABASE}2"})
    (tmp_path / "database.url").unlink()
    (tmp_path / "portal.sqlite").touch()
    with pytest.raises(UsageError, match="SQLite"):
        load_config(data=tmp_path, environ={"HINOMI_DATABASE": DATABASE})


def test_only_postgres_is_taken_for_a_database(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="PostgreSQL"):
        load_config(data=tmp_path, environ={"HINOMI_DATABASE": "mysql://db.example/hinomi"})
