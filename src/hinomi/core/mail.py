"""Words of the mailbox: what a mail of a console says about itself, and whose it may be.

A mail is cut into pieces (one alert, one row of a report, one sign of life); each piece carries the
claims that stand in it. Which company a claim belongs to only a person says (`MailRoute`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - the store reads these annotations at run time
from enum import StrEnum

NOBODY = ""  # a MailRoute's source: a person says that this belongs to none of our companies
MEANS_NOTHING = "-"  # a MailRoute's source: what stands there says nothing about whose mail it is
IGNORED = "ignore"  # a MailSender's format: mails of this sender are put away unread


class ClaimKind(StrEnum):
    """What in a mail says whose it is, strongest first. `mail` is one mail, named by its id."""

    MAIL = "mail"
    TENANT = "tenant"
    CUSTOMER = "customer"
    SERIAL = "serial"
    ADDRESS = "address"
    HOST = "host"


@dataclass(frozen=True, slots=True)
class Claim:
    """One value that may say whose a piece is, as written. `is_sure`: it stood under a label that
    means just this; otherwise it only looks like one and is used when a route knows it."""

    kind: ClaimKind
    value: str
    is_sure: bool = True


class PieceKind(StrEnum):
    """`alive` proves that the sender works and tells of nothing; `note` is any other text."""

    ALERT = "alert"
    ROW = "row"
    ALIVE = "alive"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Piece:
    """One record of a mail. `raw` is the envelope that goes to the log, UTF-8 JSON."""

    number: int
    kind: PieceKind
    summary: str
    claims: tuple[Claim, ...]
    raw: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class MailHead:
    """What the mail says of itself. `sender` is the bare address of From, lower case, "" when there
    is not exactly one. `signed_by`: domains whose signature holds and that From belongs to."""

    message_id: str = ""
    sender: str = ""
    sender_name: str = ""
    subject: str = ""
    written_at: datetime | None = None
    recipients: tuple[str, ...] = ()
    signed_by: tuple[str, ...] = ()


class MailState(StrEnum):
    """Where a mail stands. `arrived`: durable, not looked at. `held`: its sender is not accepted.
    `waiting`: at least one piece waits for a person. `delivered`: every piece went to its company.
    `put_away`: bounces, absence notes and what a person put away. `unreadable`: see its reason."""

    ARRIVED = "arrived"
    HELD = "held"
    WAITING = "waiting"
    DELIVERED = "delivered"
    PUT_AWAY = "put_away"
    UNREADABLE = "unreadable"


class MailReason(StrEnum):
    """Why a mail or a piece is not delivered; the screen has a sentence for each."""

    UNKNOWN_SENDER = "unknown_sender"  # nobody accepted this address
    NOT_SIGNED = "not_signed"  # an accepted address, but no signature that holds
    OTHER_SIGNER = "other_signer"  # signed, but not by the accepted domain
    DOUBLE_HEAD = "double_head"  # two From or Subject lines: one of them is not signed
    SIGNATURE_LATER = "signature_later"  # the name server did not answer; asked again
    NO_CLAIM = "no_claim"  # nothing in the piece says whose it is
    UNKNOWN_CLAIM = "unknown_claim"  # no route knows what stands there
    CONTESTED = "contested"  # two companies claim what stands there
    CONTRADICTORY = "contradictory"  # what stands there points at two companies
    NO_SOURCE = "no_source"  # the route's source is gone, stopped, or without consent now
    NO_CONSENT = "no_consent"  # of a time its company had not agreed to: never taken, erased
    AUTO_REPLY = "auto_reply"
    BOUNCE = "bounce"
    LOOP = "loop"
    OWN_MAIL = "own_mail"
    BY_PERSON = "by_person"
    TOO_LARGE = "too_large"
    BROKEN_MAIL = "broken_mail"
    TOO_MANY_PARTS = "too_many_parts"
    LOCKED = "locked"  # encrypted attachment or zip with a password, and nothing else to read
    CRASHED_READER = "crashed_reader"
    EMPTY = "empty"
