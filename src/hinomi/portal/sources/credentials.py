"""Tokens and client certificates of a source are replaced without losing a record: the old token
works on for a while, and a source may have two certificates."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q

from hinomi.collect.tls import fingerprint_of_pem
from hinomi.collect.validity import ends_at
from hinomi.core.errors import UsageError
from hinomi.portal.access import audit
from hinomi.portal.access.time import now
from hinomi.portal.organisations.services import UnknownThing, mark_directory_changed
from hinomi.portal.sources.models import Source
from hinomi.portal.sources.tokens import token_of, token_sha256

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime, timedelta

MOST_CERTIFICATES = 4


class BrokenCertificate(UsageError):
    """What was given is no certificate, or more than one."""


class ExpiredCertificate(UsageError):
    """A certificate whose time is over identifies nobody."""


class CertificateTaken(UsageError):
    """Another source has it, of whatever company."""


class TooManyCertificates(UsageError):
    """The source has as many as it may."""


class StillReplacing(UsageError):
    """A token is being replaced: the one before would stop at once."""


_EVERY = "the token or certificate says whose source it is"


@dataclass(frozen=True, slots=True)
class Rotated:
    """The new token, and until when the one before works."""

    source: Source
    token: str
    older_until: datetime | None


def find_by_any_token(token: str) -> Source:
    """By the token in use, or one that is being replaced; UnknownThing for all others."""
    digest = token_sha256(token.strip())
    known = Q(token_sha256=digest) | Q(older_token_sha256=digest, older_token_until__gt=now())
    found = Source.objects.across_all(reason=_EVERY).filter(known, revoked_at=None).first()
    if found is None:
        raise UnknownThing("No source has this token.", advice="Was it copied whole?")
    return found


def find_even_revoked(token: str) -> Source:
    """As `find_by_any_token`, and a revoked source by its last token: who revokes twice is told
    the same twice."""
    every = Source.objects.across_all(reason=_EVERY)
    return every.filter(token_sha256=token_sha256(token.strip())).first() or find_by_any_token(
        token
    )


@transaction.atomic
def rotate_token(*, token: str, overlap: timedelta, user_id: int | None = None) -> Rotated:
    """A new token for the source; the old one works until the overlap is over.

    Said again with the old token it answers the same, so that a script may repeat it.
    """
    source = find_by_any_token(token)
    if token_sha256(token.strip()) == source.token_sha256:
        source.older_token_sha256, source.older_token_until = source.token_sha256, now() + overlap
        source.token_version += 1
        fresh = token_of(source_id=source.id, version=source.token_version)
        source.token_sha256, source.token_hint = token_sha256(fresh), fresh[-4:]
        source.save()
        _audit("rotate", source, user_id=user_id)
        mark_directory_changed()
    current = token_of(source_id=source.id, version=source.token_version)
    return Rotated(source=source, token=current, older_until=source.older_token_until)


@transaction.atomic
def replace_token(
    *, source: Source, version: int, overlap: timedelta, user_id: int | None
) -> Rotated:
    """As `rotate_token`, for who has the source and not its token. `version` is that of the token
    the person saw: a button pressed twice replaces once. StillReplacing while an older one works,
    or when somebody was quicker."""
    row = Source.objects.of(source.organisation_id).select_for_update().get(pk=source.pk)
    if row.older_token_sha256 or row.token_version != version:
        raise StillReplacing("A token of this source is being replaced.", advice="End it first.")
    token = token_of(source_id=row.id, version=row.token_version)
    return rotate_token(token=token, overlap=overlap, user_id=user_id)


@transaction.atomic
def end_older_token(*, source: Source, user_id: int | None) -> bool:
    """The token before the present one stops with the next publication; False when none works."""
    row = Source.objects.of(source.organisation_id).select_for_update().get(pk=source.pk)
    if not row.older_token_sha256:
        return False
    row.older_token_sha256, row.older_token_until = "", None
    row.save(update_fields=["older_token_sha256", "older_token_until"])
    _audit("rotate-end", row, user_id=user_id)
    mark_directory_changed()
    return True


def end_older_tokens() -> None:
    """Forget old tokens whose time is over; the directory is then published again."""
    every = Source.objects.across_all(reason="tokens end by the clock")
    over = every.filter(older_token_until__lte=now())
    if not over.exists():  # asked every second: do not take the write lock for it
        return
    with transaction.atomic():
        if over.update(older_token_sha256="", older_token_until=None):
            mark_directory_changed()


@transaction.atomic
def add_certificate(*, source: Source, pem: str, user_id: int | None = None) -> list[str]:
    """SHA-256 of all certificates of the source. UsageError (its children above) for what
    identifies nobody, or is another source's."""
    mark, end = fingerprint_of_pem(pem), ends_at(pem)
    if not mark or end is None or not _is_usable(pem):
        raise BrokenCertificate(
            "This is no certificate.", advice="Give one certificate as PEM text."
        )
    if end <= now():
        raise ExpiredCertificate("This certificate's time is over.", advice="Make a new one.")
    if any(mark in _marks(other) for other in _others(source)):
        raise CertificateTaken(
            "Another source has this certificate already.",
            advice="A certificate identifies one source: make one for each.",
        )
    if mark not in _marks(source):
        if len(source.certificates) >= MOST_CERTIFICATES:
            raise TooManyCertificates(
                f"The source has {MOST_CERTIFICATES} certificates.", advice="Remove an old one."
            )
        source.certificates = [*source.certificates, pem.strip() + "\n"]
        _keep(source, "certificate-add", user_id=user_id)
    return _marks(source)


@transaction.atomic
def remove_certificate(*, source: Source, mark: str, user_id: int | None = None) -> list[str]:
    """What is left. UnknownThing when the source has no certificate with this SHA-256."""
    wanted = mark.strip().lower().replace(":", "")
    left = [pem for pem in source.certificates if fingerprint_of_pem(pem) != wanted]
    if len(left) == len(source.certificates):
        raise UnknownThing("The source has no such certificate.", advice="Was it copied whole?")
    source.certificates = left
    _keep(source, "certificate-remove", user_id=user_id)
    return _marks(source)


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate of a source: SHA-256, and until when it is valid."""

    mark: str
    ends_at: datetime | None
    is_over: bool

    @property
    def spaced(self) -> str:
        """As people compare it."""
        return " ".join(self.mark[at : at + 4] for at in range(0, len(self.mark), 4))


def certificates_of(source: Source) -> list[Certificate]:
    """In the order in which they were added."""
    moment = now()
    found = [(fingerprint_of_pem(pem), ends_at(pem)) for pem in source.certificates]
    return [Certificate(mark, end, end is None or end <= moment) for mark, end in found]


def _is_usable(pem: str) -> bool:
    """One alone: of two only the first would be looked at, and a key must not lie here."""
    if pem.count("-----BEGIN ") != 1:
        return False
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_verify_locations(cadata=pem)
    except (ssl.SSLError, ValueError):
        return False
    return True


def _others(source: Source) -> Iterable[Source]:
    every = Source.objects.across_all(reason=_EVERY)
    return every.filter(revoked_at=None).exclude(pk=source.pk).exclude(certificates=[])


def _marks(source: Source) -> list[str]:
    return [fingerprint_of_pem(pem) for pem in source.certificates]


def _keep(source: Source, what: str, *, user_id: int | None) -> None:
    source.save(update_fields=["certificates"])
    _audit(what, source, user_id=user_id)
    mark_directory_changed()


def _audit(what: str, source: Source, *, user_id: int | None) -> None:
    audit.record(
        what=f"sources:source:{what}",
        user_id=user_id,
        organisation_id=source.organisation_id,
        source=source.id,
    )
