"""For APIs that are asked by time: stretches from where we stand to now, each begun a little early.

A record may appear in an API minutes or hours after the time it carries; therefore windows overlap,
and what comes again is known by its identity.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hinomi.collect.pollers.api import Page
from hinomi.collect.pollers.trouble import PollFailed, Trouble
from hinomi.core.consent_gaps import first_taken, stretches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from hinomi.collect.pollers.api import Asked
    from hinomi.collect.pollers.session import Login

    Fetch = Callable[[datetime, datetime], Iterable[tuple[bytes, ...]]]


def by_windows(asked: Asked, fetch: Fetch, *, login: Login) -> Iterator[Page]:
    """`fetch(start, end)` gives the pages between two times, both included. A window's cursor comes
    after its last page: one that breaks off is fetched again from its beginning."""
    asked.session.sign_in(login)  # its answer tells the server's time
    stream, end = asked.stream, asked.session.caller.server_now()
    reached = moment_in(asked.cursor)
    start = reached - stream.overlap if reached else end - stream.first
    start = min(start, end - stream.overlap)  # a clock that was set back
    missed = first_taken(asked.gaps, reached) if reached else end
    if missed < end - stream.most:
        yield Page(gap=gap_between(missed, end - stream.most))
    start = max(start, end - stream.most)
    for first, last in stretches(asked.gaps, start, end):
        yield from _windows(asked, fetch, first, last)


def _windows(asked: Asked, fetch: Fetch, start: datetime, end: datetime) -> Iterator[Page]:
    while start < end:
        until = min(start + asked.stream.window, end)
        for number, records in enumerate(fetch(start, until)):
            if number >= asked.session.caller.limits.pages:
                raise PollFailed(Trouble.BROKEN_ANSWER, about="ページが終わりません")
            yield Page(records)
        yield Page(cursor=iso(until), reached_at=until)
        start = until


def iso(moment: datetime) -> str:
    """As all these APIs write a time: UTC, to the millisecond, Z."""
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def moment_in(cursor: str) -> datetime | None:
    """The time a cursor names; None for anything else."""
    try:
        moment = datetime.fromisoformat(cursor)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def gap_between(start: datetime, end: datetime) -> str:
    """What can no longer be fetched, for people."""
    return f"{_told(start)}から{_told(end)}までの記録は、先方にもう残っていませんでした。"


def _told(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}（UTC）"
