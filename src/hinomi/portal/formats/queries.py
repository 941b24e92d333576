"""What the screens about formats show. Reads inside a scope; texts of lines are made visible."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hinomi.core.records import Event
from hinomi.normalise.learn import Column, columns_of_lines, pieces_of, spans_of
from hinomi.normalise.learned import TIME_ROLE, coverage, read_definition
from hinomi.normalise.learned.shape import LAYOUT_FIELD
from hinomi.normalise.learned.template import Slot, read_template
from hinomi.portal.formats.models import FormatDraft, FormatVersion, TaughtFormat
from hinomi.portal.formats.services import body_of, sentence_of
from hinomi.portal.formats.versions import sources_of
from hinomi.portal.formats.words import DEEDS, NOTATIONS, ROLE_WORDS, THREATS, part_of
from hinomi.portal.sources.models import Source
from hinomi.portal.ui.visible import visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from hinomi.normalise.learned import Definition, Layout
    from hinomi.portal.access.owned import ScopedQuerySet
    from hinomi.portal.access.scope import Scope

MOST_SHOWN = 40
_MOST_FIELDS = 80
_MOST_VALUES = 3


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a line: marked when a field stands there, `word` says which."""

    text: str
    mark: str = ""
    word: str = ""


@dataclass(frozen=True, slots=True)
class LineRow:
    """One sample line with what it gives."""

    place: int
    is_read: bool
    parts: tuple[Part, ...]
    at: datetime | None
    facts: tuple[tuple[str, str], ...]
    deed: str
    threat: str


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One field of the sample with some of its values."""

    name: str
    shown: str
    role: str
    values: tuple[str, ...]
    count: int


@dataclass(frozen=True, slots=True)
class DraftView:
    """The draft's page."""

    percent: int
    read: int
    total: int
    lines: tuple[LineRow, ...]
    fields: tuple[FieldRow, ...]
    notations: str
    has_unread: bool
    single: int


@dataclass(frozen=True, slots=True)
class Choice:
    """One question on the page of meanings: what does this word, or this sentence, say?"""

    key: str
    label: str
    count: int
    deed: str
    threat: str = ""


def formats(scope: Scope) -> ScopedQuerySet[TaughtFormat]:
    """The firm's formats, those in use first."""
    return TaughtFormat.objects.within(scope).order_by("retired_at", "name", "id")


def drafts(scope: Scope) -> ScopedQuerySet[FormatDraft]:
    """What is in the making, newest first."""
    return FormatDraft.objects.within(scope).select_related("made_by").order_by("-made_at", "-id")


def versions(format: TaughtFormat) -> list[FormatVersion]:
    """All versions, newest first."""
    rows = FormatVersion.objects.of_firm(format.firm_id).filter(format=format)
    return list(rows.select_related("made_by"))


def used_by(format: TaughtFormat, scope: Scope) -> list[Source]:
    """The sources in the scope that are read with it."""
    return list(sources_of(format).within(scope).select_related("organisation").order_by("id"))


def may_use_it(format: TaughtFormat, scope: Scope) -> list[Source]:
    """Sources of companies in the scope that could be read with it."""
    rows = Source.objects.within(scope).filter(revoked_at=None).exclude(kind=format.kind)
    return list(rows.select_related("organisation").order_by("organisation__name", "name")[:500])


def draft_view(draft: FormatDraft) -> DraftView:
    """What the draft reads, lines that are not read first."""
    found = read_definition(draft.definition)
    events, percent = coverage(found, draft.lines)
    rows = [
        _line(place, line, event, found)
        for place, (line, event) in enumerate(zip(draft.lines, events, strict=True))
    ]
    shown = sorted(rows, key=lambda row: row.is_read)[:MOST_SHOWN]
    read = sum(row.is_read for row in rows)
    return DraftView(
        percent=percent,
        read=read,
        total=len(rows),
        lines=tuple(shown),
        fields=tuple(_fields(found, columns_of_lines(found, draft.lines))),
        notations="、".join(dict.fromkeys(NOTATIONS[each.kind] for each in found.layouts)),
        has_unread=read < len(rows),
        single=_single(found, events),
    )


def _single(found: Definition, events: Sequence[object]) -> int:
    """How many sentences rest on one line only: what differs there is a guess."""
    used = Counter(event.fields[LAYOUT_FIELD] for event in events if isinstance(event, Event))
    return sum(used[each.id] == 1 for each in found.layouts if each.kind == "sentence")


def _shown_template(template: str) -> str:
    """The sentence with its slots in words."""
    parts = read_template(template).parts
    return visible(
        "".join(
            f"［{_word(part.name)}］" if isinstance(part, Slot) else part.text for part in parts
        )
    )


def _word(name: str) -> str:
    """A role's word for names that are roles; a device's own name as it is."""
    return ROLE_WORDS.get(name, visible(name))


def _line(place: int, line: str, event: object, found: Definition) -> LineRow:
    if not isinstance(event, Event):
        return LineRow(place, False, (Part(visible(line)),), None, (), "", "")
    roles = {field.name: field.role for field in found.fields}
    facts = tuple(
        (word, visible(event.fields[role]))
        for role, word in ROLE_WORDS.items()
        if role != TIME_ROLE and event.fields.get(role)
    )
    return LineRow(
        place=place,
        is_read=True,
        parts=tuple(_parts(line, event, found, roles)),
        at=event.event_time if event.event_time != event.receive_time else None,
        facts=facts,
        deed=DEEDS[event.disposition] if event.fields.get("verdict.kind") else "",
        threat=THREATS.get(event.fields.get("verdict.kind", ""), ""),
    )


def _parts(line: str, event: Event, found: Definition, roles: Mapping[str, str]) -> list[Part]:
    """The line with its fields marked: a sentence by its slots, others where the values stand."""
    layout = sentence_of(found, line)
    if layout is not None:
        start = line.find(body_of(line))
        spans = [
            (name, left + start, right + start)
            for name, left, right in spans_of(body_of(line), layout.template)
        ]
    else:
        spans = _found_in(line, event, roles)
    parts, place = [], 0
    for name, left, right in spans:
        if left < place:
            continue
        parts.append(Part(visible(line[place:left])))
        role = roles.get(name, name)
        word = ROLE_WORDS.get(role, visible(name))
        parts.append(Part(visible(line[left:right]), part_of(role), word))
        place = right
    parts.append(Part(visible(line[place:])))
    return [part for part in parts if part.text]


def _found_in(line: str, event: Event, roles: Mapping[str, str]) -> list[tuple[str, int, int]]:
    spans: list[tuple[str, int, int]] = []
    for name, value in event.fields.items():
        if name not in roles or not value:
            continue
        place = line.find(name)
        left = line.find(value, max(place, 0))
        left = left if left >= 0 else line.find(value)
        if left >= 0:
            spans.append((name, left, left + len(value)))
    return sorted(spans, key=lambda span: (span[1], -span[2]))


def _fields(found: Definition, columns: Mapping[str, Column]) -> list[FieldRow]:
    """Fields with a role first; then the others, most filled first."""
    roles = {field.name: field.role for field in found.fields}
    rows = [
        FieldRow(
            name=name,
            shown=_word(name),
            role=roles.get(name, ""),
            values=tuple(visible(value)[:60] for value, _ in column.commonest[:_MOST_VALUES]),
            count=len(column.values),
        )
        for name, column in columns.items()
        if name != "message"
    ]
    rows.sort(key=lambda row: (not row.role, -row.count))
    return rows[:_MOST_FIELDS]


def pieces(
    draft: FormatDraft, place: int
) -> tuple[str, list[tuple[int, Part]], list[tuple[str, str]]]:
    """For pointing: the line's body, its pieces with their numbers, and the parts there are."""
    line = draft.lines[place]
    found = read_definition(draft.definition)
    roles = {field.name: field.role for field in found.fields}
    layout = sentence_of(found, line)
    template = layout.template if layout else ""
    body = body_of(line)
    shown = []
    for number, piece in enumerate(pieces_of(body, template)):
        if not piece.text.strip():
            continue
        role = roles.get(piece.name, piece.name)
        mark = part_of(role) if piece.name else ""
        word = ROLE_WORDS.get(role, visible(piece.name))
        shown.append((number, Part(visible(piece.text), mark, word)))
    named = [
        (name, ROLE_WORDS.get(roles.get(name, name), visible(name)))
        for name, _, _ in spans_of(body, template)
    ]
    return visible(body), shown, named


def is_pointable(draft: FormatDraft, place: int) -> bool:
    """Lines that are sentences, or that nothing reads, are corrected by pointing; in all others
    the names are given in the table of fields."""
    line = draft.lines[place]
    found = read_definition(draft.definition)
    if sentence_of(found, line) is not None:
        return True
    return not any(isinstance(event, Event) for event in coverage(found, [line])[0])


def word_choices(draft: FormatDraft) -> list[tuple[str, list[Choice]]]:
    """Per field that says what was done: its values with the present answer."""
    found = read_definition(draft.definition)
    columns = columns_of_lines(found, draft.lines)
    listed = []
    for number, outcomes in enumerate(found.dispositions):
        counts = dict(columns[outcomes.field].commonest) if outcomes.field in columns else {}
        listed.append(
            (
                _word(outcomes.field),
                [
                    Choice(f"d-{number}-{at}", visible(value), counts.get(value, 0), said.value)
                    for at, (value, said) in enumerate(outcomes.values.items())
                ],
            )
        )
    return listed


def sentence_choices(draft: FormatDraft) -> list[Choice]:
    """Per way of writing: what was done and what it was."""
    found = read_definition(draft.definition)
    return [
        Choice(f"s-{number}", _written(each), 0, each.disposition.value, each.verdict or "")
        for number, each in enumerate(found.layouts)
    ]


def _written(layout: Layout) -> str:
    """A sentence as it stands; other lines by their notation and what tells them apart."""
    if layout.kind == "sentence":
        return _shown_template(layout.template)[:300]
    where = "、".join(f"{visible(name)}が{visible(value)}" for name, value in layout.where.items())
    return NOTATIONS[layout.kind] + (f"（{where}）" if where else "") + "の行すべて"


def threat_choices(draft: FormatDraft) -> list[Choice]:
    """Per row of verdicts: which values of which field are what."""
    found = read_definition(draft.definition)
    return [
        Choice(f"v-{number}", _judgement(each.field, each.values), 0, "", each.kind.value)
        for number, each in enumerate(found.verdicts)
    ]


def _judgement(field: str, values: Sequence[str]) -> str:
    if not values:
        return f"「{_word(field)}」に何か書いてあるとき"
    return f"「{_word(field)}」が " + "、".join(visible(value)[:40] for value in values[:8])
