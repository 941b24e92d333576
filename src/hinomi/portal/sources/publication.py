"""Tells the data path what it must know: publishes the directory when something changed.

The change itself only raises a counter, in its own transaction. Publishing happens after, under
a lock so that an older snapshot never follows a newer one; a crash in between
leaves the counters apart and the bell publishes again (equal content is published once).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.db import transaction

from hinomi.core.directory import Directory
from hinomi.core.directory import Organisation as Company
from hinomi.core.directory import Source as Sender
from hinomi.normalise.learned import id_of_kind
from hinomi.portal.access.time import configuration
from hinomi.portal.consents.kinds import RELAY, fewer_days, is_agreed, kind_of
from hinomi.portal.consents.queries import NOTHING, all_standings
from hinomi.portal.exceptions.queries import all_exceptions
from hinomi.portal.organisations.models import DirectoryState, Organisation
from hinomi.portal.organisations.values import all_values
from hinomi.portal.sources.credentials import end_older_tokens
from hinomi.portal.sources.kinds import may_learn
from hinomi.portal.sources.models import DeviceName, Source
from hinomi.portal.sources.tries import awaited_tries
from hinomi.portal.sources.usual import all_usual
from hinomi.store.directory import publish

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from hinomi.business.consent import Standing

_WHOLE = "the directory holds every company"
# Fields of the directory that apps above this one fill, each named when its app is ready.
PARTS: dict[str, Callable[[], tuple[object, ...]]] = {}


def publish_if_changed() -> int | None:
    """Publish when something changed; the generation, or None when nothing did."""
    end_older_tokens()
    state = DirectoryState.objects.filter(pk=1).first()
    if state is None or state.changes == state.published:
        return None
    return publish_directory()


def publish_directory() -> int:
    """Publish what is true now; returns the generation."""
    with transaction.atomic():
        DirectoryState.objects.get_or_create(pk=1)
        state = DirectoryState.objects.select_for_update().get(pk=1)
        generation = publish(_snapshot(), data=configuration().data)
        DirectoryState.objects.filter(pk=1).update(published=state.changes)
    return generation


def publish_soon() -> None:
    """Publish once the running transaction is committed; the bell repeats what fails here."""
    transaction.on_commit(publish_if_changed, robust=True)


def _snapshot() -> Directory:
    nicknames: dict[str, list[tuple[str, str]]] = {}
    for device in DeviceName.objects.across_all(reason=_WHOLE).order_by("native"):
        names = nicknames.setdefault(device.organisation_id, [])
        names.append((device.native, device.nickname))
    organisations = Organisation.objects.across_all(reason=_WHOLE).order_by("id")
    values = all_values()
    sources = Source.objects.across_all(reason=_WHOLE).order_by("id")
    tries, standings = awaited_tries(), all_standings()
    directory = Directory(
        organisations=tuple(
            _company(row, values=values.get(row.id, {}), standing=standings.get(row.id, NOTHING))
            for row in organisations
        ),
        sources=tuple(
            _sender(
                row,
                nicknames=tuple(nicknames.get(row.organisation_id, ())),
                awaited_try=tries.get(row.id, ""),
                standing=standings.get(row.organisation_id, NOTHING),
            )
            for row in sources
        ),
        exceptions=all_exceptions(),
        usual=all_usual(),
    )
    parts: dict[str, Any] = {name: part() for name, part in PARTS.items()}
    return replace(directory, **parts)


def _company(
    row: Organisation, *, values: Mapping[str, tuple[str, ...]], standing: Standing
) -> Company:
    return Company(
        id=row.id,
        name=row.name,
        timezone=row.timezone,
        retention_days=row.retention_days,
        is_deleted=row.deleted_at is not None,
        placeholders=tuple(values.items()),
        kind_days=fewer_days(standing, plan_days=row.retention_days),
    )


def _kind(row: Source) -> str:
    """A format of a firm that no longer serves the company is not used for it."""
    if id_of_kind(row.kind) and not may_learn(row.kind, organisation_id=row.organisation_id):
        return "auto"
    return row.kind


def _later(*moments: datetime | None) -> datetime | None:
    return max((each for each in moments if each), default=None)


def _sender(
    row: Source,
    *,
    nicknames: tuple[tuple[str, str], ...],
    awaited_try: str,
    standing: Standing,
) -> Sender:
    cover = standing.covers.get(kind_of(row.kind)) if row.kind != RELAY else None
    by = "command" if row.consent_by_command else "person"
    return Sender(
        id=row.id,
        organisation=row.organisation_id,
        kind=_kind(row),
        name=row.name,
        token_sha256=row.token_sha256,
        port=row.port or 0,
        addresses=tuple(row.addresses),
        serials=tuple(row.serials),
        timezone=row.timezone,
        expect_every_s=row.expect_every_s,
        is_revoked=row.revoked_at is not None,
        consent=f"{row.consent_version} {by} {row.consent_at:%Y-%m-%d}" if row.consent_at else "",
        nicknames=nicknames,
        awaited_try=awaited_try,
        older_tokens=(row.older_token_sha256,) if row.older_token_sha256 else (),
        certificates=tuple(row.certificates),
        relay=row.relay_id or "",
        relay_port=row.relay_port or 0,
        awaits_consent=not is_agreed(standing, row.kind),
        purposes=tuple(sorted(cover.purposes)) if cover else (),
        pause=(row.paused_at, row.resumed_at) if row.paused_at and row.resumed_at else None,
        agreed_from=_later(row.resumed_at, cover.since if cover else None),
    )
