"""`hinomi organisation add NAME [--firm ID]` → {id}. The same name gives the same id.

`hinomi organisation values --organisation ID set|add|remove|list [NAME [VALUE…]]`: what `%NAME%` in
rules stands for at this company.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.core.errors import UsageError
from hinomi.portal.commands.output import print_one, print_rows
from hinomi.portal.commands.schema import bring_up_to_date
from hinomi.portal.organisations.services import add_organisation, find_organisation
from hinomi.portal.organisations.values import set_values, values_of
from hinomi.portal.sources.publication import publish_if_changed

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping

    _Values = tuple[str, ...]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`add NAME [--firm ID]`, `values …`."""
    actions = parser.add_subparsers(dest="action", required=True)
    add = actions.add_parser("add", help="add a customer company")
    add.add_argument("name")
    add.add_argument("--firm", help="the firm that serves it (default: the first provider)")
    add.set_defaults(do=_add)
    values = actions.add_parser(
        "values", help="what placeholders in rules stand for at this company", allow_abbrev=False
    )
    values.add_argument("--organisation", required=True)
    values.add_argument("change", choices=("list", *_CHANGES))
    values.add_argument(
        "name", nargs="?", default="", help="the placeholder, without its percent signs"
    )
    values.add_argument("values", nargs="*", metavar="value", help="Sigma text: * and ? work")
    values.set_defaults(do=_values)


def run(arguments: argparse.Namespace) -> int:
    """Adding prints the company's id; values are printed as they are afterwards."""
    bring_up_to_date()
    do: Callable[[argparse.Namespace], int] = arguments.do
    return do(arguments)


def _add(arguments: argparse.Namespace) -> int:
    organisation = add_organisation(name=arguments.name, firm_id=arguments.firm)
    publish_if_changed()
    print_one({"id": organisation.id, "name": organisation.name}, form=arguments.format)
    return 0


def _values(arguments: argparse.Namespace) -> int:
    organisation, name = find_organisation(arguments.organisation), arguments.name.strip("%")
    if arguments.change != "list":
        _require_words(arguments.change, name, arguments.values)
        before = values_of(organisation.id).get(name, ())
        wanted = _CHANGES[arguments.change](before, tuple(arguments.values))
        set_values(organisation_id=organisation.id, name=name, values=wanted)
        publish_if_changed()
    rows = [
        {"name": each, "values": list(values)}
        for each, values in values_of(organisation.id).items()
        if name in ("", each)
    ]
    print_rows(rows, form=arguments.format)
    return 0


def _require_words(change: str, name: str, values: list[str]) -> None:
    """Only `set` may come without values: it empties the name."""
    if not name or (change != "set" and not values):
        raise UsageError(
            f"`{change}` needs a name and a value.", advice="e.g. add servers FILESV BACKUPSV"
        )


_CHANGES: Mapping[str, Callable[[_Values, _Values], _Values]] = {
    "set": lambda _, given: given,
    "add": lambda before, given: (*before, *given),
    "remove": lambda before, given: tuple(each for each in before if each not in given),
}
