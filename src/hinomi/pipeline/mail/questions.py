"""What collect asks the process that reads mails, and what it answers; and how that goes over a
pipe: four bytes of length, then MessagePack."""

from __future__ import annotations

import struct
from typing import IO, TypeVar

import msgspec

from hinomi.core.directory import MailSender
from hinomi.core.mail import MailHead, MailReason, Piece

MOST = 64 * 1024 * 1024
_LENGTH = struct.Struct(">I")
_Value = TypeVar("_Value")


class Question(msgspec.Struct, frozen=True):
    """One mail to read. `verdict_from`: whose Authentication-Results to believe, "" for our own
    check. `signed_by`: domains that were found to have signed it at an earlier look; None: check.
    """

    mail: str
    mailbox: str
    body: bytes
    recipient: str
    verdict_from: str
    senders: tuple[MailSender, ...]
    own_addresses: tuple[str, ...] = ()
    signed_by: tuple[str, ...] | None = None


class Answer(msgspec.Struct, frozen=True):
    """Held, put away, faulty, or its pieces. `is_later`: a signature could not be checked now.

    `wanted` is the format the accepted sender is known to write, `format` the one it was read as.
    """

    head: MailHead
    wanted: str = ""
    format: str = ""
    pieces: tuple[Piece, ...] = ()
    held: MailReason | None = None
    put_away: MailReason | None = None
    fault: MailReason | None = None
    is_later: bool = False
    is_double: bool = False


def write(stream: IO[bytes], value: Question | Answer) -> None:
    """One message, whole."""
    body = msgspec.msgpack.encode(value)
    stream.write(_LENGTH.pack(len(body)) + body)
    stream.flush()


def read(stream: IO[bytes], kind: type[_Value]) -> _Value | None:
    """The next message; None at the end of the stream, or when it ends within a message."""
    head = _exactly(stream, _LENGTH.size)
    if head is None:
        return None
    (size,) = _LENGTH.unpack(head)
    body = _exactly(stream, size) if size <= MOST else None
    return None if body is None else msgspec.msgpack.decode(body, type=kind)


def _exactly(stream: IO[bytes], size: int) -> bytes | None:
    parts = bytearray()
    while len(parts) < size:
        part = stream.read(size - len(parts))
        if not part:
            return None
        parts += part
    return bytes(parts)
