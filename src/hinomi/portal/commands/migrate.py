"""`hinomi migrate`: every store to this version's schema. `hinomi up` does it by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.management import call_command

from hinomi.portal.access.time import now
from hinomi.portal.accounts.models import SignInLink
from hinomi.portal.commands.output import print_one
from hinomi.portal.commands.schema import bring_stores_up_to_date, bring_up_to_date

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """No arguments of its own."""


def _tidy() -> None:
    """Sessions and links that ended; every start of the tower comes by here."""
    call_command("clearsessions")
    SignInLink.objects.filter(expires_at__lt=now()).delete()


def run(arguments: argparse.Namespace) -> int:
    """Names what was applied."""
    applied = bring_up_to_date()
    bring_stores_up_to_date()
    _tidy()
    print_one({"applied": applied}, form=arguments.format)
    return 0
