"""Versions lie side by side, whole and unchanged; the state says which one counts."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.unit.pipeline.packs.making import NOW, made, put, rule_id

from hinomi.config import Config
from hinomi.core.clock import FixedClock
from hinomi.core.errors import StoreDamaged, UsageError
from hinomi.detect import load_rules
from hinomi.detect.packs import PackRefused
from hinomi.pipeline.packs.chosen import RuleChoice
from hinomi.pipeline.packs.installed import checked, find, install, installed
from hinomi.pipeline.packs.state import Trial, activated, rolled_back, tried
from hinomi.pipeline.packs.state_file import change_state, read_state
from hinomi.store.backup.inventory import other_files

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Two versions of one pack, installed and unused."""
    data = tmp_path / "data"
    put(data, made(tmp_path, {1: "fire"}, version="1.9"))
    put(data, made(tmp_path, {1: "fire", 2: "smoke"}, version="1.10"))
    return data


def activate(data: Path, version: str, name: str = "town") -> None:
    change_state(
        data, now=NOW, change=lambda state: activated(state, name, version, who="守", now=NOW)
    )


def words(data: Path, *, days: int = 0) -> set[str]:
    """What the rules in use look for, some days later."""
    return {rule.id for rule in load_rules(list(chosen(data, days=days).folders)).rules}


def chosen(data: Path, *, days: int = 0):  # noqa: ANN201
    config = Config(data=data, clock=FixedClock(NOW + timedelta(days=days)))
    choice = RuleChoice(config).choose()
    return replace(
        choice, folders=tuple(p for p in choice.folders if p.is_relative_to(data / "packs"))
    )


def test_versions_are_listed_newest_first_and_installing_uses_nothing(data: Path) -> None:
    assert [one.manifest.version for one in installed(data)] == ["1.10", "1.9"]
    assert words(data) == set()


def test_installing_twice_is_once_and_other_content_under_a_version_is_refused(
    data: Path, tmp_path: Path
) -> None:
    same = made(tmp_path / "again", {1: "fire"}, version="1.9")
    receipt = find(data, "town", "1.9").receipt
    install(same, receipt, data=data)
    other = made(tmp_path / "other", {1: "flood"}, version="1.9")
    with pytest.raises(PackRefused, match="other content"):
        install(other, replace(receipt, sha256="other"), data=data)
    assert len(installed(data)) == 2


def test_a_pack_for_a_newer_program_is_refused(data: Path, tmp_path: Path) -> None:
    pack = made(tmp_path, {1: "fire"}, version="3.0")
    newer = replace(pack, manifest=replace(pack.manifest, hinomi="999"))
    with pytest.raises(PackRefused, match="needs hinomi 999"):
        put(data, newer)


def test_switching_and_going_back(data: Path) -> None:
    activate(data, "1.9")
    activate(data, "1.10")
    assert words(data) == {rule_id(1), rule_id(2)}
    for expected in ({rule_id(1)}, set()):
        change_state(data, now=NOW, change=lambda s: rolled_back(s, "town", who="守", now=NOW))
        assert words(data) == expected
    with pytest.raises(UsageError, match="no version to go back to"):
        change_state(data, now=NOW, change=lambda s: rolled_back(s, "town", who="守", now=NOW))


def test_the_pack_of_our_own_name_takes_the_place_of_the_shipped_rules(
    data: Path, tmp_path: Path
) -> None:
    put(data, made(tmp_path, {3: "flood"}, version="1.0", name="hinomi"))
    config = Config(data=data, clock=FixedClock(NOW))
    assert config.own_rules in RuleChoice(config).choose().folders
    activate(data, "1.0", name="hinomi")
    assert config.own_rules not in RuleChoice(config).choose().folders
    assert words(data) == {rule_id(3)}


def test_a_trial_has_folders_of_its_own_and_ends_by_itself(data: Path) -> None:
    activate(data, "1.9")
    trial = Trial("town", "1.10", ("org_aoi",), NOW, NOW + timedelta(days=1), "守")
    change_state(data, now=NOW, change=lambda state: tried(state, trial))
    choice = chosen(data)
    assert words(data) == {rule_id(1)}
    assert choice.trial == trial
    assert any(folder.name == "1.10" for folder in choice.trial_folders)
    assert chosen(data, days=1).trial is None
    assert words(data, days=1) == {rule_id(1), rule_id(2)}


def test_a_damaged_version_is_never_used_and_the_one_before_is(
    data: Path, caplog: pytest.LogCaptureFixture
) -> None:
    activate(data, "1.9")
    activate(data, "1.10")
    (data / "packs" / "town" / "1.10" / "rule-2.yml").write_text("title: planted")
    with pytest.raises(StoreDamaged, match=r"not the file that was installed"):
        checked(data, "town", "1.10")
    assert words(data) == {rule_id(1)}
    assert "rule-2.yml" in caplog.text


def test_a_state_that_cannot_be_read_changes_nothing(data: Path) -> None:
    activate(data, "1.9")
    config = Config(data=data, clock=FixedClock(NOW))
    choice = RuleChoice(config)
    before = choice.choose()
    (data / "packs" / "state.json").write_text("{")
    assert choice.choose() == before
    with pytest.raises(StoreDamaged):
        read_state(data, now=NOW)


def test_a_backup_takes_installed_versions_and_the_state_along_but_no_key(
    data: Path, tmp_path: Path
) -> None:
    activate(data, "1.9")
    (data / "keys" / "packs").mkdir(parents=True)
    (data / "keys" / "packs" / "maker.pub").write_text("public")
    for path in other_files(data):
        target = tmp_path / "restored" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((data / path).read_bytes())
    assert words(tmp_path / "restored") == words(data) == {rule_id(1)}
    assert not (tmp_path / "restored" / "keys").exists()


STEP = """
import sys
from pathlib import Path
from hinomi.core import crash
from tests.unit.pipeline.packs.making import NOW, made, put
from hinomi.pipeline.packs.state import activated
from hinomi.pipeline.packs.state_file import change_state
tmp, data, point = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
pack = made(tmp, {1: "fire", 5: "flood"}, version="2.0")
crash.arm(point)
put(data, pack)
change_state(data, now=NOW, change=lambda s: activated(s, "town", "2.0", who="x", now=NOW))
"""


@pytest.mark.parametrize(
    ("point", "is_installed", "expected"),
    [
        ("pack:unpacked", False, {1}),
        ("pack:renamed", True, {1}),
        ("pack:before-state", True, {1}),
        ("pack:after-state", True, {1, 5}),
    ],
)
def test_a_kill_at_any_step_leaves_the_old_or_the_new(
    data: Path, tmp_path: Path, point: str, is_installed: bool, expected: set[int]
) -> None:
    """SIGKILL in a real process; afterwards the same steps go through."""
    activate(data, "1.9")
    for number, step in enumerate((point, "")):
        folder = tmp_path / f"try-{number}"
        command = [sys.executable, "-c", STEP, str(folder), str(data), step]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        assert done.returncode == (0 if not step else -9), done.stderr
        if step:
            assert ("2.0" in [one.manifest.version for one in installed(data)]) == is_installed
            assert words(data) == {rule_id(each) for each in expected}
    assert words(data) == {rule_id(1), rule_id(5)}
    assert not list((data / "packs").glob(".unpacking-*"))
