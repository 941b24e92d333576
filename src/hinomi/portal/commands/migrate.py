"""`hinomi migrate`: every store to this version's schema. `hinomi up` does it by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.portal.commands.output import print_one
from hinomi.portal.commands.schema import bring_stores_up_to_date, bring_up_to_date

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """No arguments of its own."""


def run(arguments: argparse.Namespace) -> int:
    """Names what was applied."""
    applied = bring_up_to_date()
    bring_stores_up_to_date()
    print_one({"applied": applied}, form=arguments.format)
    return 0
