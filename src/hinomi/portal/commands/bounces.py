"""`hinomi-portal bounces`: reads one mail that came back on standard input, as a mail server hands
it to a program, and records which address it did not reach."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from hinomi.portal.access.time import now
from hinomi.portal.commands.output import print_rows
from hinomi.portal.ways.arrivals import note_arrival
from hinomi.portal.ways.models import Arrival
from hinomi.respond.bounces import read_bounces

if TYPE_CHECKING:
    import argparse

_MOST_BYTES = 1_000_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Nothing but the mail."""


def run(arguments: argparse.Namespace) -> int:
    """Always 0 for a mail that was read: a server would send it back to us again otherwise. What
    is no report of ours is said and left."""
    rows = []
    for bounce in read_bounces(sys.stdin.buffer.read(_MOST_BYTES)):
        is_ours = note_arrival(
            kind="mail",
            provider_id=bounce.message_id,
            arrival=Arrival.HARD if bounce.is_hard else Arrival.SOFT,
            moment=now(),
            address=bounce.address,
            reason=bounce.status,
        )
        rows.append(
            {
                "message_id": bounce.message_id,
                "address": bounce.address,
                "permanent": bounce.is_hard,
                "status": bounce.status,
                "ours": is_ours,
            }
        )
    print_rows(rows, form=arguments.format)
    return 0
