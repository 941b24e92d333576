"""`hinomi trail verify|list|export|anchor`: the audit trail, whole or in part, and whether it is
whole."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hinomi.core.errors import UsageError
from hinomi.portal.access.chain import first_break, head
from hinomi.portal.access.models import AuditEntry
from hinomi.portal.commands.output import print_one, print_rows
from hinomi.portal.commands.schema import bring_up_to_date
from hinomi.portal.trails.anchors import parsed, pinned, write_daily

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from django.db.models import QuerySet

_CHUNK = 2_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`verify`, `list`, `export` and `anchor`."""
    actions = parser.add_subparsers(dest="action", required=True)
    verify = actions.add_parser("verify", help="is every row as written? exit 1 names the first")
    verify.add_argument(
        "--head",
        action="append",
        default=[],
        metavar="PLACE:HASH",
        help="a head kept elsewhere that the chain must pass through",
    )
    listed = actions.add_parser("list", help="who did what, newest first")
    export = actions.add_parser("export", help="every row with its hash, oldest first")
    for action in (listed, export):
        action.add_argument("--organisation", metavar="ID", help="one company's only")
        action.add_argument("--user", metavar="MAIL", help="one person's only")
        action.add_argument("--what", metavar="CODE", help="one kind, or all that begin so")
        action.add_argument("--since", type=_day, metavar="DAY", help="from this day on (UTC)")
    listed.add_argument("--limit", type=int, default=100, help="default 100")
    actions.add_parser("anchor", help="the newest row's place and hash, to keep elsewhere")


def run(arguments: argparse.Namespace) -> int:
    """Times are UTC. The rows go to stdout, trouble to stderr."""
    bring_up_to_date()
    if arguments.action == "verify":
        return _verify(arguments)
    if arguments.action == "anchor":
        write_daily()
        print_one({"head": str(head())}, form=arguments.format)
        return 0
    rows = _chosen(arguments)
    ordered = (
        rows.order_by("sequence")
        if arguments.action == "export"
        else rows.order_by("-sequence")[: arguments.limit]
    )
    print_rows(_told(ordered), form=arguments.format)
    return 0


def _verify(arguments: argparse.Namespace) -> int:
    heads = pinned() | dict(parsed(text) for text in arguments.head)
    found = first_break(pinned=heads)
    last = head()
    told = {
        "holds": found is None,
        "rows": last.sequence,
        "head": str(last),
        "pinned": len(heads),
        "broken_at": None if found is None else found.sequence,
        "reason": "" if found is None else found.reason,
    }
    print_one(told, form=arguments.format)
    if found is not None:
        print(f"hinomi trail: the trail is broken: {found.reason}.", file=sys.stderr)
    return 0 if found is None else 1


def _chosen(arguments: argparse.Namespace) -> QuerySet[AuditEntry]:
    rows = AuditEntry.objects.select_related("user")
    if arguments.organisation:
        rows = rows.filter(organisation_id=arguments.organisation)
    if arguments.user:
        rows = rows.filter(user__email=arguments.user.lower())
    if arguments.what:
        rows = rows.filter(what__startswith=arguments.what)
    if arguments.since:
        rows = rows.filter(at__gte=arguments.since)
    return rows


def _told(rows: QuerySet[AuditEntry]) -> Iterator[dict[str, object]]:
    for row in rows.iterator(chunk_size=_CHUNK):
        yield {
            "sequence": row.sequence,
            "at": row.at.isoformat(),
            "user": row.user.email if row.user else None,
            "what": row.what,
            "organisation": row.organisation_id,
            "firm": row.firm_id,
            "detail": row.detail,
            "user_id": row.user_id,
            "previous": row.previous_hash,
            "hash": row.hash,
        }


def _day(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError as error:
        raise UsageError(f"{text!r} is no day.", advice="Write it as 2026-11-22.") from error
