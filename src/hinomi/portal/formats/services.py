"""Teaching: a draft from lines, and what a person corrects in it. One transaction each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from django.db import transaction

from hinomi.core.errors import HinomiError, NotThisFormat, UsageError
from hinomi.core.records import Event
from hinomi.normalise.learn import (
    columns_of_lines,
    is_heading,
    line_of,
    pieces_of,
    propose,
    with_meanings,
    with_part,
    without_part,
)
from hinomi.normalise.learned import (
    TIME_ROLE,
    Definition,
    Field,
    Judgement,
    Layout,
    Time,
    check,
    coverage,
    prove,
    read_definition,
    write_definition,
)
from hinomi.portal.access import audit
from hinomi.portal.formats.models import FormatDraft, FormatVersion, TaughtFormat

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hinomi.core.words import Disposition, ThreatKind
    from hinomi.portal.accounts.models import User

_TAUGHT = "taught"


class NothingLearned(HinomiError):
    """There is nothing in these lines to learn from."""


class NoName(UsageError):
    """A part was chosen, but not what it is."""


class NotReady(HinomiError):
    """The draft cannot be used yet; `words_ja` says what is missing."""

    def __init__(self, words_ja: str) -> None:
        super().__init__(words_ja)
        self.words_ja = words_ja


@transaction.atomic
def begin(
    *,
    firm_id: str,
    name: str,
    lines: Sequence[str],
    user: User | None,
    company_id: str | None = None,
) -> FormatDraft:
    """A draft with a proposal. Raises NothingLearned."""
    try:
        proposal = propose(lines, name=name)
        check(proposal)
        lines = [line for line in lines if not is_heading(proposal, line)]
    except (NotThisFormat, HinomiError) as error:
        raise NothingLearned(error.message) from error
    return _draft(firm_id, name, lines, proposal, user, company_id=company_id)


@transaction.atomic
def bring(*, firm_id: str, raw: bytes, user: User | None) -> FormatDraft:
    """A draft from an exported file, whose words a person confirms here again. Raises
    DefinitionRefused, or NotReady when the file does not hold its own tests."""
    found = read_definition(raw)
    faults = prove(found)
    if faults:
        raise NotReady(
            f"ファイルの中の確かめの行が、書いてあるとおりに読めません（{faults[0].test}件目）。"
        )
    lines = [example.line for example in found.tests]
    if not lines:
        raise NotReady(
            "ファイルの中に、確かめの行がありません。行の入ったファイルを選んでください。"
        )
    found = msgspec.structs.replace(found, is_confirmed=False)
    return _draft(firm_id, found.name, lines, found, user)


@transaction.atomic
def edit(*, format: TaughtFormat, user: User | None) -> FormatDraft:
    """A draft of the next version, with the lines of the present one's tests."""
    version = FormatVersion.objects.of_firm(format.firm_id).get(format=format, place=format.version)
    found = read_definition(version.definition)
    lines = [example.line for example in found.tests]
    return _draft(format.firm_id, format.name, lines, found, user, format=format)


@transaction.atomic
def add_lines(*, draft: FormatDraft, lines: Sequence[str]) -> None:
    """More lines to look at; what was corrected stays."""
    draft.lines = list(dict.fromkeys([*draft.lines, *lines]))[:500]
    draft.save(update_fields=["lines"])


@transaction.atomic
def propose_again(*, draft: FormatDraft) -> int:
    """Layouts for the lines that nothing reads yet, after those there are; how many came."""
    found = read_definition(draft.definition)
    events, _ = coverage(found, draft.lines)
    unread = [
        line
        for line, event in zip(draft.lines, events, strict=True)
        if not isinstance(event, Event)
    ]
    try:
        more = propose(unread, name=draft.name)
    except NotThisFormat:
        return 0
    taken = {layout.id for layout in found.layouts}
    layouts = [msgspec.structs.replace(each, id=_free_id(each.id, taken)) for each in more.layouts]
    named = {field.name for field in found.fields}
    fields = (*found.fields, *(each for each in more.fields if each.name not in named))
    _save(draft, msgspec.structs.replace(found, layouts=(*found.layouts, *layouts), fields=fields))
    return len(layouts)


@transaction.atomic
def set_fields(*, draft: FormatDraft, roles: Mapping[str, str]) -> None:
    """What each field is. Words and verdicts are proposed anew for the fields as they are now."""
    found = read_definition(draft.definition)
    chosen = {name: role for name, role in roles.items() if role}
    times = tuple(name for name, role in chosen.items() if role == TIME_ROLE)
    time = found.time if set(times) == set(found.time.fields) else Time(times)
    fields = tuple(Field(name, role) for name, role in chosen.items())
    made = msgspec.structs.replace(found, fields=fields, time=time)
    _save(draft, with_meanings(made, columns_of_lines(made, draft.lines)))


@transaction.atomic
def point(*, draft: FormatDraft, place: int, chosen: Sequence[int], role: str, label: str) -> None:
    """The chosen pieces of one line become a part with this role or name. Raises UsageError."""
    found = read_definition(draft.definition)
    body = body_of(draft.lines[place])
    layout = sentence_of(found, draft.lines[place])
    pieces = pieces_of(body, layout.template if layout else "")
    inside = [pieces[at] for at in chosen if 0 <= at < len(pieces)]
    name = label.strip() or ("日時" if role == TIME_ROLE else role)
    if not name:
        raise NoName("No name was given.", advice="Choose what it is, or write a name.")
    template = with_part(body, layout.template if layout else "", pieces=inside, name=name)
    _put_template(draft, found, layout, template, name=name, role=role)


@transaction.atomic
def unpoint(*, draft: FormatDraft, place: int, name: str) -> None:
    """This part of the line is fixed text again."""
    found = read_definition(draft.definition)
    layout = sentence_of(found, draft.lines[place])
    if layout is None:
        return
    template = without_part(body_of(draft.lines[place]), layout.template, name=name)
    _put_template(draft, found, layout, template, name="", role="")


@transaction.atomic
def set_meaning(
    *,
    draft: FormatDraft,
    time: Time,
    deeds: Mapping[tuple[str, str], Disposition],
    sentences: Mapping[str, tuple[Disposition, ThreatKind | None]],
    judgements: Sequence[Judgement],
) -> None:
    """What a person says the device's words mean. Raises DefinitionRefused (a time pattern)."""
    found = read_definition(draft.definition)
    outcomes = tuple(
        msgspec.structs.replace(
            each,
            values={
                value: deeds.get((each.field, value), said) for value, said in each.values.items()
            },
        )
        for each in found.dispositions
    )
    layouts = tuple(
        msgspec.structs.replace(
            each, disposition=sentences[each.id][0], verdict=sentences[each.id][1]
        )
        if each.id in sentences
        else each
        for each in found.layouts
    )
    made = msgspec.structs.replace(
        found,
        time=time,
        dispositions=outcomes,
        layouts=layouts,
        verdicts=tuple(judgements),
        is_confirmed=True,
    )
    check(made)
    draft.is_meaning_seen = True
    draft.definition = write_definition(made)
    draft.save(update_fields=["definition", "is_meaning_seen"])


@transaction.atomic
def drop(*, draft: FormatDraft) -> None:
    """The draft and its lines are gone."""
    draft.delete()


def body_of(line: str) -> str:
    """The part of a line that a sentence's template is about."""
    return line_of(line).header.body.strip()


def sentence_of(definition: Definition, line: str) -> Layout | None:
    """The sentence that reads this line, if one does."""
    from hinomi.normalise.learned.build import read_native

    try:
        layout = read_native(definition, line_of(line)).layout
    except NotThisFormat:
        return None
    return layout if layout.kind == "sentence" else None


def _put_template(
    draft: FormatDraft,
    found: Definition,
    layout: Layout | None,
    template: str,
    *,
    name: str,
    role: str,
) -> None:
    """The line's sentence gets this template; a line that nothing reads gets one of its own, which
    is tried before all others."""
    if layout is None:
        id = _free_id(_TAUGHT, {each.id for each in found.layouts})
        made = Layout(kind="sentence", id=id, template=template)
        layouts = (made, *found.layouts)
    else:
        layouts = tuple(
            msgspec.structs.replace(each, template=template) if each.id == layout.id else each
            for each in found.layouts
        )
    fields = {field.name: field.role for field in found.fields}
    if name:
        fields.pop(name, None)
        fields |= {name: role} if role else {}
    times = found.time.fields
    if role == TIME_ROLE and name not in times:
        times = (*times, name)
    changed = msgspec.structs.replace(
        found,
        layouts=layouts,
        fields=tuple(Field(each, what) for each, what in fields.items()),
        time=msgspec.structs.replace(found.time, fields=times),
    )
    check(changed)
    _save(draft, with_meanings(changed, columns_of_lines(changed, draft.lines)))


def _free_id(wanted: str, taken: set[str]) -> str:
    made, number = wanted, 2
    while made in taken:
        made, number = f"{wanted}-{number}", number + 1
    taken.add(made)
    return made


def _save(draft: FormatDraft, definition: Definition) -> None:
    """A changed draft: what was confirmed before was about other fields."""
    check(definition)
    draft.definition = write_definition(definition)
    draft.is_meaning_seen = False
    draft.save(update_fields=["definition", "is_meaning_seen"])


def _draft(
    firm_id: str,
    name: str,
    lines: Sequence[str],
    definition: Definition,
    user: User | None,
    *,
    company_id: str | None = None,
    format: TaughtFormat | None = None,
) -> FormatDraft:
    bare = msgspec.structs.replace(definition, tests=())
    draft = FormatDraft(
        firm_id=firm_id,
        format=format,
        organisation_id=company_id,
        name=name,
        lines=list(lines),
        definition=write_definition(bare),
        made_by=user,
    )
    draft.save(force_insert=True)
    audit.record(
        what="formats:draft:begin",
        user_id=user.pk if user else None,
        firm_id=firm_id,
        organisation_id=company_id,
        draft=draft.pk,
    )
    return draft
