"""The worker's baselines: what the directory says of companies, and the worker's own memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.detect.baselines import Baselines

if TYPE_CHECKING:
    from hinomi.core.directory import Directory
    from hinomi.core.state import KeyedState


def baselines_of(directory: Directory, state: KeyedState) -> Baselines:
    """For one generation of the directory."""
    zones = {one.id: one.timezone for one in directory.organisations}
    return Baselines(state, zones=zones, usual=directory.usual)
