"""What goes in and out, as the OpenAPI document shows it. Every answer names the company."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - read when the document is made
from enum import StrEnum
from typing import Annotated

from ninja import Field, Schema
from pydantic import ConfigDict

from hinomi.core.words import ActionLevel  # noqa: TC001 - as above

Cursor = Annotated[str, Field(max_length=80)]
OPTIONS = ConfigDict(extra="forbid")


class Kind(StrEnum):
    """The two tracks of a history."""

    FACT = "fact"
    ACTION = "action"


class Company(Schema):
    """Whose it is."""

    id: str
    name: str


class Tenant(Schema):
    """What the key was made for: exactly one of the two."""

    organisation: str | None
    firm: str | None


class KeyOut(Schema):
    """The key that asks."""

    id: str
    name: str
    tenant: Tenant
    permissions: list[str]
    expires_at: datetime


class IncidentOut(Schema):
    """One incident. `level` says when to act: now, today, check or none."""

    number: str
    organisation: Company
    title: str
    kind: str
    level: ActionLevel
    certainty: str
    state: str
    state_ja: str
    is_open: bool
    device: str
    opened_at: datetime
    last_event_at: datetime
    closed_at: datetime | None
    merged_into: str | None
    version: int


class IncidentPage(Schema):
    """Newest first. `next_cursor` is null on the last page."""

    items: list[IncidentOut]
    next_cursor: str | None


class LineOut(Schema):
    """One line of the history. `by` is empty for what hinomi itself noted."""

    at: datetime
    kind: Kind
    text: str
    by: str
    visible_to_customer: bool


class HistoryOut(Schema):
    """The history, oldest first; a company's own key reads what its page shows."""

    number: str
    organisation: Company
    version: int
    choices: list[str]
    items: list[LineOut]


class NoteIn(Schema):
    """`version` is the incident's, as read before: sent twice, the second is refused."""

    model_config = OPTIONS

    version: Annotated[int, Field(ge=1, le=2**31)]
    text: Annotated[str, Field(min_length=1, max_length=2_000)]
    for_customer: bool = False


class AnswerIn(Schema):
    """One of the incident's `choices`. Sent twice in a row it counts once."""

    model_config = OPTIONS

    choice: Annotated[str, Field(min_length=1, max_length=40)]


class SourceOut(Schema):
    """One source that is watched."""

    id: str
    organisation: Company
    name: str
    kind: str
    state: str
    state_ja: str
    created_at: datetime
    revoked_at: datetime | None


class SourcePage(Schema):
    """By id. `next_cursor` is null on the last page."""

    items: list[SourceOut]
    next_cursor: str | None


class ProblemOut(Schema):
    """RFC 9457, with the title in Japanese too."""

    type: str
    title: str
    title_ja: str
    status: int
    detail: str
    errors: list[str]
