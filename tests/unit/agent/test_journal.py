"""Sign-ins from the journal: each line once, from the cursor that is safe."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from hinomi.agent.journal import JournalCollector

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass
class Journal:
    """journalctl as far as it matters: lines, and a cursor file that it moves on."""

    lines: list[str] = field(default_factory=list)
    asked: list[Sequence[str]] = field(default_factory=list)
    is_there: bool = True

    def __call__(self, command: Sequence[str]) -> bytes | None:
        self.asked.append(command)
        if not self.is_there:
            return None
        option = next(word for word in command if word.startswith("--cursor-file="))
        cursor = Path(option.partition("=")[2])
        has_place = cursor.exists() and cursor.read_text()
        start = int(cursor.read_text()) if has_place else 0
        assert bool(has_place) != any(word.startswith("--since=@") for word in command)
        if self.lines[start:]:
            cursor.write_text(str(len(self.lines)))
        return "".join(f"{line}\n" for line in self.lines[start:]).encode()


class Clock:
    now = 1_795_165_200.0

    def __call__(self) -> float:
        self.now += 60
        return self.now


def _collector(journal: Journal, tmp_path: Path) -> JournalCollector:
    return JournalCollector(places=tmp_path / "journal.cursor", ask=journal, wall=Clock())


def test_each_line_comes_once(tmp_path: Path) -> None:
    journal = Journal()
    collector = _collector(journal, tmp_path)
    assert collector.read() == []
    journal.lines += ["a sshd[1]: one", "a sshd[1]: two"]
    assert [told.body for told in collector.read()] == [b"a sshd[1]: one", b"a sshd[1]: two"]
    journal.lines.append("a sshd[1]: three")
    assert [told.body for told in collector.read()] == [b"a sshd[1]: three"]


def test_lines_that_did_not_reach_the_spool_come_again(tmp_path: Path) -> None:
    journal = Journal(["a sshd[1]: one"])
    collector = _collector(journal, tmp_path)
    collector.read()
    collector.keep_place()
    journal.lines.append("a sshd[1]: two")
    collector.read()  # and the agent dies here
    again = _collector(journal, tmp_path)
    assert [told.body for told in again.read()] == [b"a sshd[1]: two"]


def test_a_journal_that_does_not_answer_is_said_and_asked_again(tmp_path: Path) -> None:
    journal = Journal(["a sshd[1]: one"], is_there=False)
    collector = _collector(journal, tmp_path)
    assert collector.read() == []
    assert collector.broken()
    journal.is_there = True
    assert len(collector.read()) == 1
    assert collector.broken() == []


def test_it_is_not_asked_more_often_than_each_quarter_of_a_minute(tmp_path: Path) -> None:
    journal = Journal()
    collector = JournalCollector(places=tmp_path / "c", ask=journal, wall=lambda: 1_795_165_200.0)
    for _ in range(100):
        collector.read()
    assert len(journal.asked) == 1


def test_a_line_is_never_taken_for_a_record_of_ours(tmp_path: Path) -> None:
    journal = Journal(['{"hinomi":"goodbye","reason":"off"}', "-- No entries --"])
    assert _collector(journal, tmp_path).read() == []
