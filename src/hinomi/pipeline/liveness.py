"""Does a record prove that its source works now? One rule for all who count. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from hinomi.core.findings import LATE_AFTER

if TYPE_CHECKING:
    from hinomi.core.records import Event

_LATE_S = LATE_AFTER.total_seconds()


def proves_alive(event: Event) -> bool:
    """An old buffer that is emptied proves nothing. A mail is as new as its own date: what it
    reports may be of last month."""
    if event.shape != "mail":
        return (event.receive_time - event.event_time).total_seconds() <= _LATE_S
    return (event.receive_time - _written(event)).total_seconds() <= _LATE_S


def _written(event: Event) -> datetime:
    """The mail's own date; without one that can be read, what its content says."""
    try:
        written = datetime.fromisoformat(event.fields.get("mail.date", ""))
    except ValueError:
        return event.event_time
    return written if written.tzinfo is not None else event.event_time
