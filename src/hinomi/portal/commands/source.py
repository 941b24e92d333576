"""`hinomi source add …` → {id, token, endpoint}; `hinomi source revoke TOKEN`.

Adding the same kind and name again answers the same id, token and endpoint; options that are
given then replace what the source had.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.portal.commands.output import print_one
from hinomi.portal.commands.schema import bring_up_to_date
from hinomi.portal.organisations.services import find_organisation
from hinomi.portal.sources.kinds import all_kinds
from hinomi.portal.sources.publication import publish_if_changed
from hinomi.portal.sources.services import (
    Wanted,
    find_by_token,
    register_source,
    revoke_source,
)

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`add` and `revoke`."""
    actions = parser.add_subparsers(dest="action", required=True)
    add = actions.add_parser("add", help="add a source", allow_abbrev=False)
    add.add_argument("name", nargs="?", default="", help="default: the kind")
    add.add_argument("--organisation", required=True)
    add.add_argument("--kind", required=True, help=", ".join(all_kinds()))
    add.add_argument("--expect-every", type=int, metavar="SECONDS", help="longer silence is told")
    add.add_argument("--address", action="append", help="declared fixed sender address")
    add.add_argument("--serial", action="append", help="device serial inside its records")
    add.add_argument("--timezone", help="zone of times without one (default Asia/Tokyo)")
    revoke = actions.add_parser("revoke", help="stop accepting a source")
    revoke.add_argument("token")


def run(arguments: argparse.Namespace) -> int:
    """Changes reach collect within a second of publication, running or not."""
    bring_up_to_date()
    row = _add(arguments) if arguments.action == "add" else _revoke(arguments)
    publish_if_changed()
    print_one(row, form=arguments.format)
    return 0


def _add(arguments: argparse.Namespace) -> dict[str, object]:
    organisation = find_organisation(arguments.organisation)
    found = register_source(
        organisation_id=organisation.id,
        wanted=Wanted(
            kind=arguments.kind,
            name=arguments.name,
            expect_every_s=arguments.expect_every,
            addresses=_tuple(arguments.address),
            serials=_tuple(arguments.serial),
            timezone=arguments.timezone,
        ),
    )
    return {"id": found.source.id, "token": found.token, "endpoint": found.endpoint}


def _revoke(arguments: argparse.Namespace) -> dict[str, object]:
    source = find_by_token(arguments.token)
    revoke_source(source=source)
    return {"id": source.id, "revoked": True}


def _tuple(values: list[str] | None) -> tuple[str, ...] | None:
    return None if values is None else tuple(values)
