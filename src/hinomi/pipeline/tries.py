"""Tries (試験) in the stream: what a try's record shows is kept and told, but opens no incident."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.core.signals import try_names_in

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hinomi.core.directory import Directory
    from hinomi.detect.found import Found

TRY = "try:"  # with the try's name: what a finding of a try says it was silenced by


def awaited_tries(directory: Directory) -> Mapping[str, str]:
    """The names of tries that are out, each with the company that made it."""
    live = (one for one in directory.sources if one.awaited_try and one.is_listened_to)
    return {one.awaited_try: one.organisation for one in live}


def with_tries(
    silenced_by: Callable[[Found], str], *, awaited: Mapping[str, str]
) -> Callable[[Found], str]:
    """Exceptions first, then tries. Only a name that this very company waits for counts: nobody
    can hide an attack behind a word."""
    if not awaited:
        return silenced_by

    def silenced(found: Found) -> str:
        return silenced_by(found) or _by_try(found, awaited)

    return silenced


def _by_try(found: Found, awaited: Mapping[str, str]) -> str:
    for name in try_names_in(found.event.raw):
        if awaited.get(name) == found.event.organisation:
            return TRY + name
    return ""
