"""Sends through a pair and compares what was sent with what the log holds."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from benchmarks._senders.pairs import Pair, Sender

AGAIN_S = 0.3
GIVE_UP_S = 60.0


@dataclass(slots=True)
class Told:
    """What one company gave to a sender, and what the sender was told."""

    sent: list[str] = field(default_factory=list)
    acked: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one company's texts. `changed`: kept, and not as it was sent. `foreign`: the
    other company's, in this one's hands."""

    sent: int
    acked: int
    stored: int
    equal: int
    doubled: int = 0
    changed: int = 0
    foreign: int = 0
    lost_acked: int = 0

    @property
    def lost(self) -> int:
        """Sent and not kept."""
        return self.sent - self.equal


def send(pair: Pair, sender: Sender, texts: Sequence[str], told: Told) -> None:
    """Give them to the sender; again, until they are acknowledged, where somebody does that."""
    told.sent += texts
    left, deadline = list(texts), time.monotonic() + GIVE_UP_S
    while left:
        try:
            told.acked.update(sender(left))
        except Exception:  # whatever a client makes of a tower that is away
            if not pair.sends_again:
                return
            time.sleep(AGAIN_S)
        if not pair.sends_again or time.monotonic() > deadline:
            return
        left = [text for text in left if text not in told.acked]


def judge(pair: Pair, told: Told, raws: Iterable[bytes], *, others: Iterable[str] = ()) -> Verdict:
    """`raws` are the records of the company's source, `others` what the other company sent."""
    texts = (_text(pair, raw) for raw in raws)
    found = Counter(text for text in texts if text is not None)
    sent, foreign = set(told.sent), set(others)
    return Verdict(
        sent=len(told.sent),
        acked=len(told.acked),
        stored=sum(found.values()),
        equal=sum(1 for text in sent if text in found),
        doubled=sum(count - 1 for text, count in found.items() if text in sent),
        changed=sum(n for text, n in found.items() if text not in sent and text not in foreign),
        foreign=sum(count for text, count in found.items() if text in foreign - sent),
        lost_acked=len(told.acked - found.keys()),
    )


def _text(pair: Pair, raw: bytes) -> str | None:
    try:
        return pair.text_of(raw)
    except (ValueError, KeyError, UnicodeDecodeError):
        return f"unreadable: {raw!r}"
