"""A printed letter, for those nothing else reaches: it waits at the desk until a person brings it
away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

from hinomi.respond.channels.channel import (
    Channel,
    ChannelError,
    Message,
    Receipt,
    Setting,
    Surroundings,
)
from hinomi.respond.channels.wording import clean_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_LEAST_LINES = 2


@dataclass(frozen=True, slots=True)
class Letter(Channel):
    """`to` is the address as it stands in the window, line by line."""

    kind: ClassVar[str] = "letter"
    maker: ClassVar[str] = "letter"
    title_ja: ClassVar[str] = "手紙"
    unit_ja: ClassVar[str] = "通"
    is_for_staff: ClassVar[bool] = False
    settings: ClassVar[dict[str, Setting]] = {}

    put: Callable[[Message], None]

    @classmethod
    def from_settings(cls, values: Mapping[str, str], *, surroundings: Surroundings) -> Self:
        """Raises ChannelError where nobody takes letters."""
        if surroundings.put_letter is None:
            raise ChannelError("Nobody takes letters here.", permanent=True)
        return cls(surroundings.put_letter)

    def send(self, message: Message) -> Receipt:
        """Taken when it lies at the desk; the same message lies there once."""
        lines = [line for line in clean_lines(message.to).split("\n") if line.strip()]
        if len(lines) < _LEAST_LINES:
            raise ChannelError(
                "The letter has no postal address.", permanent=True, advice="Add the address."
            )
        self.put(message)
        return Receipt(message.message_id)
