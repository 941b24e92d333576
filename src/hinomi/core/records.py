"""A record as it arrived, and the event or the set-aside note it becomes. Stage 2's two ends."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hinomi.core.words import Disposition, SetAsideReason, TimeNote

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


# RawRecord and Event are made once per record and never changed. They are not `frozen` because
# that alone costs 0.9 µs for each (measured), a tenth of the time a record may take.


@dataclass(slots=True)
class RawRecord:
    """One framed record. `raw` is exactly the bytes of the frame; nothing was trimmed or decoded.

    `kind` is the format name the source was registered with, or "auto". `timezone` is an IANA name
    that applies where the record states none. Times are aware UTC. `frame_fault` is what collect
    saw wrong with the frame: `too_large` (cut at the cap) or `broken_frame` (its count or end).
    `heard_at` is when a relay at the customer's place heard it, never after `receive_time`; None
    when it came to us directly.
    """

    event_id: str
    organisation: str
    source: str
    kind: str
    timezone: str
    receive_time: datetime
    raw: bytes
    peer: str = ""
    frame_fault: SetAsideReason | None = None
    heard_at: datetime | None = None


@dataclass(slots=True)
class Event:
    """One readable record under its native field names; every native value is text.

    `shape` is the format family (one Parquet layout each: "windows", "fortigate" …) and `fields`
    the native names. `device` is the best name the record gives its machine, "" when none.
    `event_time` equals `receive_time` when the record states no time or one > 5 min in the future.
    """

    event_id: str
    organisation: str
    source: str
    shape: str
    device: str
    event_time: datetime
    receive_time: datetime
    fields: Mapping[str, str]
    raw: bytes
    time_note: TimeNote = TimeNote.STATED
    user: str = ""
    disposition: Disposition = Disposition.UNKNOWN


@dataclass(frozen=True, slots=True)
class SetAside:
    """A record that could not be read: the reason, a sentence for a person, and the bytes."""

    event_id: str
    organisation: str
    source: str
    receive_time: datetime
    reason: SetAsideReason
    detail: str
    raw: bytes = field(repr=False)
