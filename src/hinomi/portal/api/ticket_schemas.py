"""Tickets (相談) as they go in and out."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - read when the document is made
from enum import StrEnum
from typing import Annotated, Literal

from ninja import Field, Schema

from hinomi.portal.api.schemas import OPTIONS, Company
from hinomi.portal.tickets.models import Side, TicketKind, TicketState, Way  # noqa: TC001 - as above
from hinomi.portal.tickets.services import PHONE_MOST, SUBJECT_MOST, TEXT_MOST

Text = Annotated[str, Field(min_length=1, max_length=TEXT_MOST)]
Subject = Annotated[str, Field(min_length=1, max_length=SUBJECT_MOST)]
Phone = Annotated[str, Field(max_length=PHONE_MOST)]
Once = Annotated[
    str,
    Field(
        min_length=8,
        max_length=80,
        description="The program's own name for this request: sent twice, it counts once.",
    ),
]


class Promised(StrEnum):
    """What the customer was promised."""

    CALL = "call"
    REPLY = "reply"


class PromiseOut(Schema):
    """A call by a booked duty slot, with its person and number, or an answer by a day."""

    kind: Promised
    until: datetime
    by: str
    phone: str
    is_late: bool


class TicketOut(Schema):
    """One ticket. `waiting_since`: since when the customer waits for us. `assigned_to` is told to
    the firm's keys only."""

    number: str
    organisation: Company
    subject: str
    kind: TicketKind
    way: Way
    state: TicketState
    state_ja: str
    is_open: bool
    opened_at: datetime
    closed_at: datetime | None
    waiting_since: datetime | None
    promise: PromiseOut | None
    phone: str
    incident: str | None
    assigned_to: str | None
    version: int


class TicketPage(Schema):
    """Newest first. `next_cursor` is null on the last page."""

    items: list[TicketOut]
    next_cursor: str | None


class FileOut(Schema):
    """A photograph; its bytes are on the page. `set_aside` says why something else was not kept."""

    id: str
    name: str
    size_bytes: int
    set_aside: str


class MessageOut(Schema):
    """One message. Notes and steps (`inside`, `step`) are told to the firm's keys only."""

    at: datetime
    side: Side
    way: Way
    by: str
    text: str
    files: list[FileOut]


class ThreadOut(Schema):
    """Every word, oldest first; a company's own key reads what its page shows."""

    number: str
    organisation: Company
    version: int
    items: list[MessageOut]


class QuestionIn(Schema):
    """A question of the company's own."""

    model_config = OPTIONS

    organisation: Annotated[str, Field(min_length=1, max_length=40)]
    subject: Subject
    text: Text
    once: Once


class CallIn(Schema):
    """What a customer said on the telephone, written down by the firm. `calls_back` books a duty
    slot if one is free: look at `promise` before a time is named."""

    model_config = OPTIONS

    organisation: Annotated[str, Field(min_length=1, max_length=40)]
    subject: Subject
    text: Text
    author_name: Annotated[str, Field(max_length=120)] = ""
    phone: Phone = ""
    calls_back: bool = False
    once: Once


class MessageIn(Schema):
    """More words of the customer's."""

    model_config = OPTIONS

    text: Text
    once: Once


class ReplyIn(Schema):
    """The desk's answer, by page and mail. `version` is the ticket's, as read before: when somebody
    wrote meanwhile, it is refused. Red words need `all_the_same`, which is written down."""

    model_config = OPTIONS

    version: Annotated[int, Field(ge=1, le=2**31)]
    text: Text
    state: Literal["confirming", "done"] | None = None
    all_the_same: bool = False
    once: Once


class InsideIn(Schema):
    """Words of ours that the customer never sees."""

    model_config = OPTIONS

    text: Text
    once: Once
