"""What waits in the spool goes to the tower, oldest first, each batch until it is taken.

Nothing is given up: trouble makes the pauses longer, never the spool shorter.
"""

from __future__ import annotations

import base64
import json
import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from hinomi.core import crash
from hinomi.pipeline.relay.tower import BatchTooLarge, Busy, KeyTaken, Refused, Unreachable
from hinomi.store.uplink import Backoff

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from hinomi.core.clock import Clock
    from hinomi.pipeline.relay.tower import Taken
    from hinomi.store.spool import Batch, Spool, Spooled

BATCH_RECORDS = 2_000
BATCH_BYTES = 1024 * 1024
IDLE_S = 5.0
_REFUSED_WAIT_S = 60.0
_LEAST_BYTES = 16 * 1024
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
logger = logging.getLogger(__name__)


def microseconds(moment: datetime) -> int:
    """Since 1970, exact."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def body_of(records: Iterable[Spooled]) -> bytes:
    """The lines as the tower reads them: equal records give equal bytes."""
    return b"".join(map(_line, records))


def _line(record: Spooled) -> bytes:
    told: dict[str, object] = {
        "s": record.source,
        "t": microseconds(record.heard_at),
        "b": base64.b64encode(record.raw).decode(),
    }
    if record.peer:
        told["p"] = record.peer
    if record.fault:
        told["f"] = record.fault
    return json.dumps(told, separators=(",", ":")).encode() + b"\n"


@dataclass(slots=True)
class Line:
    """How the line to the tower is, as the status page tells it."""

    sent: int = 0
    refused_records: int = 0
    last_sent_at: datetime | None = None
    trouble: str = ""
    trouble_since: datetime | None = None
    trouble_by: str = ""  # "bring" or "ask": who ends it
    is_refused: bool = False

    def note_trouble(self, sentence: str, *, at: datetime, by: str) -> None:
        """Logged once for as long as it lasts."""
        if not self.trouble:
            self.trouble_since = at
            logger.warning("%s", sentence)
        self.trouble, self.trouble_by = sentence, by

    def note_contact(self, *, by: str) -> None:
        """The tower answered. What the other one met may last."""
        self.is_refused = False
        if by in ("bring", self.trouble_by):
            self.trouble, self.trouble_since = "", None


@dataclass(slots=True)
class Sender:
    """One request a step. `bring` is `Tower.bring`."""

    spool: Spool
    bring: Callable[..., Taken]
    clock: Clock
    line: Line
    backoff: Backoff = field(default_factory=Backoff)
    most_bytes: int = BATCH_BYTES

    def step(self) -> float:
        """Send the next batch; seconds until the next step, 0 when more may wait."""
        batch = self.spool.batch(most_records=BATCH_RECORDS, most_bytes=self.most_bytes)
        if batch is None:
            return IDLE_S
        try:
            crash.point("relay:before-send")
            taken = self.bring(body_of(batch.records), key=batch.key)
        except Busy as error:
            self.line.note_trouble(error.message, at=self.clock.now(), by="bring")
            return self.backoff.next_s(at_least=error.wait_s)
        except Refused as error:
            self.line.is_refused = True
            self.line.note_trouble(error.message, at=self.clock.now(), by="bring")
            return _REFUSED_WAIT_S
        except Unreachable as error:
            self.line.note_trouble(error.message, at=self.clock.now(), by="bring")
            return self.backoff.next_s()
        except BatchTooLarge as error:
            self.most_bytes = max(self.most_bytes // 2, _LEAST_BYTES)
            self.spool.thaw()
            self.line.note_trouble(error.message, at=self.clock.now(), by="bring")
            return self.backoff.next_s()
        except KeyTaken as error:
            self.spool.rename()
            self.line.note_trouble(error.message, at=self.clock.now(), by="bring")
            return self.backoff.next_s()
        crash.point("relay:after-answer")
        self.spool.sent(batch)
        self._note_sent(batch, taken)
        return 0.0

    def _note_sent(self, batch: Batch, taken: Taken) -> None:
        self.backoff.reset()
        self.line.note_contact(by="bring")
        self.line.sent += len(batch.records) - taken.refused
        self.line.refused_records += taken.refused
        self.line.last_sent_at = self.clock.now()


def strange_lines(lines: Sequence[tuple[str, datetime, bytes]]) -> bytes:
    """Lines of senders nobody named: (address, heard at, bytes). A courtesy, never spooled."""
    return b"".join(
        json.dumps(
            {
                "s": "",
                "t": microseconds(at),
                "b": base64.b64encode(raw).decode(),
                "p": f"[{address}]:0" if ":" in address else f"{address}:0",
            }
        ).encode()
        + b"\n"
        for address, at, raw in lines
    )
