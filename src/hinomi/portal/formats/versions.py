"""Formats in use: start a draft's version, go back to an old one, give it to a source, take it out.
One transaction each, with its audit entry; the data path knows a second later."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

import msgspec
from django.db import transaction

from hinomi.core.errors import HinomiError
from hinomi.core.records import Event
from hinomi.normalise.anonymise import anonymise_lines
from hinomi.normalise.learned import (
    check,
    coverage,
    examples_of,
    prove,
    read_definition,
    write_definition,
)
from hinomi.portal.access import audit
from hinomi.portal.access.time import now
from hinomi.portal.formats.models import FormatVersion, TaughtFormat
from hinomi.portal.formats.services import NotReady
from hinomi.portal.organisations.services import mark_directory_changed
from hinomi.portal.sources.models import Source
from hinomi.portal.sources.services import change_kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hinomi.portal.access.owned import ScopedQuerySet
    from hinomi.portal.accounts.models import User
    from hinomi.portal.formats.models import FormatDraft

_MOST_TESTS = 60


class StillUsed(HinomiError):
    """Sources are still read with this format."""


@transaction.atomic
def start(*, draft: FormatDraft, user: User | None) -> TaughtFormat:
    """Use the draft: its version is published, with tests made from anonymised lines. Raises
    NotReady."""
    if not draft.is_meaning_seen:
        raise NotReady("機器のことばの意味を、まだ確かめていません。")
    found = read_definition(draft.definition)
    events, percent = coverage(found, draft.lines)
    if not percent:
        raise NotReady("読める行がありません。行を直してから、使い始めてください。")
    tests = examples_of(found, _chosen(draft.lines, events))
    made = msgspec.structs.replace(found, name=draft.name, tests=tests, is_confirmed=True)
    check(made)
    format = draft.format or _named(draft)
    _add_version(format, name=draft.name, definition=write_definition(made), user=user)
    draft.delete()
    return format


@transaction.atomic
def take_in(*, firm_id: str, raw: bytes, path: str, says_confirmed: bool) -> TaughtFormat:
    """A file's format in use for the firm, as a new version where one of its name is. Said twice it
    changes nothing. Raises DefinitionRefused, or NotReady when its own tests fail."""
    found = read_definition(raw, path=path)
    if faults := prove(found):
        raise NotReady(f"Test {faults[0].test} of the file does not give what it says.")
    if says_confirmed and not found.is_confirmed:
        found = msgspec.structs.replace(found, is_confirmed=True)
        lines = [example.line for example in found.tests]
        found = msgspec.structs.replace(found, tests=examples_of(found, lines))
    text = write_definition(found)
    live = TaughtFormat.objects.of_firm(firm_id).filter(retired_at=None, name=found.name).first()
    if live is None:
        live = TaughtFormat.objects.create(firm_id=firm_id, name=found.name, version=0)
    present = FormatVersion.objects.of_firm(firm_id).filter(format=live, place=live.version).first()
    if present is None or present.definition != text:
        _add_version(live, name=found.name, definition=text, user=None)
    return live


def _add_version(format: TaughtFormat, *, name: str, definition: str, user: User | None) -> None:
    place = _next_place(format)
    FormatVersion.objects.create(format=format, place=place, definition=definition, made_by=user)
    format.version, format.name = place, name
    format.save(update_fields=["version", "name"])
    _note("start", format, user, version=place)
    mark_directory_changed()


@transaction.atomic
def roll_back(*, format: TaughtFormat, place: int, user: User | None) -> None:
    """An old version is used again, as a new one: the history says so."""
    old = FormatVersion.objects.of_firm(format.firm_id).get(format=format, place=place)
    made = _next_place(format)
    FormatVersion.objects.create(
        format=format, place=made, definition=old.definition, made_by=user, from_place=place
    )
    format.version = made
    format.save(update_fields=["version"])
    _note("roll_back", format, user, version=made, to=place)
    mark_directory_changed()


@transaction.atomic
def use_for(*, format: TaughtFormat, source: Source, user: User | None) -> None:
    """The source's records are read with this format from now on."""
    change_kind(source=source, kind=format.kind, user_id=user.pk if user else None)


@transaction.atomic
def retire(*, format: TaughtFormat, user: User | None) -> None:
    """Take it out of use. Raises StillUsed."""
    if sources_of(format).exists():
        raise StillUsed("Sources are read with this format.")
    format.retired_at = now()
    format.save(update_fields=["retired_at"])
    format.drafts.all().delete()
    _note("retire", format, user)
    mark_directory_changed()


def sources_of(format: TaughtFormat) -> ScopedQuerySet[Source]:
    """The live sources that are read with it, of whatever company of the firm."""
    return Source.objects.across_all(reason="a format is unused only when nobody uses it").filter(
        kind=format.kind, revoked_at=None
    )


def _chosen(lines: Sequence[str], events: Sequence[object]) -> list[str]:
    """Lines for tests: some of each layout, made anonymous with a key that nobody keeps."""
    by_layout: dict[str, int] = {}
    kept: list[str] = []
    for line, event in zip(lines, events, strict=True):
        if not isinstance(event, Event):
            continue
        layout = event.fields.get("learned.layout", "")
        by_layout[layout] = by_layout.get(layout, 0) + 1
        if by_layout[layout] <= 5 and len(kept) < _MOST_TESTS:
            kept.append(line)
    return anonymise_lines(kept, key=secrets.token_bytes(32))


def _named(draft: FormatDraft) -> TaughtFormat:
    """A new format; a live one of the same name gets no second."""
    live = TaughtFormat.objects.of_firm(draft.firm_id).filter(retired_at=None, name=draft.name)
    if live.exists():
        raise NotReady("同じ名前の形式を、もう使っています。名前を変えてください。")
    return TaughtFormat.objects.create(firm_id=draft.firm_id, name=draft.name, version=0)


def _next_place(format: TaughtFormat) -> int:
    newest = FormatVersion.objects.of_firm(format.firm_id).filter(format=format).first()
    return newest.place + 1 if newest else 1


def _note(act: str, format: TaughtFormat, user: User | None, **detail: int) -> None:
    audit.record(
        what=f"formats:format:{act}",
        user_id=user.pk if user else None,
        firm_id=format.firm_id,
        format=format.pk,
        **dict[str, Any](detail),
    )
