"""A try's findings are kept and silenced; nobody else's are."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from hinomi.core.directory import Directory, Source
from hinomi.core.records import Event
from hinomi.pipeline.tries import awaited_tries, with_tries

NOW = datetime(2026, 11, 21, 1, 2, 3, tzinfo=UTC)
NAME = "shiken-abcdefgh"


def found(raw: bytes, *, organisation: str = "org_aoi") -> Any:
    event = Event("E1", organisation, "src_1", "windows", "PC-1", NOW, NOW, {}, raw)
    return SimpleNamespace(event=event)


def silenced_by(one: Any, *, by_exception: str = "") -> str:
    return with_tries(lambda _: by_exception, awaited={NAME: "org_aoi"})(one)


def test_only_tries_that_are_out_and_of_live_sources_are_awaited() -> None:
    sources = (
        Source("src_1", "org_aoi", "linux", "a", awaited_try=NAME),
        Source("src_2", "org_aoi", "linux", "b", awaited_try="shiken-bbbbbbbb", is_revoked=True),
        Source("src_3", "org_aoi", "linux", "c"),
    )
    assert awaited_tries(Directory(sources=sources)) == {NAME: "org_aoi"}


def test_what_a_try_shows_is_silenced_by_its_name() -> None:
    assert silenced_by(found(b"login failed user=" + NAME.encode())) == f"try:{NAME}"


def test_an_attack_cannot_hide_behind_a_word() -> None:
    assert silenced_by(found(b"user=shiken-bbbbbbbb")) == ""
    assert silenced_by(found(NAME.encode(), organisation="org_fumi")) == ""
    assert silenced_by(found(b"rm -rf /")) == ""


def test_an_exception_keeps_its_name() -> None:
    assert silenced_by(found(NAME.encode()), by_exception="exception:1") == "exception:1"
