"""A cursor names the last row that was given. Opaque to programs, so that it may change."""

from __future__ import annotations

import base64
import binascii
import re

from hinomi.portal.api.problems import Unfit

_PLACE = re.compile(r"[a-z0-9_]{1,40}\Z")


def written(place: str) -> str:
    """The cursor behind a row's key."""
    return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")


def read(cursor: str) -> str:
    """The row's key; Unfit for anything that is no cursor of ours."""
    try:
        place = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
    except (binascii.Error, ValueError) as error:
        raise Unfit(errors=["cursor: not one of ours"]) from error
    if not _PLACE.match(place):
        raise Unfit(errors=["cursor: not one of ours"])
    return place


def read_number(cursor: str) -> int:
    """As `read`, for rows that are numbered."""
    place = read(cursor)
    if not place.isdigit() or len(place) > 18:
        raise Unfit(errors=["cursor: not one of ours"])
    return int(place)
