"""`hinomi engagement start|end --firm ID --organisation ID`: whose people reach which company."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.portal.commands.output import print_one
from hinomi.portal.commands.schema import bring_up_to_date
from hinomi.portal.organisations.services import end_engagement, start_engagement

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Both actions take the same two ids."""
    actions = parser.add_subparsers(dest="action", required=True)
    for name, line in (("start", "serve the company from now on"), ("end", "stop at once")):
        action = actions.add_parser(name, help=line)
        action.add_argument("--firm", required=True)
        action.add_argument("--organisation", required=True)


def run(arguments: argparse.Namespace) -> int:
    """Prints both ids and whether the firm serves the company now."""
    bring_up_to_date()
    act = start_engagement if arguments.action == "start" else end_engagement
    act(firm_id=arguments.firm, organisation_id=arguments.organisation)
    row = {"firm": arguments.firm, "organisation": arguments.organisation}
    print_one({**row, "engaged": arguments.action == "start"}, form=arguments.format)
    return 0
