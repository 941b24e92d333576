"""`hinomi relay add --organisation ID [NAME]` and `relay code ID` → {id, code, until}.

Adding the same name again makes a new code for the same relay; codes before it work no more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.portal.commands.output import print_one
from hinomi.portal.commands.schema import bring_up_to_date
from hinomi.portal.organisations.services import UnknownThing, find_organisation
from hinomi.portal.sources.models import Source
from hinomi.portal.sources.publication import publish_if_changed
from hinomi.portal.sources.relays import KIND, add_relay, make_code

if TYPE_CHECKING:
    import argparse

_NAME = "中継機"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`add` and `code`."""
    actions = parser.add_subparsers(dest="action", required=True)
    add = actions.add_parser("add", help="a relay of a company, and its code", allow_abbrev=False)
    add.add_argument("name", nargs="?", default=_NAME, help=f"default: {_NAME}")
    add.add_argument("--organisation", required=True)
    code = actions.add_parser("code", help="a new code for a relay")
    code.add_argument("id")


def run(arguments: argparse.Namespace) -> int:
    """The code is printed once and kept nowhere."""
    bring_up_to_date()
    relay = _RELAYS[arguments.action](arguments)
    code = make_code(relay=relay)
    publish_if_changed()
    row = {"id": relay.id, "code": code.text, "until": code.until.isoformat()}
    print_one(row, form=arguments.format)
    return 0


def _added(arguments: argparse.Namespace) -> Source:
    organisation = find_organisation(arguments.organisation)
    return add_relay(organisation_id=organisation.id, name=arguments.name)


def _found(arguments: argparse.Namespace) -> Source:
    every = Source.objects.across_all(reason="a command at the provider's machine names the relay")
    relay = every.filter(pk=arguments.id, kind=KIND).first()
    if relay is None:
        raise UnknownThing(f"No relay {arguments.id}.", advice="hinomi relay add")
    return relay


_RELAYS = {"add": _added, "code": _found}
