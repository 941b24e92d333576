"""`hinomi incidents list --organisation ID`: the company's incidents, newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.portal.commands.output import print_rows
from hinomi.portal.commands.schema import bring_up_to_date
from hinomi.portal.incidents.models import Incident
from hinomi.portal.organisations.services import find_organisation

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`list --organisation ID`."""
    actions = parser.add_subparsers(dest="action", required=True)
    listed = actions.add_parser("list", help="list a company's incidents")
    listed.add_argument("--organisation", required=True)


def run(arguments: argparse.Namespace) -> int:
    """Times are UTC."""
    bring_up_to_date()
    organisation = find_organisation(arguments.organisation)
    rows = Incident.objects.of(organisation.id).order_by("-opened_at", "-pk")
    print_rows((_row(incident) for incident in rows), form=arguments.format)
    return 0


def _row(incident: Incident) -> dict[str, object]:
    return {
        "id": incident.number,
        "kind": incident.kind,
        "level": incident.level,
        "state": incident.state,
        "opened_at": incident.opened_at.isoformat(),
        "device": incident.device,
        "certainty": incident.certainty,
        "disposition": incident.disposition,
        "finding_count": incident.finding_count,
    }
