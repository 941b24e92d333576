"""An API's answer taken apart without touching its records: each stays byte for byte as it came."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from hinomi.collect.pollers.trouble import PollFailed, Trouble

if TYPE_CHECKING:
    from collections.abc import Sequence

_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_LIST = msgspec.json.Decoder(list[msgspec.Raw])
_ANY = msgspec.json.Decoder()
_BROKEN = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)


def parts_of(body: bytes) -> dict[str, msgspec.Raw]:
    """The members of an object; anything else is a broken answer."""
    try:
        return _OBJECT.decode(body)
    except _BROKEN as error:
        raise PollFailed(Trouble.BROKEN_ANSWER, about="JSON") from error


def items_of(body: bytes | msgspec.Raw) -> tuple[bytes, ...]:
    """The elements of a list, as they stand there; anything else is a broken answer."""
    try:
        return tuple(bytes(each) for each in _LIST.decode(body))
    except _BROKEN as error:
        raise PollFailed(Trouble.BROKEN_ANSWER, about="JSON") from error


def list_in(body: bytes, *names: str) -> tuple[bytes, ...]:
    """The list under the first of these names; a broken answer when there is none, so that an
    error in the clothes of a 200 is not taken for a quiet day."""
    parts = parts_of(body)
    for name in names:
        if name in parts:
            return items_of(parts[name])
    raise PollFailed(Trouble.BROKEN_ANSWER, about=f"{names[0]}がありません")


def list_if_any(body: bytes, name: str) -> tuple[bytes, ...]:
    """For APIs that leave an empty list out."""
    parts = parts_of(body)
    if "error" in parts:
        raise PollFailed(Trouble.BROKEN_ANSWER, about="error")
    return items_of(parts[name]) if name in parts else ()


def text_in(body: bytes | msgspec.Raw, path: str) -> str:
    """The text or number at `a.b.c`; "" when there is none."""
    raw: bytes | msgspec.Raw = body
    try:
        for name in path.split("."):
            raw = _OBJECT.decode(raw)[name]
        value = _ANY.decode(raw)
    except (*_BROKEN, KeyError):
        return ""
    return str(value) if isinstance(value, str | int | float) else ""


def member(body: bytes, name: str) -> str:
    """The text under one name, which may hold dots; "" when there is none."""
    try:
        value = _ANY.decode(_OBJECT.decode(body)[name])
    except (*_BROKEN, KeyError):
        return ""
    return value if isinstance(value, str) else ""


def first_text(body: bytes, paths: Sequence[str]) -> str:
    """The first of these that says something."""
    return next((found for path in paths if (found := text_in(body, path).strip())), "")
