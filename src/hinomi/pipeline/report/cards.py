"""The parts of a scan report page: plain values, ready to print, nothing left to decide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class WhyLine:
    """One reason, ready to print."""

    selection: str
    field: str
    value: str
    pattern: str


@dataclass(frozen=True, slots=True)
class Example:
    """One record of a finding."""

    place: str
    time: str
    why: tuple[WhyLine, ...]
    raw: str


@dataclass(frozen=True, slots=True)
class FindingCard:
    """One rule on one machine."""

    title: str
    rule_title: str
    rule_id: str
    rule_level: str
    action: str
    action_word: str
    mark: str
    machine: str
    users: str
    disposition: str
    count: int
    when: str
    why_line: str
    description: str
    false_positives: str
    tags: str
    examples: tuple[Example, ...]
    more: str


@dataclass(frozen=True, slots=True)
class MachineCard:
    """All findings of one machine."""

    name: str
    action: str
    action_word: str
    mark: str
    count: int
    kinds: int
    when: str
    findings: tuple[FindingCard, ...]


@dataclass(frozen=True, slots=True)
class FileLine:
    """One file that was read."""

    path: str
    records: int
    set_aside: int
    problem: str


@dataclass(frozen=True, slots=True)
class SetAsideLine:
    """One reason why records were not read."""

    reason: str
    count: int
    example: str


@dataclass(frozen=True, slots=True)
class Page:
    """The whole report."""

    language: str
    words: Mapping[str, str]
    title: str
    sentence: str
    notes: tuple[str, ...]
    figures: tuple[tuple[str, str], ...]
    made: str
    zone: str
    machines: tuple[MachineCard, ...]
    more_groups: str
    set_aside: tuple[SetAsideLine, ...]
    faulty_files: tuple[FileLine, ...]
    files: tuple[FileLine, ...]
    more_files: str
    version: str
