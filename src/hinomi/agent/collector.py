"""What a collector is: something on this machine that tells what happens, in one way."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Told:
    """One record to send. `kind` is a name of `gate.ALLOWANCES`."""

    kind: str
    body: bytes


class Collector(Protocol):
    """Never blocks and never raises for what it meets on the machine."""

    name: str

    def fileno(self) -> int | None:
        """What to wait on; None for one that looks by itself each round."""
        ...

    def read(self) -> Sequence[Told]:
        """What happened since the last time."""
        ...

    def broken(self) -> Sequence[str]:
        """What does not work, in Japanese sentences for the customer's page; empty: all works."""
        ...

    def lost(self) -> int:
        """Events that were missed since the start."""
        ...

    def close(self) -> None:
        """Put everything back as it was found."""
        ...


@runtime_checkable
class KeepsPlace(Protocol):
    """A collector that can go on where it stopped."""

    def keep_place(self) -> None:
        """Write down what was reached; called once what was read is in the spool."""
        ...


def line_of(sent: Mapping[str, object]) -> bytes:
    """A record as one line of JSON; `hinomi` stands first and says what it is."""
    body = json.dumps(sent, ensure_ascii=False, separators=(",", ":"))
    return body.encode("utf-8", "backslashreplace")


def told(sent: Mapping[str, object]) -> Told:
    """A record of a collector, its kind by what it says it is."""
    return Told(str(sent["hinomi"]), line_of(sent))
