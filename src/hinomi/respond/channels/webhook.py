"""A signed webhook, for a firm's own systems: the headers of Standard Webhooks (webhook-id,
webhook-timestamp, webhook-signature), which receivers have ready-made checks for."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Self

from hinomi.respond.channels.channel import (
    Channel,
    ChannelError,
    Message,
    Receipt,
    Setting,
    SettingKind,
    Surroundings,
)
from hinomi.respond.channels.post import Post, Poster, json_body
from hinomi.respond.channels.wording import clean_lines, one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

_PREFIX = "whsec_"
_LEAST_KEY_BYTES = 24


@dataclass(frozen=True, slots=True)
class Webhook(Channel):
    """`to` names the person or queue there, as the receiver likes."""

    kind: ClassVar[str] = "webhook"
    maker: ClassVar[str] = "webhook"
    title_ja: ClassVar[str] = "Webhook"
    unit_ja: ClassVar[str] = "通"
    is_for_staff: ClassVar[bool] = False
    settings: ClassVar[dict[str, Setting]] = {
        "url": Setting("送り先のURL", kind=SettingKind.URL),
        "key": Setting(
            "署名の鍵",
            support_text="whsec_ で始まる鍵です。受け取る側と同じものを入れます。",
            kind=SettingKind.SECRET,
        ),
    }

    url: str
    poster: Poster
    key: bytes = field(repr=False)

    @classmethod
    def from_settings(cls, values: Mapping[str, str], *, surroundings: Surroundings) -> Self:
        """Raises ChannelError for a key that is none, or too short to prove anything."""
        poster = Poster(surroundings.now, surroundings.reaches_inside)
        return cls(values["url"], poster, key_bytes(values["key"]))

    def send(self, message: Message) -> Receipt:
        """webhook-id is the same for each attempt: the receiver drops repeats by it."""
        body = json_body(
            {
                "type": "hinomi.message",
                "id": message.message_id,
                "to": message.to,
                "number": message.number,
                "subject": one_line(message.subject, limit=300),
                "text": clean_lines(message.body_text),
                "text_short": clean_lines(message.text_short),
            }
        )
        id_ = "".join(each for each in message.message_id if each.isascii() and each.isprintable())
        stamp = str(int(self.poster.now().timestamp()))
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": id_,
            "webhook-id": id_,
            "webhook-timestamp": stamp,
            "webhook-signature": signature(self.key, id_=id_, stamp=stamp, body=body),
        }
        reply = self.poster.send(Post(self.url, "The webhook", body, headers))
        return Receipt(reply.text("id") or message.message_id)


def signature(key: bytes, *, id_: str, stamp: str, body: bytes) -> str:
    """v1 of Standard Webhooks over id, time and body."""
    said = f"{id_}.{stamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, said, hashlib.sha256).digest()).decode()


def key_bytes(text: str) -> bytes:
    """The key of a `whsec_…` text. Raises ChannelError."""
    try:
        key = base64.b64decode(text.strip().removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) < _LEAST_KEY_BYTES:
        raise ChannelError(
            "The signing key is no base64 text of at least 24 bytes.",
            permanent=True,
            advice="Make one with: openssl rand -base64 32",
        )
    return key
