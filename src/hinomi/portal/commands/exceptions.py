"""`hinomi rules exceptions add|list|end`: what is left alone, for whom, why and until when."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from hinomi.core.errors import UnreadableFile
from hinomi.pipeline.exceptions.silencer import MARK
from hinomi.portal.access.time import now
from hinomi.portal.commands.output import print_one, print_rows
from hinomi.portal.commands.schema import bring_up_to_date
from hinomi.portal.exceptions.queries import listed, row_of
from hinomi.portal.exceptions.services import MOST_DAYS, add_exception, end_exception
from hinomi.portal.incidents.decisions import silenced_counts
from hinomi.portal.sources.publication import publish_if_changed

if TYPE_CHECKING:
    import argparse

    from hinomi.portal.exceptions.models import RuleException


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`add`, `list` and `end`."""
    parser.prog = "hinomi rules exceptions"  # which hands them to us
    actions = parser.add_subparsers(dest="action", required=True)
    add = actions.add_parser("add", help="leave something alone", allow_abbrev=False)
    add.add_argument("file", metavar="FILE|-", help="a Sigma filter that names its rules")
    add.add_argument("--owner", required=True, metavar="MAIL", help="who answers for it")
    add.add_argument("--reason", required=True, help="why it is ordinary here")
    add.add_argument("--days", type=int, default=90, help=f"1 to {MOST_DAYS}; default 90")
    lists = actions.add_parser("list", help="all of them, ended ones too", allow_abbrev=False)
    for action in (add, lists):
        where = action.add_mutually_exclusive_group(required=action is add)
        where.add_argument("--organisation", default="", metavar="ID", help="one company")
        where.add_argument("--firm", default="", metavar="ID", help="all companies it serves")
    end = actions.add_parser("end", help="tell again from now on")
    end.add_argument("id")


def run(arguments: argparse.Namespace) -> int:
    """Reaches the worker within a second or two of publication, running or not."""
    bring_up_to_date()
    if arguments.action == "list":
        rows = listed(organisation_id=arguments.organisation, firm_id=arguments.firm)
        silenced = silenced_counts()
        told = ({**row, "silenced": silenced[f"{MARK}{row['id']}"]} for row in rows)
        print_rows(told, form=arguments.format)
        return 0
    row = _add(arguments) if arguments.action == "add" else end_exception(exception_id=arguments.id)
    publish_if_changed()
    print_one(row_of(row, at=now()), form=arguments.format)
    return 0


def _add(arguments: argparse.Namespace) -> RuleException:
    return add_exception(
        document=_read(arguments.file),
        path=arguments.file,
        organisation_id=arguments.organisation,
        firm_id=arguments.firm,
        owner_mail=arguments.owner,
        reason=arguments.reason,
        days=arguments.days,
    )


def _read(name: str) -> str:
    if name == "-":
        return sys.stdin.read()
    try:
        return Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFile(f"{name} cannot be read: {error}") from error
