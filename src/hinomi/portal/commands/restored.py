"""`hinomi-portal restored`: run by `hinomi restore` on data that is older than the world outside.

People have been told, numbered and refused things after the backup was taken, and this portal does
not know which. So it is careful in the direction that hurts nobody (decision 0021).
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from hinomi.portal.access import audit
from hinomi.portal.accounts.links import withdraw_all
from hinomi.portal.commands.output import print_one
from hinomi.portal.commands.schema import bring_stores_up_to_date, bring_up_to_date
from hinomi.portal.incidents.opening import leave_numbers_out
from hinomi.portal.notices.repeats import note_restoration
from hinomi.portal.sources.publication import publish_directory

if TYPE_CHECKING:
    import argparse

NUMBERS_LEFT_OUT = 1_000  # incidents the lost time may have opened


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`--taken-at`: when the backup was taken."""
    parser.add_argument("--taken-at", required=True, type=datetime.fromisoformat, metavar="TIME")


def run(arguments: argparse.Namespace) -> int:
    """Says what it did; all of it or nothing."""
    bring_up_to_date()
    bring_stores_up_to_date()
    with transaction.atomic():
        told: dict[str, int | str] = {
            "notices_sent_again": note_restoration(taken_at=arguments.taken_at),
            "next_number": leave_numbers_out(NUMBERS_LEFT_OUT),
            "links_withdrawn": withdraw_all(),
        }
        audit.record(
            what="portal:data:restored",
            user_id=None,
            organisation_id=None,
            firm_id=None,
            taken_at=arguments.taken_at.isoformat(),
            **told,
        )
    publish_directory()
    print_one(told, form=arguments.format)
    return 0
