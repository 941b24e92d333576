"""`hinomi format list|import|export|use|retire`: taught formats of this installation."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from hinomi.core.errors import Place, UsageError
from hinomi.portal.commands.output import print_one, print_rows
from hinomi.portal.commands.schema import bring_up_to_date
from hinomi.portal.formats.models import FormatVersion, TaughtFormat
from hinomi.portal.formats.versions import retire, sources_of, take_in, use_for
from hinomi.portal.organisations.services import UnknownThing, default_firm, find_firm
from hinomi.portal.sources.models import Source
from hinomi.portal.sources.publication import publish_if_changed

if TYPE_CHECKING:
    import argparse

_HERE = "commands at the provider's machine"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The five actions."""
    actions = parser.add_subparsers(dest="action", required=True)
    listed = actions.add_parser("list", help="the formats that were taught here")
    listed.add_argument("--firm", default="", help="only this firm's")
    taken = actions.add_parser("import", help="take a format's file in and use it")
    taken.add_argument("file", metavar="FILE", help="the format's file")
    taken.add_argument("--firm", default="", help="whose it is (default: the first provider)")
    taken.add_argument(
        "--confirm", action="store_true", help="the meaning of the device's words in it is right"
    )
    export = actions.add_parser("export", help="write a format in use as a file, to stdout")
    export.add_argument("id")
    use = actions.add_parser("use", help="read a source with a format from now on")
    use.add_argument("id")
    use.add_argument("--source", required=True, metavar="ID")
    out = actions.add_parser("retire", help="take a format out of use")
    out.add_argument("id")


def run(arguments: argparse.Namespace) -> int:
    """Changes reach the worker within a second of publication, running or not."""
    bring_up_to_date()
    return {
        "list": _list,
        "import": _import,
        "export": _export,
        "use": _use,
        "retire": _retire,
    }[arguments.action](arguments)


def _list(arguments: argparse.Namespace) -> int:
    rows = TaughtFormat.objects.across_all(reason=_HERE).filter(retired_at=None)
    if arguments.firm:
        rows = rows.filter(firm=find_firm(arguments.firm))
    print_rows(map(_row, rows.order_by("name", "id")), form=arguments.format)
    return 0


def _import(arguments: argparse.Namespace) -> int:
    try:
        raw = Path(arguments.file).read_bytes()
    except OSError as error:
        place = Place(arguments.file)
        raise UsageError(f"The file cannot be read: {error.strerror}.", place=place) from error
    firm = find_firm(arguments.firm) if arguments.firm else default_firm()
    made = take_in(firm_id=firm.id, raw=raw, path=arguments.file, says_confirmed=arguments.confirm)
    publish_if_changed()
    print_one(_row(made), form=arguments.format)
    return 0


def _export(arguments: argparse.Namespace) -> int:
    found = _found(arguments.id)
    rows = FormatVersion.objects.across_all(reason=_HERE)
    version = rows.get(format=found, place=found.version)
    sys.stdout.write(version.definition)
    return 0


def _use(arguments: argparse.Namespace) -> int:
    source = Source.objects.across_all(reason=_HERE).filter(pk=arguments.source).first()
    if source is None:
        raise UnknownThing(f"There is no source {arguments.source}.")
    found = _found(arguments.id)
    use_for(format=found, source=source, user=None)
    publish_if_changed()
    print_one({"source": source.id, "kind": source.kind}, form=arguments.format)
    return 0


def _retire(arguments: argparse.Namespace) -> int:
    found = _found(arguments.id)
    retire(format=found, user=None)
    publish_if_changed()
    print_one({"id": found.id, "retired": True}, form=arguments.format)
    return 0


def _found(id: str) -> TaughtFormat:
    id = id.removeprefix("learned:")
    found = TaughtFormat.objects.across_all(reason=_HERE).filter(pk=id, retired_at=None).first()
    if found is None:
        raise UnknownThing(f"There is no format {id}.", advice="`hinomi format list`")
    return found


def _row(format: TaughtFormat) -> dict[str, object]:
    return {
        "id": format.id,
        "kind": format.kind,
        "name": format.name,
        "version": format.version,
        "firm": format.firm_id,
        "sources": sources_of(format).count(),
    }
