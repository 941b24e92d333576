"""The report as plain display values in one language: what the HTML and PDF templates print.

Every text that came from a record has gone through `visible`; the templates escape the rest.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hinomi.core.words import ActionLevel, Disposition
from hinomi.pipeline.report.cards import (
    Example,
    FileLine,
    FindingCard,
    MachineCard,
    Page,
    SetAsideLine,
    WhyLine,
)
from hinomi.pipeline.report.tally import OTHER_MACHINES, by_urgency
from hinomi.pipeline.report.visible import visible, visible_block
from hinomi.pipeline.report.words import (
    ACTION,
    DETAIL_JA,
    DISPOSITION,
    MARK,
    PHRASES,
    SET_ASIDE,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from hinomi.core.findings import Why
    from hinomi.pipeline.report.tally import Group, Hit, Tally
    from hinomi.pipeline.report.words import Language

GROUPS_SHOWN = 400
FILES_SHOWN = 200
RAW_SHOWN = 3_000
WHYS_SHOWN = 12
# These say which kind of record it is, not what was wrong with it.
_ROUTE_FIELDS = frozenset(
    ("EventID", "Channel", "Provider_Name", "type", "subtype", "log_type", "program", "LogonType")
)


@dataclass(frozen=True, slots=True)
class Setting:
    """What a reader wants: language, zone, and the facts about the run itself."""

    language: Language
    zone: ZoneInfo
    made: datetime
    rules_used: int
    rules_refused: int
    rules_without_source: int
    titles_ja: Mapping[str, str]
    version: str


def build_page(tally: Tally, setting: Setting) -> Page:
    """Pure: equal tally and setting give an equal page."""
    words = PHRASES[setting.language]
    groups = by_urgency(list(tally.groups.values()))
    hidden = len(groups) - GROUPS_SHOWN
    faulty, fine = _files(tally, setting.language)
    hidden_files = tally.file_count - len(faulty) - len(fine)
    return Page(
        language=setting.language,
        words=words,
        title=words["title"],
        sentence=_sentence(tally, groups, words),
        notes=_notes(tally, setting),
        figures=_figures(tally, setting),
        made=_moment(setting.made, setting),
        zone=words["zone"].format(zone=zone_name(setting)),
        machines=_machines(groups[:GROUPS_SHOWN], setting),
        more_groups=words["more_groups"].format(count=hidden) if hidden > 0 else "",
        set_aside=_set_aside(tally, setting.language),
        faulty_files=faulty,
        files=fine,
        more_files=words["file_more"].format(count=f"{hidden_files:,}") if hidden_files > 0 else "",
        version=setting.version,
    )


def _sentence(tally: Tally, groups: Sequence[Group], words: Mapping[str, str]) -> str:
    numbers = {"files": f"{tally.file_count:,}", "records": f"{tally.records:,}"}
    if not tally.records:
        return words["empty"]
    if not groups:
        return words["nothing"].format(**numbers)
    found = words["found"].format(
        **numbers,
        machines=len({group.machine for group in groups}),
        kinds=len({group.rule.id for group in groups}),
    )
    urgent = {group.rule.id for group in groups if group.action is ActionLevel.NOW}
    return f"{found} {words['urgent'].format(kinds=len(urgent))}".strip() if urgent else found


def _notes(tally: Tally, setting: Setting) -> tuple[str, ...]:
    words = PHRASES[setting.language]
    notes = []
    if tally.records and not tally.groups:
        notes.append(words["nothing_note"])
    if unread := sum(tally.set_aside.values()):
        notes.append(words["unread"].format(count=f"{unread:,}"))
    if cut := sum(bool(note.problem) for note in tally.files.values()):
        notes.append(words["cut_files"].format(count=f"{cut:,}"))
    if waiting := setting.rules_without_source:
        notes.append(words["no_source"].format(count=f"{waiting:,}"))
    return tuple(notes)


def _figures(tally: Tally, setting: Setting) -> tuple[tuple[str, str], ...]:
    words = PHRASES[setting.language]
    rules = f"{setting.rules_used:,} {words['rules_unit']}".strip()
    figures = [
        (words["files"], f"{tally.file_count:,} {words['files_unit']}".strip()),
        (words["records"], f"{tally.records:,} {words['records_unit']}".strip()),
        (words["period"], period(tally, setting)),
        (words["rules"], rules),
    ]
    if unread := sum(tally.set_aside.values()):
        figures.append((words["not_read"], f"{unread:,} {words['records_unit']}".strip()))
    if setting.rules_refused:
        figures.append((words["refused_rules"], f"{setting.rules_refused:,}"))
    return tuple(figures)


def period(tally: Tally, setting: Setting) -> str:
    """First to last event time, in the reader's zone."""
    if tally.first is None or tally.last is None:
        return PHRASES[setting.language]["no_period"]
    return span(tally.first, tally.last, setting)


def span(first: datetime, last: datetime, setting: Setting) -> str:
    """`2026-11-20 09:40 – 09:43`: what is equal is said once."""
    start = _moment(first, setting)
    end = _moment(last, setting)
    if start == end:
        return start
    return f"{start} – {end[11:] if end[:10] == start[:10] else end}"


def zone_name(setting: Setting) -> str:
    """The name people know: 日本時間 rather than Asia/Tokyo."""
    if setting.zone.key == "Asia/Tokyo":
        return "日本時間（JST）" if setting.language == "ja" else "Japan time (JST)"
    return setting.zone.key


def _moment(moment: datetime, setting: Setting) -> str:
    return moment.astimezone(setting.zone).strftime("%Y-%m-%d %H:%M:%S")


def _machines(groups: Sequence[Group], setting: Setting) -> tuple[MachineCard, ...]:
    together: dict[str, list[Group]] = {}
    for group in groups:  # already by urgency, so the machines come out by urgency too
        together.setdefault(group.machine, []).append(group)
    return tuple(_machine(name, found, setting) for name, found in together.items())


def _machine(name: str, groups: Sequence[Group], setting: Setting) -> MachineCard:
    action = groups[0].action
    return MachineCard(
        name=machine_name(name, setting.language),
        action=action.value,
        action_word=ACTION[setting.language][action],
        mark=MARK[action],
        count=sum(group.count for group in groups),
        kinds=len(groups),
        when=span(
            min(group.first for group in groups), max(group.last for group in groups), setting
        ),
        findings=tuple(_finding(group, setting) for group in groups),
    )


def machine_name(name: str, language: Language) -> str:
    """Ready to print; records without a name and those beyond the cap have their own words."""
    if name == OTHER_MACHINES:
        return PHRASES[language]["other_machines"]
    return visible(name, limit=120) or PHRASES[language]["unknown_machine"]


def title_of(group: Group, setting: Setting) -> str:
    """The rule's Japanese name where it has one."""
    japanese = setting.titles_ja.get(group.rule.id, "") if setting.language == "ja" else ""
    return visible(japanese or group.rule.title, limit=200)


def _finding(group: Group, setting: Setting) -> FindingCard:
    rule, words = group.rule, PHRASES[setting.language]
    more = group.count - len(group.examples)
    return FindingCard(
        title=title_of(group, setting),
        rule_title=visible(rule.title, limit=200),
        rule_id=visible(rule.id),
        rule_level=rule.level.value,
        action=group.action.value,
        action_word=ACTION[setting.language][group.action],
        mark=MARK[group.action],
        machine=machine_name(group.machine, setting.language),
        users=visible(", ".join(group.users), limit=200),
        disposition=disposition_words(group, setting.language),
        count=group.count,
        when=span(group.first, group.last, setting),
        why_line=why_line(group.examples[0].finding.why, words, limit=160),
        description=visible(rule.description, limit=600),
        false_positives=visible(" / ".join(rule.falsepositives), limit=400),
        tags=visible(", ".join(rule.tags), limit=300),
        examples=tuple(_example(hit, setting) for hit in group.examples),
        more=words["more"].format(count=f"{more:,}") if more > 0 else "",
    )


def disposition_words(group: Group, language: Language) -> str:
    """`止めた 3・通した 1`: never a single word when the records disagree."""
    counts = [
        (DISPOSITION[language][disposition], count)
        for disposition, count in group.dispositions.most_common()
        if disposition is not Disposition.UNKNOWN
    ]
    if len(counts) == 1 and counts[0][1] == group.count:
        return counts[0][0]
    return "・".join(f"{word} {count}" for word, count in counts)


def why_line(why: Sequence[Why], words: Mapping[str, str], *, limit: int) -> str:
    """The telling reasons on one line, each field once."""
    said = {reason.field: reason for reason in why if reason.value}
    telling = [reason for name, reason in said.items() if name not in _ROUTE_FIELDS]
    chosen = telling or [reason for name, reason in said.items() if name == "EventID"]
    # The command says more than the path of the program that ran it.
    chosen = sorted(chosen or said.values(), key=lambda reason: reason.field.endswith("Image"))
    parts = []
    for reason in chosen:
        field = visible(reason.field, limit=60) or words["anywhere"]
        parts.append(f"{field} = {visible(reason.value, limit=max(20, limit - len(field) - 3))}")
    line = "  ".join(parts)
    return line if len(line) <= limit else line[: limit - 1] + "…"


def _example(hit: Hit, setting: Setting) -> Example:
    words = PHRASES[setting.language]
    finding = hit.finding
    return Example(
        place=words["record_of"].format(source=visible(hit.source), record=f"{hit.record:,}"),
        time=_moment(finding.event_time, setting),
        why=tuple(
            WhyLine(
                visible(reason.selection, limit=80),
                visible(reason.field, limit=80) or words["anywhere"],
                visible(reason.value, limit=400),
                visible(reason.pattern, limit=300),
            )
            for reason in finding.why[:WHYS_SHOWN]
        ),
        raw=raw_text(finding.evidence[0].raw if finding.evidence else b""),
    )


def raw_text(raw: bytes) -> str:
    """The record as text, whatever its encoding, cut and made harmless."""
    for encoding in ("utf-8-sig", "cp932"):
        try:
            return visible_block(raw.decode(encoding), limit=RAW_SHOWN)
        except UnicodeDecodeError:
            continue
    return visible_block(raw.decode("latin-1"), limit=RAW_SHOWN)


def _files(tally: Tally, language: Language) -> tuple[tuple[FileLine, ...], tuple[FileLine, ...]]:
    """Those with trouble and those without: trouble must not hide behind hundreds of others."""
    notes = sorted(tally.files.values(), key=lambda note: note.path)
    lines = [
        FileLine(
            visible(note.path), note.records, note.set_aside, detail_words(note.problem, language)
        )
        for note in notes
    ]
    faulty = [line for line in lines if line.problem or line.set_aside]
    fine = [line for line in lines if not (line.problem or line.set_aside)]
    return tuple(faulty[:FILES_SHOWN]), tuple(fine[:FILES_SHOWN])


def _set_aside(tally: Tally, language: Language) -> tuple[SetAsideLine, ...]:
    words = PHRASES[language]
    lines = []
    for reason, count in tally.set_aside.most_common():
        source, record, detail = tally.set_aside_example[reason]
        place = words["record_of"].format(source=visible(source), record=f"{record:,}")
        said = detail_words(detail, language)
        shown = f"{place} ({said})" if said else place
        lines.append(SetAsideLine(SET_ASIDE[language][reason], count, shown))
    return tuple(lines)


def detail_words(detail: str, language: Language) -> str:
    """What a reader said of a file or record, in the page's language where we have the words."""
    if language == "ja":
        for pattern, japanese in DETAIL_JA:
            detail = re.sub(pattern, japanese, detail)
    return visible(detail, limit=300)
