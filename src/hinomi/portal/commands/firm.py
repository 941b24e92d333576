"""`hinomi firm add NAME` → {id}. The same name gives the same id."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.portal.commands.output import print_one
from hinomi.portal.commands.schema import bring_up_to_date
from hinomi.portal.organisations.models import FirmKind
from hinomi.portal.organisations.services import add_firm

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`add NAME [--kind KIND]`."""
    actions = parser.add_subparsers(dest="action", required=True)
    add = actions.add_parser("add", help="add a firm")
    add.add_argument("name")
    add.add_argument("--kind", choices=FirmKind.values, default=FirmKind.PROVIDER.value)


def run(arguments: argparse.Namespace) -> int:
    """Prints the firm's id."""
    bring_up_to_date()
    firm = add_firm(name=arguments.name, kind=arguments.kind)
    print_one({"id": firm.id, "name": firm.name}, form=arguments.format)
    return 0
