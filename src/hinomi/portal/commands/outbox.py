"""`hinomi outbox list --organisation ID`: what was written to whom, and whether it went out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.portal.commands.output import print_rows
from hinomi.portal.commands.schema import bring_up_to_date
from hinomi.portal.notices.models import Notice
from hinomi.portal.organisations.services import find_organisation

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`list --organisation ID`."""
    actions = parser.add_subparsers(dest="action", required=True)
    listed = actions.add_parser("list", help="list a company's notices")
    listed.add_argument("--organisation", required=True)


def run(arguments: argparse.Namespace) -> int:
    """Newest first; times are UTC."""
    bring_up_to_date()
    organisation = find_organisation(arguments.organisation)
    rows = Notice.objects.of(organisation.id).order_by("-created_at", "-pk")
    print_rows((_row(notice) for notice in rows), form=arguments.format)
    return 0


def _row(notice: Notice) -> dict[str, object]:
    return {
        "id": notice.pk,
        "incident": notice.incident_number,
        "channel": notice.channel,
        "to": notice.to,
        "subject": notice.subject,
        "state": notice.state,
        "attempts": notice.attempts,
        "created_at": notice.created_at.isoformat(),
        "sent_at": notice.sent_at.isoformat() if notice.sent_at else None,
        "last_error": notice.last_error,
        "message_id": notice.message_id,
    }
