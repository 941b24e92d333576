"""Keeping what to know before ringing a customer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from hinomi.core.errors import HinomiError
from hinomi.portal.access import audit
from hinomi.portal.access.time import now
from hinomi.portal.incidents.desk_rows import PhoneNote

if TYPE_CHECKING:
    from hinomi.portal.accounts.models import User


class NoteChanged(HinomiError):
    """Somebody else wrote the note since the page was opened."""


@transaction.atomic
def write(*, organisation_id: str, version: int, text: str, user: User) -> None:
    """Replace the note. `version` is what the person saw, 0 for none. The same text changes
    nothing."""
    rows = PhoneNote.objects.of(organisation_id)
    row = rows.select_for_update().first()
    if row is not None and row.text == text:
        return
    if version != (row.version if row else 0):
        raise NoteChanged("The note was changed meanwhile.")
    try:
        with transaction.atomic():
            rows.update_or_create(
                organisation_id=organisation_id,
                defaults={
                    "text": text,
                    "version": version + 1,
                    "changed_at": now(),
                    "changed_by": user,
                },
            )
    except IntegrityError as error:  # two first notes at once
        raise NoteChanged("The note was changed meanwhile.") from error
    audit.record(
        what="incidents:phone_note:write", user_id=user.pk, organisation_id=organisation_id
    )
