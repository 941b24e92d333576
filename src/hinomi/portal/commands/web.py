"""`hinomi-portal web`: serve the screens until SIGTERM."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.config import load_config
from hinomi.portal.web import add_arguments, serve

if TYPE_CHECKING:
    import argparse

__all__ = ["add_arguments", "run"]


def run(arguments: argparse.Namespace) -> int:
    """Blocks until SIGTERM."""
    serve(arguments, data=load_config(data=arguments.data).data)
    return 0
