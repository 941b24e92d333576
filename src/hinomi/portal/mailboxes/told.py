"""What the data path is told of mailboxes, as the directory writes it."""

from __future__ import annotations

from django.db.models import OuterRef, Q

from hinomi.core import directory
from hinomi.core.mail import MEANS_NOTHING, NOBODY
from hinomi.portal.access.scope import serves
from hinomi.portal.access.time import now
from hinomi.portal.mailboxes.models import Mailbox, MailRoute, MailSender, Meaning

_WHOLE = "the directory holds every firm's mailboxes"
_MEANT = {Meaning.NOBODY: NOBODY, Meaning.NOTHING: MEANS_NOTHING}


def all_mailboxes() -> tuple[directory.Mailbox, ...]:
    """Every mailbox that was not removed."""
    rows = Mailbox.objects.across_all(reason=_WHOLE).filter(removed_at=None).order_by("id")
    return tuple(_mailbox(row) for row in rows)


def all_senders() -> tuple[directory.MailSender, ...]:
    """Every accepted or put-away sender."""
    rows = MailSender.objects.across_all(reason=_WHOLE).filter(mailbox__removed_at=None)
    return tuple(
        directory.MailSender(
            mailbox=row.mailbox_id,
            address=row.address,
            dkim_domain=row.dkim_domain,
            format=row.format,
        )
        for row in rows.order_by("pk")
    )


def all_routes() -> tuple[directory.MailRoute, ...]:
    """Every route, but none to a company that the mailbox's firm does not serve now: another firm's
    customer must not receive what this firm's consoles report."""
    served = serves(OuterRef("mailbox__firm"), "organisation", moment=now())
    rows = (
        MailRoute.objects.across_all(reason=_WHOLE)
        .filter(mailbox__removed_at=None)
        .filter(
            Q(organisation=None)
            | (served & Q(organisation__deleted_at=None, source__revoked_at=None))
        )
    )
    return tuple(
        directory.MailRoute(
            mailbox=row.mailbox_id,
            kind=row.kind,
            value=row.value,
            source=row.source_id or _MEANT[Meaning(row.meaning)],
        )
        for row in rows.order_by("pk")
    )


def _mailbox(row: Mailbox) -> directory.Mailbox:
    return directory.Mailbox(
        id=row.id,
        firm=row.firm_id,
        name=row.name,
        kind=row.kind,
        address=row.address,
        host=row.host,
        port=row.port,
        user=row.user,
        secret=row.secret,
        security=row.security,
        folder=row.folder,
        done_folder=row.done_folder,
        every_s=row.every_s,
        verdict_from=row.verdict_from,
        is_paused=row.paused_at is not None,
    )
