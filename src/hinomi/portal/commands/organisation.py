"""`hinomi organisation add NAME [--firm ID]` → {id}. The same name gives the same id.

`hinomi organisation list [--firm ID] [WORD]`: the companies, by name, or those whose name or id
holds the word.

`hinomi organisation values --organisation ID set|add|remove|list [NAME [VALUE…]]`: what `%NAME%` in
rules stands for at this company.

`hinomi organisation import FILE [--firm ID] [--mailbox ID] [--dry-run]`: customers from Excel or
CSV; a second time the same file changes nothing. Exit 1 when rows were left out.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from django.db import transaction

from hinomi.core.errors import UnreadableFile, UsageError
from hinomi.portal.commands.output import print_one, print_rows
from hinomi.portal.commands.schema import bring_up_to_date
from hinomi.portal.mailboxes.services import find_mailbox
from hinomi.portal.organisations.services import (
    add_organisation,
    all_companies,
    default_firm,
    find_firm,
    find_organisation,
)
from hinomi.portal.organisations.values import set_values, values_of
from hinomi.portal.rosters import services as rosters
from hinomi.portal.rosters.comparing import count, sight_of
from hinomi.portal.rosters.headings import Field
from hinomi.portal.rosters.steps import State
from hinomi.portal.sources.publication import publish_if_changed

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping

    from hinomi.portal.rosters.steps import Step

    _Values = tuple[str, ...]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`add NAME [--firm ID]`, `list`, `values …`, `import FILE`."""
    actions = parser.add_subparsers(dest="action", required=True)
    add = actions.add_parser("add", help="add a customer company")
    add.add_argument("name")
    add.add_argument("--firm", help="the firm that serves it (default: the first provider)")
    add.set_defaults(do=_add)
    listed = actions.add_parser("list", help="the customer companies with their ids")
    listed.add_argument("word", nargs="?", default="", help="part of a name or an id")
    listed.add_argument("--firm", help="only those this firm serves")
    listed.set_defaults(do=_list)
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
    brought = actions.add_parser("import", help="add customers from an Excel or CSV list")
    brought.add_argument("file", type=Path, help="headings in the first rows, one company a row")
    brought.add_argument("--firm", help="the firm that serves them (default: the first provider)")
    brought.add_argument(
        "--mailbox", help="their mails come there: names, tenants and serials become routes"
    )
    brought.add_argument(
        "--dry-run", action="store_true", help="say what would change and write nothing"
    )
    brought.set_defaults(do=_import)


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


def _list(arguments: argparse.Namespace) -> int:
    firm_id = find_firm(arguments.firm).id if arguments.firm else ""
    rows = (
        {"id": each.id, "name": each.name, "firms": firms}
        for each, firms in all_companies(firm_id=firm_id, word=arguments.word)
    )
    print_rows(rows, form=arguments.format)
    return 0


def _import(arguments: argparse.Namespace) -> int:
    try:
        raw = arguments.file.read_bytes()
    except OSError as error:
        raise UnreadableFile(
            f"{arguments.file} cannot be read.", advice=error.strerror or "Is it there?"
        ) from error
    with transaction.atomic():
        firm = find_firm(arguments.firm) if arguments.firm else default_firm()
        steps = _taken(arguments, raw=raw, firm_id=firm.id)
        transaction.set_rollback(arguments.dry_run)
    if not arguments.dry_run:
        publish_if_changed()
    _print_steps(arguments, steps, firm_id=firm.id)
    return 1 if any(step.state is State.FAULT for step in steps) else 0


def _taken(arguments: argparse.Namespace, *, raw: bytes, firm_id: str) -> list[Step]:
    """What was written; in a dry run the caller takes it back."""
    roster = rosters.bring(firm_id=firm_id, file_name=arguments.file.name, raw=raw, user=None)
    if Field.NAME.value not in roster.columns:
        raise UsageError(
            "No column is recognised as the company's name.", advice="Call its heading 会社名."
        )
    if arguments.mailbox:
        roster.mailbox = find_mailbox(arguments.mailbox, firm_id=firm_id)
        roster.save(update_fields=["mailbox"])
    steps = sight_of(roster).steps
    rosters.take_in(roster=roster, user=None)
    return steps


def _print_steps(arguments: argparse.Namespace, steps: list[Step], *, firm_id: str) -> None:
    rows = [
        {
            "line": step.wish.line,
            "company": step.wish.cell(Field.NAME),
            "state": step.state.value,
            "texts": list(step.texts),
        }
        for step in steps
    ]
    if arguments.format != "json":
        print_rows(rows, form=arguments.format)
        return
    counts = {state.value: number for state, number in count(steps).items()}
    head = {"firm": firm_id, "written": not arguments.dry_run}
    print_one({**head, **counts, "rows": rows}, form=arguments.format)


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
