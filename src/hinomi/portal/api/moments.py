"""A time in a question: RFC 3339 with its zone. One without is refused, not guessed: a program that
runs in UTC would otherwise read nine hours too many, or too few, and never notice."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

_WRITTEN = re.compile(
    r"(\d{4})(-\d\d-\d\d[Tt](?:[01]\d|2[0-3]):[0-5]\d:)([0-5]\d|60)(\.\d{1,6})?\d*"
    r"([Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)",
    re.ASCII,
)
# Nothing of ours is older or newer; beyond, a change of the zone would leave the calendar.
_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
_ADVICE = "Write it as 2026-11-22T09:00:00+09:00, with the zone."


def _read(value: Any) -> datetime:  # noqa: ANN401 - from outside
    written = _WRITTEN.fullmatch(value) if isinstance(value, str) else None
    if written is None:
        raise ValueError(_ADVICE)
    year, middle, second, part, zone = written.groups()
    year = year.replace("0000", "0004")  # a year of Python's, a leap year too
    try:
        # A leap second is the end of its minute.
        moment = datetime.fromisoformat(
            f"{year}{middle.upper()}{min(second, '59')}{part or ''}{zone.upper()}"
        )
    except ValueError as error:
        raise ValueError(_ADVICE) from error
    return min(max(moment, _FIRST), _LAST).astimezone(UTC)


Moment = Annotated[
    datetime,
    BeforeValidator(_read),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
