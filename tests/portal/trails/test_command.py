"""`hinomi trail`: whole or not, and heads kept elsewhere."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from hinomi.core.clock import FixedClock
from hinomi.portal import manage
from hinomi.portal.access import audit
from hinomi.portal.access.models import AuditEntry
from hinomi.portal.access.sealing import seal
from hinomi.portal.trails.anchors import path, pinned, write_daily
from tests.portal.access.test_chain import lift_guards, write

if TYPE_CHECKING:
    from pytest_django.fixtures import SettingsWrapper

pytestmark = pytest.mark.django_db


@pytest.fixture
def trail(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run one command; its exit code and JSON answer."""
    monkeypatch.setattr(manage, "point_at", lambda **_: None)

    def run(*words: str) -> tuple[int, Any]:
        capsys.readouterr()
        code = manage.main(["trail", *words, "--format", "json"])
        out = capsys.readouterr().out
        return code, json.loads(out) if out else None

    return run


def test_a_whole_trail_verifies_and_a_broken_one_names_its_first_row(trail: Any) -> None:
    write(4)
    assert trail("verify")[0] == 0
    lift_guards()
    AuditEntry.objects.filter(sequence=3).update(what="x")
    seal()
    code, told = trail("verify")
    assert (code, told["broken_at"]) == (1, 3)
    assert "row 3 was changed" in told["reason"]


def test_a_head_kept_on_paper_shows_that_the_end_was_cut_off(trail: Any) -> None:
    write(4)
    _, kept = trail("anchor")
    path().unlink()  # the thief knew the file too
    lift_guards()
    AuditEntry.objects.filter(sequence=4).delete()
    seal()
    assert trail("verify")[0] == 0
    code, told = trail("verify", "--head", kept["head"])
    assert (code, told["broken_at"]) == (1, 4)
    assert trail("verify", "--head", "nonsense")[0] == 2


def test_one_head_is_written_down_each_japanese_day(settings: SettingsWrapper, trail: Any) -> None:
    assert write_daily() is None, "nothing to write down yet"
    for day, hour, is_new in ((20, 3, True), (20, 14, False), (20, 16, True), (21, 3, False)):
        clock = FixedClock(datetime(2026, 11, day, hour, tzinfo=UTC))
        settings.HINOMI = replace(settings.HINOMI, clock=clock)
        write(1)
        assert (write_daily() is not None) is is_new
    assert sorted(pinned()) == [1, 3]
    assert trail("verify")[0] == 0
    path().write_text(path().read_text("ascii").replace(" 3 ", " 3 0"), "ascii")
    assert trail("verify")[0] == 2, "a damaged anchor is no anchor"


def test_export_gives_every_row_with_its_hash_and_list_the_newest(trail: Any) -> None:
    write(3)
    audit.record(what="rules:pack:promote", user_id=None)
    _, rows = trail("export")
    assert [row["sequence"] for row in rows] == [1, 2, 3, 4]
    assert rows[3]["previous"] == rows[2]["hash"]
    _, newest = trail("list", "--limit", "2")
    assert [row["sequence"] for row in newest] == [4, 3]
    _, rules = trail("list", "--what", "rules:")
    assert [row["what"] for row in rules] == ["rules:pack:promote"]
