"""`hinomi organisation add NAME [--firm ID]` → {id}. The same name gives the same id."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.portal.commands.output import print_one
from hinomi.portal.commands.schema import bring_up_to_date
from hinomi.portal.organisations.services import add_organisation
from hinomi.portal.sources.publication import publish_if_changed

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`add NAME [--firm ID]`."""
    actions = parser.add_subparsers(dest="action", required=True)
    add = actions.add_parser("add", help="add a customer company")
    add.add_argument("name")
    add.add_argument("--firm", help="the firm that serves it (default: the first provider)")


def run(arguments: argparse.Namespace) -> int:
    """Prints the company's id."""
    bring_up_to_date()
    organisation = add_organisation(name=arguments.name, firm_id=arguments.firm)
    publish_if_changed()
    print_one({"id": organisation.id, "name": organisation.name}, form=arguments.format)
    return 0
