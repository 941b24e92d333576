"""What every way of reaching a person has in common: a self-describing class and one error."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar, Protocol, Self

from hinomi.core.errors import HinomiError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime


class ChannelError(HinomiError):
    """A message did not go out. `permanent`: trying again will not help; people must be told.
    `refuses_address`: permanent, and because of this very address: no other message will get there
    either. `retry_after_s`: how long the other side asks us to wait; None when it said nothing."""

    def __init__(
        self,
        message: str,
        *,
        permanent: bool = False,
        refuses_address: bool = False,
        advice: str = "",
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message, advice=advice)
        self.permanent = permanent or refuses_address
        self.refuses_address = refuses_address
        self.retry_after_s = retry_after_s


class SettingKind(StrEnum):
    """How a setting is asked for. SECRET is sealed, and never shown again."""

    TEXT = "text"
    SECRET = "secret"  # noqa: S105 - a kind of field, no password
    URL = "url"
    NUMBER = "number"
    CHOICE = "choice"
    LONG = "long"
    LONG_SECRET = "long_secret"  # noqa: S105 - a kind of field, no password


@dataclass(frozen=True, slots=True)
class Setting:
    """One field of a channel's form; the form is drawn from these. `choices`: value and word."""

    label: str
    support_text: str = ""
    kind: SettingKind = SettingKind.TEXT
    default: str = ""
    is_required: bool = True
    choices: tuple[tuple[str, str], ...] = ()

    @property
    def is_secret(self) -> bool:
        """True when the value is sealed and never shown again."""
        return self.kind in (SettingKind.SECRET, SettingKind.LONG_SECRET)


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one address. `message_id` is the same for every attempt at it.

    `text_short` is for SMS and chats (SMS: at most 70 letters, no link), `spoken` is what a call
    reads, `press_url` where our call posts the key that was pressed. `number` is 受付番号 and
    `phone` whom to ring, for papers. `refers_to`: Message-IDs of the mails before it in its thread,
    oldest first. `organisation_id`: whose message it is, for papers that wait
    to be printed.
    """

    to: str
    subject: str
    body_text: str
    message_id: str
    body_html: str | None = None
    text_short: str = ""
    spoken: str = ""
    press_url: str = ""
    number: str = ""
    phone: str = ""
    organisation_id: str = ""
    refers_to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the next hop gave for a message it took. `provider_id` is its name there; `units` how
    many it will be billed as; `cost_yen` only where the answer itself tells a price in yen."""

    provider_id: str = ""
    units: int = 1
    cost_yen: Decimal = Decimal(0)


class Channel(Protocol):
    """A way to reach a person. `send` returns when the next hop took the message."""

    kind: ClassVar[str]
    title_ja: ClassVar[str]
    settings: ClassVar[dict[str, Setting]]

    def send(self, message: Message) -> Receipt:
        """Hand the message over, once. Raises ChannelError."""
        ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The house a channel stands in; nothing here is a setting of the firm. `callback_url`: where
    the other side reports later what became of a message ("" for nowhere). `house_mail`: our own
    way for mails. `put_letter` takes a letter for the desk to print. `reaches_inside`: addresses of
    this machine and its network are allowed (rehearsals and tests only)."""

    now: Callable[[], datetime]
    service_name: str
    callback_url: str = ""
    house_mail: MailOut | None = None
    put_letter: Callable[[Message], None] | None = None
    reaches_inside: bool = False


class MailOut(Protocol):
    """What a way that travels by mail needs of one."""

    def send_with(self, message: Message, *, attachment: bytes, file_name: str) -> Receipt:
        """One mail with one PDF. Raises ChannelError."""
        ...


class Maker(Channel, Protocol):
    """A channel that a firm can set up by itself. `maker` names the class among those of its kind;
    `unit_ja` is what is counted; `is_for_staff`: never offered for customers."""

    maker: ClassVar[str]
    unit_ja: ClassVar[str]
    is_for_staff: ClassVar[bool]

    @classmethod
    def from_settings(cls, values: Mapping[str, str], *, surroundings: Surroundings) -> Self:
        """The channel ready to send. Raises ChannelError when a value cannot be used."""
        ...
