"""`hinomi rules exceptions add|list|end` as a person types them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from hinomi.portal import manage
from hinomi.portal.access.time import configuration
from hinomi.portal.incidents.decisions import DecisionKind, record_decision
from hinomi.store.directory import load
from tests.portal.exceptions.test_exceptions import BACKUP

if TYPE_CHECKING:
    from pathlib import Path

    from tests.portal.town import Town


@pytest.fixture
def exceptions(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run one action; its exit code and what it printed."""
    monkeypatch.setattr(manage, "point_at", lambda **_: None)

    def run(*words: str) -> tuple[int, Any]:
        capsys.readouterr()
        code = manage.main(["exceptions", *words, "--format", "json"])
        printed = capsys.readouterr()
        return code, json.loads(printed.out) if code == 0 else printed.err

    return run


def _words(town: Town, file: Path, *more: str) -> tuple[str, ...]:
    return (
        "add", str(file), "--organisation", town.aoba.organisation.id,
        "--owner", town.people["analyst", "own"].email, "--reason", "毎晩のバックアップ", *more,
    )  # fmt: skip


def test_from_adding_to_ending(town: Town, exceptions: Any, tmp_path: Path) -> None:
    file = tmp_path / "backup.yml"
    file.write_text(BACKUP)
    _, added = exceptions(*_words(town, file, "--days", "30"))
    assert (added["state"], added["rules"]) == ("holds", ["rule-1"])
    assert [one.id for one in load(data=configuration().data).exceptions] == [added["id"]]

    for number in (2, 3):
        record_decision(
            organisation_id=town.aoba.organisation.id,
            kind=DecisionKind.FINDING_SILENCED,
            incident=None,
            body={"silenced_by": f"exception:{added['id']}", "findings": number},
        )
    assert exceptions("list") == (0, [added | {"silenced": 5}])
    _, ended = exceptions("end", added["id"])
    assert ended["state"] == "ended"
    assert load(data=configuration().data).exceptions == ()
    _, (listed,) = exceptions("list", "--organisation", town.aoba.organisation.id)
    assert listed["state"] == "ended"


def test_a_broken_document_is_refused_with_its_place(
    town: Town, exceptions: Any, tmp_path: Path
) -> None:
    file = tmp_path / "broken.yml"
    file.write_text(BACKUP.replace("[rule-1]", "any"))
    code, said = exceptions(*_words(town, file))
    assert code == 1
    assert "broken.yml" in said
    assert "names the rules" in said


@pytest.mark.parametrize("days", ["0", "181"])
def test_half_a_year_is_the_longest(town: Town, exceptions: Any, tmp_path: Path, days: str) -> None:
    file = tmp_path / "backup.yml"
    file.write_text(BACKUP)
    assert exceptions(*_words(town, file, "--days", days))[0] == 2


def test_a_file_that_is_not_there_is_no_traceback(
    town: Town, exceptions: Any, tmp_path: Path
) -> None:
    code, said = exceptions(*_words(town, tmp_path / "nothing.yml"))
    assert code == 1
    assert "nothing.yml" in said
