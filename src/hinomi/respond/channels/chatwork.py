"""Chatwork: a message in a room. Its marks ([To:…], [info]) in a text are letters, never marks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Self
from urllib.parse import urlencode

from hinomi.respond.channels.channel import (
    Channel,
    Message,
    Receipt,
    Setting,
    SettingKind,
    Surroundings,
)
from hinomi.respond.channels.post import Post, Poster, header_text, path_part
from hinomi.respond.channels.wording import chat_text

if TYPE_CHECKING:
    from collections.abc import Mapping

_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Chatwork(Channel):
    """`to` is the room's number."""

    kind: ClassVar[str] = "chatwork"
    maker: ClassVar[str] = "chatwork"
    title_ja: ClassVar[str] = "Chatwork"
    unit_ja: ClassVar[str] = "通"
    is_for_staff: ClassVar[bool] = False
    settings: ClassVar[dict[str, Setting]] = {
        "key": Setting(
            "APIトークン",
            support_text="お知らせ専用の利用者を作り、その人のトークンを使います。",
            kind=SettingKind.SECRET,
        ),
        "base_url": Setting("接続先", kind=SettingKind.URL, default="https://api.chatwork.com"),
    }

    base_url: str
    poster: Poster
    key: str = field(repr=False)

    @classmethod
    def from_settings(cls, values: Mapping[str, str], *, surroundings: Surroundings) -> Self:
        """Raises ChannelError for a token that cannot be sent."""
        poster = Poster(surroundings.now, surroundings.reaches_inside)
        return cls(values["base_url"].rstrip("/"), poster, header_text(values["key"]))

    def send(self, message: Message) -> Receipt:
        """The API knows no repeats: after a crash the same text may stand there twice."""
        text = chat_text(message, limit=_MOST).replace("[", "［").replace("]", "］")
        reply = self.poster.send(
            Post(
                url=f"{self.base_url}/v2/rooms/{path_part(message.to)}/messages",
                whose="Chatwork",
                body=urlencode({"body": text, "self_unread": "1"}).encode(),
                headers={
                    "X-ChatWorkToken": self.key,
                    "Content-Type": "application/x-www-form-urlencoded",
                },
            )
        )
        return Receipt(reply.text("message_id"))
