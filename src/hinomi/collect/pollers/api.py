"""What an API is to us: its streams as a table, whom it tells of, how its pages are asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hinomi.collect.pollers.session import Session
    from hinomi.core.consent_gaps import ConsentGap


@dataclass(frozen=True, slots=True)
class Stream:
    """One kind of records of an API.

    `kind`: how the records are read. `identity`: members that together tell a record from all
    others of its customer; a record without them is told by its bytes. `customer` and
    `customer_name`: where the record says whose it is, the first that does. `first`: how far back
    a new connection begins; `most`: how far back the API goes; `overlap`: how late a record may
    appear; `window`: the longest stretch asked for at once; `memory`: how long before our cursor a
    record may come again. `right` is told when the server says that it is missing. `time`: where
    the record says when it was written, the first that does. `is_of_one`: asked without a customer
    it tells of one and no other.
    """

    name: str
    word: str
    kind: str
    identity: tuple[str, ...]
    customer: tuple[str, ...] = ()
    customer_name: tuple[str, ...] = ()
    first: timedelta = timedelta(days=1)
    most: timedelta = timedelta(days=7)
    overlap: timedelta = timedelta(hours=1)
    window: timedelta = timedelta(days=1)
    memory: timedelta = timedelta(days=3)
    right: str = ""
    time: tuple[str, ...] = ()
    is_of_one: bool = False


@dataclass(frozen=True, slots=True)
class Tenant:
    """Somebody an account may ask about. `id` "": all its customers at once, told by the records.
    `server`: where, for APIs that keep customers in several places."""

    id: str = ""
    name: str = ""
    server: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What to bring: one stream of one tenant, from `cursor` ("" at first) on, but nothing from
    `gaps`, in which the company had not agreed."""

    session: Session
    stream: Stream
    tenant: Tenant
    cursor: str = ""
    gaps: tuple[ConsentGap, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """Records as they came. `cursor`, where given: with these records kept, everything up to
    `reached_at` is. `gap`: a sentence on what the API no longer has."""

    records: tuple[bytes, ...] = ()
    cursor: str | None = None
    reached_at: datetime | None = None
    gap: str = ""


class Api(Protocol):
    """One maker's API."""

    @property
    def kind(self) -> str:
        """How accounts name it."""
        ...

    @property
    def word(self) -> str:
        """How screens name it."""
        ...

    @property
    def streams(self) -> tuple[Stream, ...]:
        """What can be fetched."""
        ...

    @property
    def needs_tenants(self) -> bool:
        """Whether a person says whom to ask about."""
        ...

    @property
    def needs_subject(self) -> bool:
        """Whether it is asked in the name of a person."""
        ...

    def tenants(self, session: Session) -> list[Tenant]:
        """Whom this account may ask about now. Raises PollFailed."""
        ...

    def pages(self, asked: Asked) -> Iterator[Page]:
        """Everything new, page by page; the last page moves the cursor. Raises PollFailed, and what
        was yielded until then stays good."""
        ...
