"""Relays of a company: their one-time codes, and which sources are behind which."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F

from hinomi.core.errors import HinomiError, UsageError
from hinomi.portal.access import audit
from hinomi.portal.access.time import now
from hinomi.portal.consents.kinds import DISCOVERY, RELAY
from hinomi.portal.organisations.services import UnknownThing, mark_directory_changed
from hinomi.portal.sources.endpoints import relay_endpoint
from hinomi.portal.sources.models import RelayCode, Source
from hinomi.portal.sources.services import Wanted, register_source
from hinomi.portal.sources.tokens import token_of, token_sha256

if TYPE_CHECKING:
    from datetime import datetime

KIND = RELAY
EVERY_S = 900  # a relay speaks each minute
CODE_FOR = timedelta(hours=24)
TRIES = 10
_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # none that look alike
_HANDLE, _SECRET = 4, 12
_FIRST_PORT = 5140
_LAST_PORT = 5499  # below the shared one
_WHY = "the code says which relay it is for"


class CodeRefused(HinomiError):
    """A code that enrols nobody; the message is for whoever stands before the box."""


@dataclass(frozen=True, slots=True)
class Code:
    """Shown once; only its hash is kept."""

    relay: Source
    text: str = field(repr=False)
    until: datetime


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What the box needs."""

    relay: Source
    token: str = field(repr=False)
    ingest: str


def add_relay(*, organisation_id: str, name: str, user_id: int | None = None) -> Source:
    """The company's relay of this name, made when there is none. It waits until the company agreed
    that anything is watched."""
    wanted = Wanted(kind=KIND, name=name, expect_every_s=EVERY_S)
    return register_source(organisation_id=organisation_id, wanted=wanted, user_id=user_id).source


@transaction.atomic
def make_code(*, relay: Source, user_id: int | None = None) -> Code:
    """A new code; those before it work no more. UsageError for what is no live relay."""
    _require_live(relay)
    RelayCode.objects.of(relay.organisation_id).filter(relay=relay).delete()
    handle, secret = _drawn(_HANDLE), _drawn(_SECRET)
    row = RelayCode.objects.create(
        organisation_id=relay.organisation_id,
        relay=relay,
        handle=handle,
        secret_sha256=_hash(secret),
        made_by_id=user_id,
        until=now() + CODE_FOR,
    )
    _audit("code", relay, user_id=user_id)
    groups = [handle, *(secret[at : at + 4] for at in range(0, _SECRET, 4))]
    return Code(relay, "-".join(groups), row.until)


def enrol(*, code: str) -> Enrolment:
    """Exchange a code, once. A box that was enrolled before stops: the relay gets a new token."""
    written = "".join(each for each in code.upper() if each.isalnum())[: _HANDLE + _SECRET]
    handle, secret = written[:_HANDLE], written[_HANDLE:]
    rows = RelayCode.objects.across_all(reason=_WHY).filter(handle=handle)
    # Counted before it is looked at, and outside the transaction: a refusal must not undo it.
    if not rows.filter(tries__lt=TRIES).update(tries=F("tries") + 1):
        raise CodeRefused("このコードは使えません。新しいコードを作ってもらってください。")
    with transaction.atomic():
        row = rows.select_for_update().select_related("relay").first()
        if row is None or not hmac.compare_digest(row.secret_sha256, _hash(secret)):
            raise CodeRefused("コードが違います。もう一度、よく見て入力してください。")
        _require_usable(row)
        row.used_at = now()
        row.save(update_fields=["used_at"])
        return _enrolled(row.relay)


@transaction.atomic
def place_behind(
    *, source: Source, relay: Source, port: int | None = None, user_id: int | None = None
) -> None:
    """The relay brings the source's records from now on; its own port with us is given up.

    Said twice it changes nothing. UsageError for a port that another source has there.
    """
    _require_live(relay)
    if relay.organisation_id != source.organisation_id or source.kind == KIND:
        raise UsageError("A relay brings other sources of its own company only.")
    if source.relay_id == relay.pk and port in (None, source.relay_port):
        return
    source.relay = relay
    is_its_own = source.kind == DISCOVERY  # the relay speaks itself: nobody sends to a port of it
    source.relay_port = None if is_its_own else _port_at(relay, wanted=port, source=source)
    source.port = None
    source.save(update_fields=["relay", "relay_port", "port"])
    _audit("place", source, user_id=user_id)
    mark_directory_changed()


def relays_of(organisation_id: str) -> list[Source]:
    """The company's live relays, by name."""
    rows = Source.objects.of(organisation_id).filter(kind=KIND, revoked_at=None)
    return list(rows.order_by("name"))


def find_relay(relay_id: str, *, organisation_id: str) -> Source:
    """UnknownThing for what is no relay of the company."""
    found = next((each for each in relays_of(organisation_id) if each.pk == relay_id), None)
    if found is None:
        raise UnknownThing(
            f"The company has no relay {relay_id}.", advice="hinomi relay add --organisation ID"
        )
    return found


def _enrolled(relay: Source) -> Enrolment:
    if relay.relay_enrolled:
        relay.token_version += 1
        fresh = token_of(source_id=relay.id, version=relay.token_version)
        relay.token_sha256, relay.token_hint = token_sha256(fresh), fresh[-4:]
    relay.relay_enrolled = True
    relay.save(update_fields=["token_version", "token_sha256", "token_hint", "relay_enrolled"])
    _audit("enrol", relay)
    mark_directory_changed()
    token = token_of(source_id=relay.id, version=relay.token_version)
    return Enrolment(relay, token, relay_endpoint())


def _require_usable(row: RelayCode) -> None:
    if row.used_at is not None:
        raise CodeRefused("このコードは、もう使われました。新しいコードを作ってもらってください。")
    if row.until < now():
        raise CodeRefused(
            "コードの期限（24時間）が過ぎました。新しいコードを作ってもらってください。"
        )
    if row.relay.revoked_at is not None or row.relay.organisation.deleted_at is not None:
        raise CodeRefused("この中継機は止められています。サービスの窓口に電話してください。")


def _require_live(relay: Source) -> None:
    if relay.kind != KIND or relay.revoked_at is not None:
        raise UsageError("This source is no relay that is in use.", advice="Add a relay first.")


def _port_at(relay: Source, *, wanted: int | None, source: Source) -> int:
    others = Source.objects.of(relay.organisation_id).filter(relay=relay, revoked_at=None)
    taken = set(others.exclude(pk=source.pk).values_list("relay_port", flat=True))
    if wanted is not None and (wanted in taken or not 0 < wanted < 65_536):
        raise UsageError(f"Port {wanted} cannot be used there.", advice="Leave --relay-port out.")
    free = (each for each in range(_FIRST_PORT, _LAST_PORT + 1) if each not in taken)
    found = wanted or next(free, None)
    if found is None:
        raise UsageError("This relay has no free port.", advice="Add another relay.")
    return found


def _drawn(length: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(length))


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _audit(act: str, source: Source, *, user_id: int | None = None) -> None:
    audit.record(
        what=f"sources:relay:{act}",
        user_id=user_id,
        organisation_id=source.organisation_id,
        source=source.id,
    )
