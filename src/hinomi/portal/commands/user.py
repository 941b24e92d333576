"""`hinomi user add MAIL …` → {id}; `hinomi user link MAIL` → {url}, a one-time sign-in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.core.errors import UsageError
from hinomi.portal.accounts.links import make_link, path_of
from hinomi.portal.commands.output import print_one
from hinomi.portal.commands.schema import bring_up_to_date
from hinomi.portal.organisations.members import add_person, join_firm, join_organisation
from hinomi.portal.organisations.models import CUSTOMER_ROLES, Role
from hinomi.portal.organisations.services import find_firm, find_organisation, serving_firm
from hinomi.portal.sources.endpoints import web_address

if TYPE_CHECKING:
    import argparse

    from hinomi.portal.accounts.models import User


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`add` and `link`."""
    actions = parser.add_subparsers(dest="action", required=True)
    add = actions.add_parser("add", help="add a person, or change their role", allow_abbrev=False)
    add.add_argument("mail")
    add.add_argument("--organisation", help="for analyst, desk, manager: the firm that serves it")
    add.add_argument("--firm")
    add.add_argument("--role", required=True, choices=Role.values)
    add.add_argument("--name", default="")
    link = actions.add_parser("link", help="make a link that signs in once, within 15 minutes")
    link.add_argument("mail")


def run(arguments: argparse.Namespace) -> int:
    """The same address gives the same id; nobody is doubled."""
    bring_up_to_date()
    if arguments.action == "link":
        url = f"{web_address()}/{path_of(make_link(mail=arguments.mail))}"
        print_one({"url": url}, form=arguments.format)
        return 0
    _require_place(arguments)
    user = add_person(mail=arguments.mail, name=arguments.name)
    _join(user, arguments)
    row = {"id": str(user.pk), "mail": user.email, "role": arguments.role}
    print_one(row, form=arguments.format)
    return 0


def _require_place(arguments: argparse.Namespace) -> None:
    if bool(arguments.organisation) == bool(arguments.firm):
        raise UsageError("Say where the person belongs.", advice="--organisation ID or --firm ID")
    if arguments.firm and arguments.role in CUSTOMER_ROLES:
        raise UsageError(f"{arguments.role} is a role in a company.", advice="--organisation ID")


def _join(user: User, arguments: argparse.Namespace) -> None:
    if arguments.role in CUSTOMER_ROLES:
        organisation = find_organisation(arguments.organisation)
        join_organisation(user=user, organisation=organisation, role=arguments.role)
        return
    if arguments.firm:
        firm = find_firm(arguments.firm)
    else:
        # Staff belong to a firm and reach the company through its engagement.
        firm = serving_firm(find_organisation(arguments.organisation).id)
    join_firm(user=user, firm=firm, role=arguments.role)
