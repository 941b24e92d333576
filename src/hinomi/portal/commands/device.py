"""`hinomi device name --organisation ID DEVICE NICKNAME`: what its owner calls a machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.portal.commands.output import print_one
from hinomi.portal.commands.schema import bring_up_to_date
from hinomi.portal.organisations.services import find_organisation
from hinomi.portal.sources.publication import publish_if_changed
from hinomi.portal.sources.services import name_device

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`name` is the only action."""
    actions = parser.add_subparsers(dest="action", required=True)
    name = actions.add_parser("name", help="give a machine its nickname", allow_abbrev=False)
    name.add_argument("device", help="as the records write it, e.g. DESKTOP-7A2K1")
    name.add_argument("nickname", help="as its owner calls it; an empty one takes it away")
    name.add_argument("--organisation", required=True)


def run(arguments: argparse.Namespace) -> int:
    """Said twice it is the same."""
    bring_up_to_date()
    organisation = find_organisation(arguments.organisation)
    name_device(
        organisation_id=organisation.id, native=arguments.device, nickname=arguments.nickname
    )
    publish_if_changed()
    row = {"device": arguments.device, "nickname": arguments.nickname.strip()}
    print_one(row, form=arguments.format)
    return 0
