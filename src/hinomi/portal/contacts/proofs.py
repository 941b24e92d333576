"""What contacts has to say, for the layer above that sends: test codes first, then what changed.

The texts are made here, when they are due: no code and no link is ever stored. Whoever sends calls
`mark_sent`, `try_later` or `mark_lost` for each; a delivery that repeats does no harm.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Case, IntegerField, Value, When

from hinomi.portal.contacts import letters
from hinomi.portal.contacts.addresses import prove_by_key
from hinomi.portal.contacts.models import Address, Subject, Telling
from hinomi.portal.contacts.services import note_bounce

if TYPE_CHECKING:
    from datetime import datetime

    from hinomi.portal.access.owned import ScopedQuerySet

MOST_ATTEMPTS = 5
_PAUSE = timedelta(minutes=2)  # times the attempts made
_WHY = "the bell sends for every company"
_LIVES = timedelta(days=3)
_WAITED_FOR = frozenset({Subject.CODE, Subject.TEST})  # a person looks at the page


@dataclass(frozen=True, slots=True)
class Proof:
    """One message to send now. `asks_for_key`: a key pressed in this call proves the number."""

    id: int
    organisation_id: str
    subject: str
    kind: str
    address: str
    title: str
    body_text: str = field(repr=False)
    text_short: str = field(repr=False)
    spoken: str = field(repr=False)
    asks_for_key: bool = False

    @property
    def dedupe_key(self) -> str:
        """The same for every attempt."""
        return f"contacts:{self.id}"


def due_proofs(moment: datetime, *, limit: int = 50) -> list[Proof]:
    """What is to be sent, codes before everything else: a person waits for them."""
    codes_first = Case(
        When(subject=Subject.CODE, then=Value(0)), default=Value(1), output_field=IntegerField()
    )
    rows = (
        Telling.objects.across_all(reason=_WHY)
        .filter(sent_at=None, failed_at=None, due_at__lte=moment, organisation__deleted_at=None)
        .select_related("organisation", "about", "address", "address__contact")
        .select_related("voter_contact", "voter_user")
        .order_by(codes_first, "due_at", "pk")
    )
    return [_proof(row) for row in rows[:limit]]


def mark_sent(proof_id: int, moment: datetime) -> None:
    """The next hop took it."""
    _rows(proof_id).filter(sent_at=None).update(sent_at=moment)


@transaction.atomic
def try_later(proof_id: int, moment: datetime, reason: str) -> None:
    """It did not go out now. A code is given up after five times, the rest after three days. The
    fault may be ours (a server that is down), so no address is switched off for it."""
    row = _rows(proof_id).select_related("address").first()
    if row is None or row.sent_at or row.failed_at:
        return
    row.attempts += 1
    row.due_at = moment + _PAUSE * row.attempts
    is_over = row.subject in _WAITED_FOR and row.attempts >= MOST_ATTEMPTS
    if is_over or moment > row.created_at + _LIVES:
        row.failed_at = moment
        _say_on_page(row, reason)
    row.save(update_fields=["attempts", "due_at", "failed_at"])


@transaction.atomic
def mark_lost(proof_id: int, moment: datetime, reason: str) -> None:
    """It will never arrive. A code or a test says so on the page; an address in use is switched
    off, and somebody else is told."""
    row = _rows(proof_id).select_related("address").first()
    if row is None or row.failed_at:
        return
    row.failed_at = moment
    row.save(update_fields=["failed_at"])
    note_bounce(organisation_id=row.organisation_id, kind=row.kind, address=row.to, reason=reason)
    _say_on_page(row, reason)


def key_pressed(proof_id: int) -> bool:
    """The person at the telephone pressed the key our call asked for: the number is proved."""
    row = _rows(proof_id).select_related("address").first()
    return row is not None and prove_by_key(telling=row)


def _say_on_page(row: Telling, reason: str) -> None:
    if row.address is not None and row.subject in _WAITED_FOR:
        Address.objects.of(row.organisation_id).filter(pk=row.address.pk).update(
            trouble=reason[:200]
        )


def _rows(proof_id: int) -> ScopedQuerySet[Telling]:
    return Telling.objects.across_all(reason=_WHY).filter(pk=proof_id)


def _proof(row: Telling) -> Proof:
    said = letters.write(row)
    return Proof(
        id=row.pk,
        organisation_id=row.organisation_id,
        subject=row.subject,
        kind=row.kind,
        address=row.to,
        title=said.title,
        body_text=said.body,
        text_short=said.short,
        spoken=said.spoken,
        asks_for_key=row.subject == Subject.CODE and row.kind == "voice",
    )
