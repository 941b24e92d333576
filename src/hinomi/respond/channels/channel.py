"""What every way of reaching a person has in common: a self-describing class and one error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

from hinomi.core.errors import HinomiError


class ChannelError(HinomiError):
    """A message did not go out. `permanent`: trying again will not help; people must be told."""

    def __init__(self, message: str, *, permanent: bool = False, advice: str = "") -> None:
        super().__init__(message, advice=advice)
        self.permanent = permanent


@dataclass(frozen=True, slots=True)
class Setting:
    """One field of a channel's form; the form is drawn from these."""

    label: str
    support_text: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one address. `message_id` is the same for every attempt at it."""

    to: str
    subject: str
    body_text: str
    message_id: str
    body_html: str | None = None


class Channel(Protocol):
    """A way to reach a person. `send` returns when the next hop took the message."""

    kind: ClassVar[str]
    title_ja: ClassVar[str]
    settings: ClassVar[dict[str, Setting]]

    def send(self, message: Message) -> None:
        """Hand the message over, once. Raises ChannelError."""
        ...
