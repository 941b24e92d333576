"""The URL of the stores as Django wants it."""

from __future__ import annotations

from pathlib import Path

from hinomi.config import Config
from hinomi.core.clock import SystemClock
from hinomi.portal.access.database import database


def entry(url: str) -> dict[str, object]:
    return database(Config(data=Path("/data"), clock=SystemClock(), database=url))


def test_without_a_server_the_store_is_a_file_in_the_folder() -> None:
    assert entry("")["NAME"] == Path("/data/portal.sqlite")


def test_every_part_of_the_address_arrives_unquoted() -> None:
    found = entry("postgresql://me:p%40ss@db.example:5433/tower?sslmode=verify-full")
    names = ("USER", "PASSWORD", "HOST", "PORT", "NAME")
    assert [found[name] for name in names] == ["me", "p@ss", "db.example", "5433", "tower"]
    options = found["OPTIONS"]
    assert isinstance(options, dict)
    assert options["sslmode"] == "verify-full"
    assert "synchronous_commit=on" in options["options"]


def test_a_socket_is_given_as_host() -> None:
    found = entry("postgresql://me@/tower?host=/run/postgresql")
    assert (found["HOST"], found["PORT"]) == ("/run/postgresql", "")
    assert "host" not in found["OPTIONS"]  # type: ignore[operator]
