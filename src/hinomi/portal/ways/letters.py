"""Letters that wait for the desk: put there by the way `letter`, brought away by a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from hinomi.portal.access import audit
from hinomi.portal.access.time import now
from hinomi.portal.ways.models import Letter

if TYPE_CHECKING:
    from hinomi.portal.accounts.models import User
    from hinomi.respond.channels.channel import Message


@transaction.atomic
def put_letter(*, firm_id: str, message: Message) -> None:
    """A letter waits for the desk to print it; the same message waits once."""
    Letter.objects.of_firm(firm_id).get_or_create(
        firm_id=firm_id,
        message_id=message.message_id,
        defaults={
            "organisation_id": message.organisation_id or None,
            "to": message.to,
            "subject": message.subject[:300],
            "body_text": message.body_text,
            "number": message.number,
            "phone": message.phone,
        },
    )


@transaction.atomic
def post_letter(*, letter: Letter, user: User) -> None:
    """投函した: a person brought it away."""
    changed = (
        Letter.objects.of_firm(letter.firm_id)
        .filter(pk=letter.pk, posted_at=None)
        .update(posted_at=now(), posted_by=user)
    )
    if changed:
        audit.record(
            what="ways:letter:post",
            user_id=user.pk,
            organisation_id=letter.organisation_id,
            firm_id=letter.firm_id,
            letter=letter.pk,
        )
