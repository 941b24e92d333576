"""Registers and revokes sources: one transaction each, with audit entry and consent record."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import transaction

from hinomi.core.errors import HinomiError, UsageError
from hinomi.portal.access import audit
from hinomi.portal.access.time import now
from hinomi.portal.consents.kinds import RELAY, VERSION, is_agreed
from hinomi.portal.consents.models import Way
from hinomi.portal.consents.queries import standing_of
from hinomi.portal.consents.services import add_kind
from hinomi.portal.organisations.services import mark_directory_changed
from hinomi.portal.sources.endpoints import endpoint_of
from hinomi.portal.sources.kinds import known_kind, speaks_syslog
from hinomi.portal.sources.models import DeviceName, Source
from hinomi.portal.sources.ports import free_port
from hinomi.portal.sources.tokens import token_of, token_sha256

if TYPE_CHECKING:
    from collections.abc import Iterable


class AlreadyClaimed(HinomiError):
    """An address or serial that identifies another source already."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of a new source. None leaves what an existing one has as it is. `is_fetched`:
    its records are fetched, so that it needs no port."""

    kind: str
    name: str = ""
    expect_every_s: int | None = None
    addresses: tuple[str, ...] | None = None
    serials: tuple[str, ...] | None = None
    timezone: str | None = None
    is_fetched: bool = False


@dataclass(frozen=True, slots=True)
class Registered:
    """The source with its token, which is shown now and never stored."""

    source: Source
    token: str = field(repr=False)
    endpoint: str = ""


@transaction.atomic
def register_source(
    *,
    organisation_id: str,
    wanted: Wanted,
    user_id: int | None = None,
    consent_by: str = "",
    consent_way: Way | None = Way.COMMAND,
) -> Registered:
    """The company's source of this kind and name, made when there is none.

    Said twice it answers the same id, token and endpoint. `consent_by` names who agreed that the
    company is watched; empty means a command at the provider's machine, and is shown as such.
    `consent_way` None: nobody did yet. A source that no consent covers is made and waits for one.
    """
    wanted = replace(wanted, kind=known_kind(wanted.kind, organisation_id=organisation_id))
    name = wanted.name.strip() or wanted.kind
    _check(wanted, organisation_id=organisation_id, name=name)
    found = (
        Source.objects.of(organisation_id)
        .filter(kind=wanted.kind, name=name, revoked_at=None)
        .first()
    )
    if found is None and consent_way is not None and wanted.kind != RELAY:
        way = Way.SCREEN if consent_by and consent_way is Way.COMMAND else consent_way
        add_kind(
            organisation_id=organisation_id,
            kind=wanted.kind,
            signer=consent_by if way is Way.SCREEN else "",
            way=way,
            user_id=user_id,
        )
    source = found or _make(organisation_id, wanted, name, user_id=user_id, consent_by=consent_by)
    if _apply(source, wanted) or found is None:
        mark_directory_changed()
    return registered(source)


def registered(source: Source) -> Registered:
    """The source with its token and endpoint made again."""
    token = token_of(source_id=source.id, version=source.token_version)
    endpoint = endpoint_of(port=source.port, kind=source.kind, relay_port=source.relay_port)
    return Registered(source=source, token=token, endpoint=endpoint)


@transaction.atomic
def change_kind(*, source: Source, kind: str, user_id: int | None = None) -> None:
    """From the next publication on the source's records are read as this kind."""
    kind = known_kind(kind, organisation_id=source.organisation_id)
    if kind == source.kind:
        return
    twins = Source.objects.of(source.organisation_id).filter(revoked_at=None, name=source.name)
    if twins.filter(kind=kind).exists():
        raise AlreadyClaimed(f"The company has a source {source.name!r} of this kind already.")
    if not source.awaits_consent and kind != RELAY:
        add_kind(
            organisation_id=source.organisation_id,
            kind=kind,
            signer="",
            way=Way.STAFF,
            user_id=user_id,
        )
        source.refresh_from_db()
    source.kind = kind
    if source.port is None and speaks_syslog(kind):
        source.port = free_port()
    source.save(update_fields=["kind", "port"])
    _audit("kind", source, user_id=user_id)
    follow_consent(source.organisation_id)
    mark_directory_changed()


@transaction.atomic
def revoke_source(*, source: Source, user_id: int | None = None) -> None:
    """From the next publication on nothing that names this source is accepted."""
    if source.revoked_at is not None:
        return
    source.revoked_at = now()
    source.save(update_fields=["revoked_at"])
    _audit("revoke", source, user_id=user_id)
    mark_directory_changed()


@transaction.atomic
def follow_consent(organisation_id: str) -> int:
    """Stop what the company's consent no longer covers, and start what it covers again; how many
    sources changed. Called inside the transaction in which the consent changed."""
    standing, changed = standing_of(organisation_id), 0
    for source in Source.objects.of(organisation_id).filter(revoked_at=None):
        may_take = is_agreed(standing, source.kind)
        if may_take is not source.awaits_consent:
            continue
        if may_take:
            source.resumed_at = now()
        else:
            source.paused_at, source.resumed_at = now(), None
        source.save(update_fields=["paused_at", "resumed_at"])
        _audit("resume" if may_take else "pause", source, user_id=None)
        changed += 1
    return changed


@transaction.atomic
def expect_of(
    *, source: Source, source_class: str, expect_every_s: int, user_id: int | None = None
) -> None:
    """Say what the source is ("": by its kind) and how often it should speak (0: nobody knows)."""
    source.source_class, source.expect_every_s = source_class, expect_every_s
    source.save(update_fields=["source_class", "expect_every_s"])
    _audit("expect", source, user_id=user_id)
    mark_directory_changed()


@transaction.atomic
def name_device(
    *, organisation_id: str, native: str, nickname: str, user_id: int | None = None
) -> None:
    """What the people there call a machine; an empty nickname takes it away."""
    names = DeviceName.objects.of(organisation_id).filter(native=native)
    names.delete()
    if nickname.strip():
        DeviceName.objects.create(
            organisation_id=organisation_id, native=native, nickname=nickname.strip()
        )
    audit.record(what="sources:device:name", user_id=user_id, organisation_id=organisation_id)
    mark_directory_changed()


def _make(
    organisation_id: str, wanted: Wanted, name: str, *, user_id: int | None, consent_by: str
) -> Source:
    needs_port = speaks_syslog(wanted.kind) and not wanted.is_fetched
    may_take = is_agreed(standing_of(organisation_id), wanted.kind)
    is_said = may_take and wanted.kind != RELAY
    source = Source(
        organisation_id=organisation_id,
        kind=wanted.kind,
        name=name,
        port=free_port() if needs_port else None,
        created_by_id=user_id,
        consent_version=VERSION if is_said else "",
        consent_by=(consent_by or "command") if is_said else "",
        consent_at=now() if is_said else None,
        consent_by_command=is_said and not consent_by,
        paused_at=None if may_take else now(),
    )
    token = token_of(source_id=source.id, version=source.token_version)
    source.token_sha256, source.token_hint = token_sha256(token), token[-4:]
    source.save(force_insert=True)
    _audit("add", source, user_id=user_id)
    return source


def _apply(source: Source, wanted: Wanted) -> bool:
    """Set what was said; True when anything is different now."""
    said = {
        "expect_every_s": wanted.expect_every_s,
        "addresses": None if wanted.addresses is None else _canonical(wanted.addresses),
        "serials": None if wanted.serials is None else sorted(set(wanted.serials)),
        "timezone": wanted.timezone,
    }
    changed = [
        name for name, value in said.items() if value is not None and value != getattr(source, name)
    ]
    for name in changed:
        setattr(source, name, said[name])
    if changed:
        source.save(update_fields=changed)
    return bool(changed)


def _check(wanted: Wanted, *, organisation_id: str, name: str) -> None:
    for address in wanted.addresses or ():
        try:
            ipaddress.ip_address(address)
        except ValueError as error:
            raise UsageError(f"{address} is no IP address.", advice="e.g. 192.0.2.7") from error
    if wanted.timezone is not None:
        try:
            ZoneInfo(wanted.timezone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise UsageError(
                f"{wanted.timezone} is no time zone.", advice="e.g. Asia/Tokyo"
            ) from error
    _check_unclaimed(wanted, organisation_id=organisation_id, name=name)


def _canonical(addresses: Iterable[str]) -> list[str]:
    """One spelling per address, so that equal ones are seen to be equal: collect hears IPv4 inside
    IPv6 as IPv4."""
    found = map(ipaddress.ip_address, addresses)
    return sorted({str(getattr(each, "ipv4_mapped", None) or each) for each in found})


def _check_unclaimed(wanted: Wanted, *, organisation_id: str, name: str) -> None:
    """An address or serial identifies one source. Were it said of two, of whatever companies,
    neither would get its records: they would silently go to the unknown senders."""
    others = (
        Source.objects.across_all(reason="addresses and serials are unique over all companies")
        .filter(revoked_at=None)
        .exclude(organisation_id=organisation_id, kind=wanted.kind, name=name)
    )
    claims: list[tuple[str, Iterable[str]]] = [
        ("addresses", _canonical(wanted.addresses or ())),
        ("serials", wanted.serials or ()),
    ]
    for column, values in claims:
        for other in others if values else ():
            for value in sorted(set(getattr(other, column)).intersection(values)):
                raise _already_claimed(value, other, organisation_id=organisation_id)


def _already_claimed(value: str, other: Source, *, organisation_id: str) -> AlreadyClaimed:
    """What to do instead; the other source is named to its own company only."""
    if other.organisation_id != organisation_id:
        return AlreadyClaimed(
            f"{value} already identifies a source of another company.",
            advice="Use the source's own port or token; they are never shared.",
        )
    return AlreadyClaimed(
        f"{value} already identifies this company's source {other.name!r} ({other.id}).",
        advice="Send each device to its own source's port or token and leave the address out, "
        "or revoke the other source first.",
    )


def _audit(act: str, source: Source, *, user_id: int | None) -> None:
    audit.record(
        what=f"sources:source:{act}",
        user_id=user_id,
        organisation_id=source.organisation_id,
        source=source.id,
    )
