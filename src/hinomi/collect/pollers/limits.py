"""Every threshold of the pollers in one place; tests pass their own."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class PollLimits:
    """Sizes in bytes, times in seconds. `room_bytes`: what may wait for a person, per account;
    beyond it the rest stays with the maker. `busy_s`: how long one look waits, all in all, for a
    server that asks us to; `answer_s` bounds one answer however slowly it drips."""

    answer_bytes: int = 32 * MIB
    room_bytes: int = 200 * MIB
    timeout_s: float = 30.0
    answer_s: float = 180.0
    tries: int = 4
    first_wait_s: float = 1.0
    busy_s: float = 240.0
    pages: int = 5_000  # of one window: more is a server that goes round in circles
    least_every_s: int = 60
    first_backoff_s: float = 30.0
    most_backoff_s: float = 900.0
    refused_backoff_s: float = 900.0  # a wrong key too often locks the account
    at_once: int = 3  # accounts looked into at the same moment
