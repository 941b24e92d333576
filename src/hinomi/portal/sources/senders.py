"""The senders we offer on screen, each with a setting to copy and paste as it stands."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from hinomi.normalise import KINDS

if TYPE_CHECKING:
    from hinomi.portal.sources.services import Registered

HIDDEN_TOKEN = "（登録したときに表示したトークン）"  # noqa: S105  # a placeholder, not a secret


@dataclass(frozen=True, slots=True)
class Block:
    """One piece to paste, and where it goes."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Sender:
    """One offer. `name` is a first proposal for the source's name, `checks` what to look at when
    nothing arrives. `group` is a heading that begins with this offer."""

    id: str
    kind: str
    title: str
    about: str
    name: str
    needs: str
    blocks: tuple[Block, ...]
    checks: tuple[str, ...]
    group: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Offers under one heading; `id` is its place on the page."""

    id: str
    title: str
    senders: tuple[Sender, ...]


@cache
def senders() -> tuple[Sender, ...]:
    """All offers, in the order of the file."""
    text = (files("hinomi.portal.sources") / "senders.yml").read_bytes()
    return msgspec.yaml.decode(text, type=tuple[Sender, ...])


@cache
def groups() -> tuple[Group, ...]:
    """All offers by heading, in the order of the file."""
    starts = [number for number, sender in enumerate(senders()) if sender.group]
    ends = [*starts[1:], len(senders())]
    return tuple(
        Group(f"g{number}", senders()[start].group, senders()[start:end])
        for number, (start, end) in enumerate(zip(starts, ends, strict=True), 1)
    )


def sender_named(sender_id: str) -> Sender | None:
    """The offer with this id."""
    return next((sender for sender in senders() if sender.id == sender_id), None)


def sender_of_kind(kind: str) -> Sender | None:
    """The offer for a kind or another word for it; None for kinds that only commands register."""
    exact = next((sender for sender in senders() if sender.kind == kind), None)
    name = KINDS.get(kind, kind)
    same = (sender for sender in senders() if KINDS.get(sender.kind, sender.kind) == name)
    return exact or (None if name == "auto" else next(same, None))


def filled(sender: Sender, registered: Registered, *, token_is_shown: bool) -> Sender:
    """The offer with this source's own address, port and token in place."""
    values = _values(registered, token_is_shown=token_is_shown)
    return Sender(
        id=sender.id,
        kind=sender.kind,
        title=sender.title,
        about=sender.about,
        name=sender.name,
        needs=sender.needs,
        blocks=tuple(Block(each.title, _fill(each.text, values)) for each in sender.blocks),
        checks=tuple(_fill(each, values) for each in sender.checks),
    )


def needs_token(sender: Sender) -> bool:
    """True when the setting carries the token (HTTP); syslog is known by its own port."""
    return any("{token}" in block.text for block in sender.blocks)


def _values(registered: Registered, *, token_is_shown: bool) -> dict[str, str]:
    host, _, port = registered.endpoint.rpartition(":")
    url = urlsplit(registered.endpoint)
    is_https = url.scheme == "https"
    return {
        "host": host.strip("[]"),
        "port": port,
        "endpoint": registered.endpoint,
        "token": registered.token if token_is_shown else HIDDEN_TOKEN,
        "http_host": url.hostname or "",
        "http_port": str(url.port or (443 if is_https else 80)) if url.scheme else "",
        "http_path": url.path,
        "http_base": f"{url.scheme}://{url.netloc}" if url.scheme else "",
        "http_ssl": "true" if is_https else "false",
        "http_tls": "on" if is_https else "off",
    }


def _fill(text: str, values: dict[str, str]) -> str:
    """Plain replacement: settings are full of braces, so no format string."""
    for name, value in values.items():
        text = text.replace("{" + name + "}", value)
    return text
