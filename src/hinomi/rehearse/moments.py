"""How the machines of the town write a moment: all of them stand in Japan."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

JST = timezone(timedelta(hours=9), "JST")


def jst(moment: datetime) -> datetime:
    """The same moment on a Japanese wall clock."""
    return moment.astimezone(JST)


def bsd(moment: datetime) -> str:
    """RFC 3164 time: no year, no zone, the day padded with a space."""
    local = jst(moment)
    return f"{local:%b} {local.day:2d} {local:%H:%M:%S}"


def zulu(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds."""
    return (
        moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
    )
