"""`hinomi source add …` → {id, token, endpoint}; `list`; `revoke`, `rotate`, `certificate TOKEN`.

Adding the same kind and name again answers the same id, token and endpoint; options that are
given then replace what the source had.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from hinomi.core.errors import UsageError
from hinomi.portal.commands.output import print_one, print_rows
from hinomi.portal.commands.schema import bring_up_to_date
from hinomi.portal.organisations.services import find_organisation
from hinomi.portal.sources.credentials import (
    add_certificate,
    find_by_any_token,
    find_even_revoked,
    remove_certificate,
    rotate_token,
)
from hinomi.portal.sources.endpoints import endpoint_of
from hinomi.portal.sources.kinds import all_kinds
from hinomi.portal.sources.models import Source
from hinomi.portal.sources.publication import publish_if_changed
from hinomi.portal.sources.relays import find_relay, place_behind
from hinomi.portal.sources.services import (
    Wanted,
    register_source,
    registered,
    revoke_source,
)

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

_OVERLAP_HOURS = 24.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`add`, `list`, `revoke`, `rotate` and `certificate`."""
    actions = parser.add_subparsers(dest="action", required=True)
    add = actions.add_parser("add", help="add a source", allow_abbrev=False)
    add.add_argument("name", nargs="?", default="", help="default: the kind")
    add.add_argument("--organisation", required=True)
    add.add_argument("--kind", required=True, help=", ".join(all_kinds()))
    add.add_argument("--expect-every", type=int, metavar="SECONDS", help="longer silence is told")
    add.add_argument("--address", action="append", help="declared fixed sender address")
    add.add_argument("--serial", action="append", help="device serial inside its records")
    add.add_argument("--relay", metavar="ID", help="the company's relay that brings its records")
    add.add_argument("--relay-port", type=int, help="its own port there (default: a free one)")
    add.add_argument("--timezone", help="zone of times without one (default Asia/Tokyo)")
    listed = actions.add_parser("list", help="a company's sources; tokens are not shown again")
    listed.add_argument("--organisation", required=True)
    revoke = actions.add_parser("revoke", help="stop accepting a source")
    revoke.add_argument("token")
    rotate = actions.add_parser("rotate", help="a new token; the old one works on for a while")
    rotate.add_argument("token")
    rotate.add_argument(
        "--overlap", type=float, default=_OVERLAP_HOURS, metavar="HOURS", help="default: 24"
    )
    certificate = actions.add_parser(
        "certificate", help="client certificates that identify the source by TLS"
    )
    certificate.add_argument("token")
    certificate.add_argument("pem", nargs="?", type=Path, help="file of one to register")
    certificate.add_argument("--remove", metavar="SHA256", help="no longer accept this one")


def run(arguments: argparse.Namespace) -> int:
    """Changes reach collect within a second of publication, running or not."""
    bring_up_to_date()
    if arguments.action == "list":
        print_rows(_rows(arguments), form=arguments.format)
        return 0
    row = _ACTS[arguments.action](arguments)
    publish_if_changed()
    print_one(row, form=arguments.format)
    return 0


def _rows(arguments: argparse.Namespace) -> Iterator[dict[str, object]]:
    """Also those that were stopped: their records are still kept."""
    organisation = find_organisation(arguments.organisation)
    for source in Source.objects.of(organisation.id).order_by("name", "id"):
        yield {
            "id": source.id,
            "name": source.name,
            "kind": source.kind,
            "endpoint": endpoint_of(
                port=source.port, kind=source.kind, relay_port=source.relay_port
            ),
            "token_ends_in": source.token_hint,
            "relay": source.relay_id or "",
            "awaits_consent": source.awaits_consent,
            "revoked": source.revoked_at is not None,
        }


def _add(arguments: argparse.Namespace) -> dict[str, object]:
    organisation = find_organisation(arguments.organisation)
    found = register_source(
        organisation_id=organisation.id,
        wanted=Wanted(
            kind=arguments.kind,
            name=arguments.name,
            expect_every_s=arguments.expect_every,
            addresses=_tuple(arguments.address),
            serials=_tuple(arguments.serial),
            timezone=arguments.timezone,
        ),
    )
    if arguments.relay is None:
        return {"id": found.source.id, "token": found.token, "endpoint": found.endpoint}
    relay = find_relay(arguments.relay, organisation_id=organisation.id)
    place_behind(source=found.source, relay=relay, port=arguments.relay_port)
    placed = registered(found.source)
    return {"id": placed.source.id, "token": placed.token, "endpoint": placed.endpoint}


def _revoke(arguments: argparse.Namespace) -> dict[str, object]:
    source = find_even_revoked(arguments.token)
    revoke_source(source=source)
    return {"id": source.id, "revoked": True}


def _rotate(arguments: argparse.Namespace) -> dict[str, object]:
    if not 0 <= arguments.overlap <= 24 * 90:
        raise UsageError("The overlap must be between 0 hours and 90 days.", advice="--overlap 24")
    found = rotate_token(token=arguments.token, overlap=timedelta(hours=arguments.overlap))
    source, until = found.source, found.older_until
    return {
        "id": source.id,
        "token": found.token,
        "endpoint": endpoint_of(port=source.port, kind=source.kind, relay_port=source.relay_port),
        "old_token_until": until.isoformat() if until else "",
    }


def _certificate(arguments: argparse.Namespace) -> dict[str, object]:
    source = find_by_any_token(arguments.token)
    if arguments.remove:
        marks = remove_certificate(source=source, mark=arguments.remove)
    elif arguments.pem is not None:
        marks = add_certificate(source=source, pem=_text_of(arguments.pem))
    else:
        raise UsageError("Give a PEM file, or --remove.", advice="source certificate TOKEN FILE")
    return {"id": source.id, "certificates": marks}


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}", advice="Give a PEM file.") from error


_ACTS = {"add": _add, "revoke": _revoke, "rotate": _rotate, "certificate": _certificate}


def _tuple(values: list[str] | None) -> tuple[str, ...] | None:
    return None if values is None else tuple(values)
