"""`hinomi events list --organisation ID`: the company's records, newest first, readable or not."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from hinomi.core.records import Event
from hinomi.pipeline.reader import Records, original_text
from hinomi.portal.access.time import configuration
from hinomi.portal.commands.output import print_rows
from hinomi.portal.commands.schema import bring_up_to_date
from hinomi.portal.organisations.services import find_organisation
from hinomi.store.lake import Query

if TYPE_CHECKING:
    import argparse

    from hinomi.core.records import SetAside

_PAGE = 2_000  # rows per query: all of a company's records must fit through small memory


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`list --organisation ID`."""
    actions = parser.add_subparsers(dest="action", required=True)
    listed = actions.add_parser("list", help="list a company's records", allow_abbrev=False)
    listed.add_argument("--organisation", required=True)
    listed.add_argument("--source", default="", help="only this source's (its id)")
    listed.add_argument("--search", default="", help="only records that contain this")
    listed.add_argument("--limit", type=int, help="at most this many (default: all)")


def run(arguments: argparse.Namespace) -> int:
    """Records that arrived a second ago are there too; times are UTC."""
    bring_up_to_date()
    config = configuration()
    query = Query(
        find_organisation(arguments.organisation).id,
        source=arguments.source,
        search=arguments.search,
        limit=_PAGE,
    )
    with Records(config.data, clock=config.clock) as records:
        rows = islice(records.every(query), arguments.limit)
        print_rows((_row(record) for record in rows), form=arguments.format)
    return 0


def _row(record: Event | SetAside) -> dict[str, object]:
    row: dict[str, object] = {
        "event_id": record.event_id,
        "event.original": original_text(record),
        "source": record.source,
        "received_at": record.receive_time.isoformat(),
    }
    if isinstance(record, Event):
        stated = {"event_at": record.event_time.isoformat(), "device": record.device}
        return {**row, **stated, "shape": record.shape, "set_aside": None}
    return {**row, "event_at": None, "device": "", "shape": "", "set_aside": record.reason}
