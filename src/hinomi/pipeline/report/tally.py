"""What a scan found, counted as it goes: one group per rule and machine, a few examples each.

Memory is bounded by the caps below, however many records or hostile machine names come.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from hinomi.core.words import ActionLevel, Disposition, SetAsideReason
from hinomi.triage.decide import COUNT_NEEDED
from hinomi.triage.judge import is_one_of_many, judge

if TYPE_CHECKING:
    from datetime import datetime

    from hinomi.core.findings import Finding
    from hinomi.core.records import SetAside
    from hinomi.detect import Rule
    from hinomi.detect.correlate import Correlation

EXAMPLES_KEPT = 3
GROUPS_KEPT = 5_000
USERS_KEPT = 5
FILES_KEPT = 2_000
OTHER_MACHINES = "\0other"  # no record can name its machine so: visible() spells NUL out


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule fired on record number `record` of `source` (a path, or archive!member)."""

    source: str
    record: int
    rule: Rule | Correlation
    finding: Finding
    shape: str = ""


@dataclass(slots=True)
class Group:
    """All hits of one rule on one machine."""

    rule: Rule | Correlation
    machine: str
    first: datetime
    last: datetime
    action: ActionLevel
    count: int = 0
    users: list[str] = field(default_factory=list)
    dispositions: Counter[Disposition] = field(default_factory=Counter)
    examples: list[Hit] = field(default_factory=list)

    def add(self, hit: Hit) -> None:
        """Count it, and keep it while examples are wanted."""
        finding = hit.finding
        self.count += 1
        self.first = min(self.first, finding.event_time)
        self.last = max(self.last, finding.event_time)
        self.dispositions[finding.disposition] += 1
        wanted = action_of(finding, count=self.count)
        self.action = max(self.action, wanted, key=lambda level: level.urgency)
        if finding.user and len(self.users) < USERS_KEPT and finding.user not in self.users:
            self.users.append(finding.user)
        if len(self.examples) < EXAMPLES_KEPT:
            self.examples.append(hit)


@dataclass(slots=True)
class FileNote:
    """One file read: how many records, how many of them not, and why it ended early ("" if not)."""

    path: str
    records: int = 0
    set_aside: int = 0
    problem: str = ""


@dataclass(slots=True)
class Tally:
    """Everything a report shows. Feed it in the order of reading."""

    groups: dict[tuple[str, str], Group] = field(default_factory=dict)
    files: dict[str, FileNote] = field(default_factory=dict)
    set_aside: Counter[SetAsideReason] = field(default_factory=Counter)
    set_aside_example: dict[SetAsideReason, tuple[str, int, str]] = field(default_factory=dict)
    file_count: int = 0
    records: int = 0
    hits: int = 0
    first: datetime | None = None
    last: datetime | None = None
    _present: FileNote | None = None

    @property
    def has_problem(self) -> bool:
        """A file that could not be read to its end."""
        return any(note.problem for note in self.files.values())

    def add_record(self, source: str, moment: datetime | None) -> None:
        """A readable record; `moment` None when it states no time."""
        self.records += 1
        self._note(source).records += 1
        if moment is not None:
            self._span(moment)

    def add_set_aside(self, source: str, record: int, note: SetAside) -> None:
        """A record that could not be read."""
        self._note(source).set_aside += 1
        self.set_aside[note.reason] += 1
        self.set_aside_example.setdefault(note.reason, (source, record, note.detail))

    def add_problem(self, source: str, reason: str) -> None:
        """The file as a whole, or its rest, could not be read."""
        self._note(source).problem = reason

    def add_counts(self, later: Tally) -> None:
        """What another process counted of what comes next in the order of reading; no hits."""
        for note in later.files.values():
            mine = self._note(note.path)
            mine.records += note.records
            mine.set_aside += note.set_aside
            mine.problem = mine.problem or note.problem
        self.records += later.records
        self.set_aside += later.set_aside
        for reason, example in later.set_aside_example.items():
            self.set_aside_example.setdefault(reason, example)
        for moment in filter(None, (later.first, later.last)):
            self._span(moment)

    def add_hit(self, hit: Hit) -> None:
        """A rule fired."""
        self.hits += 1
        finding = hit.finding
        machine = finding.device
        if (hit.rule.id, machine) not in self.groups and len(self.groups) >= GROUPS_KEPT:
            machine = OTHER_MACHINES
        group = self.groups.get((hit.rule.id, machine))
        if group is None:
            group = Group(
                hit.rule,
                machine,
                finding.event_time,
                finding.event_time,
                action_of(finding, count=1),
            )
            self.groups[hit.rule.id, machine] = group
        group.add(hit)

    def _span(self, moment: datetime) -> None:
        if self.first is None or moment < self.first:
            self.first = moment
        if self.last is None or moment > self.last:
            self.last = moment

    def _note(self, source: str) -> FileNote:
        """The file being read; of very many, the later ones are counted but not kept."""
        note = self._present
        if note is None or note.path != source:
            note = self.files.get(source)
        if note is None:
            note = FileNote(source)
            self.file_count += 1
            if len(self.files) < FILES_KEPT:
                self.files[source] = note
        self._present = note
        return note


def action_of(finding: Finding, *, count: int) -> ActionLevel:
    """What the `count`th hit asks of a person, by the same law as the incidents of the portal.

    Only lateness is left out: old records are what a scan is for.
    """
    level = judge(replace(finding, late=False)).level
    if is_one_of_many(finding, kind=finding.case) and count < COUNT_NEEDED:
        return min(level, ActionLevel.CHECK, key=lambda wanted: wanted.urgency)
    return level


def by_urgency(groups: list[Group]) -> list[Group]:
    """Most urgent first; then the rule's level, the newest, and the name, so that runs agree."""
    return sorted(
        groups,
        key=lambda group: (
            -group.action.urgency,
            -group.rule.level.rank,
            -group.last.timestamp(),
            group.rule.title,
            group.machine,
        ),
    )
