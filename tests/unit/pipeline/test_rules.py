"""Importing rules and running their own examples."""

from __future__ import annotations

import io
import tarfile
import zipfile
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from hinomi.core.errors import UnreadableFile, UsageError
from hinomi.detect import load_rules, parse_rules
from hinomi.pipeline.rules import import_rules, run_examples

if TYPE_CHECKING:
    from pathlib import Path

NOON = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)


def _rule(number: int, value: str = "x") -> str:
    return (
        f"title: Rule {number}\nid: 00000000-0000-4000-8000-{number:012}\nlevel: low\n"
        f"logsource: {{product: generic}}\ndetection:\n  s: {{a: {value}}}\n  condition: s\n"
    )


def _zip(path: Path, members: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return path


def test_a_zip_is_checked_and_kept(tmp_path: Path) -> None:
    source = _zip(tmp_path / "r.zip", {"a/one.yml": _rule(1), "two.yml": _rule(2), "b.txt": "no"})
    done = import_rules(source, into=tmp_path / "rules")
    assert (len(done.added), done.replaced, done.refused) == (2, (), ())
    assert len(load_rules([tmp_path / "rules"]).rules) == 2


def test_no_name_in_an_archive_leads_out_of_the_folder(tmp_path: Path) -> None:
    names = ["../../evil.yml", "/abs.yml", "C:\\x.yml", "..\\..\\w.yml", "a/../../up.yml"]
    members = {name: _rule(number) for number, name in enumerate(names, 1)}
    home = tmp_path / "home" / "rules"
    done = import_rules(_zip(tmp_path / "r.zip", members), into=home)
    assert len(done.added) == len(names)
    outside = [path for path in tmp_path.rglob("*.yml") if home not in path.parents]
    assert outside == []
    assert len(list(home.iterdir())) == len(names)


def test_a_tar_gz_is_read_and_its_links_are_refused(tmp_path: Path) -> None:
    source = tmp_path / "r.tar.gz"
    with tarfile.open(source, "w:gz") as archive:
        data = _rule(1).encode()
        member = tarfile.TarInfo("rules/one.yml")
        member.size = len(data)
        archive.addfile(member, io.BytesIO(data))
        link = tarfile.TarInfo("two.yml")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    done = import_rules(source, into=tmp_path / "rules")
    assert len(done.added) == 1
    assert [refusal.reason for refusal in done.refused] == ["it is a link, not a file"]


def test_importing_again_changes_nothing(tmp_path: Path) -> None:
    source = _zip(tmp_path / "r.zip", {"one.yml": _rule(1)})
    import_rules(source, into=tmp_path / "rules")
    done = import_rules(source, into=tmp_path / "rules")
    assert (done.added, done.replaced, len(done.unchanged)) == ((), (), 1)


def test_a_newer_rule_of_the_same_id_replaces_the_older(tmp_path: Path) -> None:
    home = tmp_path / "rules"
    import_rules(_zip(tmp_path / "old.zip", {"old_name.yml": _rule(1)}), into=home)
    new = _zip(tmp_path / "new.zip", {"new_name.yml": _rule(1, "y")})
    done = import_rules(new, into=home)
    assert len(done.replaced) == 1
    assert [path.name.split(".")[0] for path in home.iterdir()] == ["new_name"]


def test_a_refused_rule_is_not_kept(tmp_path: Path) -> None:
    members = {"good.yml": _rule(1), "bad.yml": _rule(2).replace("a: x", "a|foo: x")}
    done = import_rules(_zip(tmp_path / "r.zip", members), into=tmp_path / "rules")
    assert (len(done.added), len(done.refused)) == (1, 1)
    assert len(list((tmp_path / "rules").iterdir())) == 1


def test_two_rules_of_one_id_in_one_import_are_not_both_taken(tmp_path: Path) -> None:
    members = {"a.yml": _rule(1), "b.yml": _rule(1, "y")}
    done = import_rules(_zip(tmp_path / "r.zip", members), into=tmp_path / "rules")
    assert (len(done.added), len(done.refused)) == (1, 1)


def test_replacing_never_tears_out_a_neighbour(tmp_path: Path) -> None:
    """A file of two rules is replaced whole or not at all."""
    home = tmp_path / "rules"
    import_rules(_zip(tmp_path / "a.zip", {"a.yml": f"{_rule(1)}---\n{_rule(2)}"}), into=home)
    done = import_rules(_zip(tmp_path / "b.zip", {"b.yml": _rule(2, "y")}), into=home)
    assert done.replaced == ()
    assert "also holds the rule" in done.refused[0].reason
    assert len(load_rules([home]).rules) == 2


def test_a_broken_archive_is_said_to_be_broken(tmp_path: Path) -> None:
    source = _zip(tmp_path / "r.zip", {"one.yml": _rule(1) * 50})
    content = bytearray(source.read_bytes())
    content[60:90] = b"\0" * 30
    source.write_bytes(bytes(content))
    with pytest.raises(UnreadableFile):
        import_rules(source, into=tmp_path / "rules")


def test_a_source_without_a_rule_is_said_to_hold_none(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    for source in (_zip(tmp_path / "r.zip", {"inner.zip": "PK", "README.md": "x"}), empty):
        with pytest.raises(UnreadableFile, match="no rule file"):
            import_rules(source, into=tmp_path / "rules")


def test_a_file_that_is_no_rule_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "x.exe").write_bytes(b"MZ")
    with pytest.raises(UsageError):
        import_rules(tmp_path / "x.exe", into=tmp_path / "rules")


def test_examples_come_true_or_say_what_happened() -> None:
    text = _rule(1) + (
        "hinomi:\n  tests:\n    hit:\n      - {shape: generic, fields: {a: x}}\n"
        "      - {shape: generic, fields: {a: y}}\n      - 'a=x b=1'\n      - 7\n"
        "    miss:\n      - {shape: generic, fields: {a: x}}\n"
        "      - {raw: 'a=z b=1', kind: generic}\n"
    )
    (rule,) = parse_rules(text.encode(), path="r.yml")
    verdicts = [(v.expected, v.number, v.fault) for v in run_examples([rule], now=NOON)]
    assert verdicts == [
        ("hit", 1, ""),
        ("hit", 2, "does not fire"),
        ("hit", 3, ""),
        ("hit", 4, "an example is a raw line, {raw, kind} or {shape, fields}"),
        ("miss", 1, "fires"),
        ("miss", 2, ""),
    ]
