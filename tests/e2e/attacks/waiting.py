"""Asking again until an answer is as wanted."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


def wait_for(ask: Callable[[], T], is_enough: Callable[[T], bool], *, seconds: float) -> T:
    """The first answer that is enough, or the last one when patience ends: the test judges it."""
    deadline = time.monotonic() + seconds
    while True:
        answer = ask()
        if is_enough(answer) or time.monotonic() > deadline:
            return answer
        time.sleep(0.2)
