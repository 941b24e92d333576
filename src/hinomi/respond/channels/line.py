"""LINE 公式: a push message by the Messaging API. Its retry key makes a repeat harmless."""

from __future__ import annotations

import uuid
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
from hinomi.respond.channels.post import Post, Poster, header_text, json_body, refusal
from hinomi.respond.channels.wording import chat_text

if TYPE_CHECKING:
    from collections.abc import Mapping

_MOST = 2_000  # letters; the API counts UTF-16 units and takes 5,000
_USED_UP = "You have reached your monthly limit."


@dataclass(frozen=True, slots=True)
class Line(Channel):
    """`to` is the person's user id, as the account's webhook told it."""

    kind: ClassVar[str] = "line"
    maker: ClassVar[str] = "line"
    title_ja: ClassVar[str] = "LINE公式アカウント"
    unit_ja: ClassVar[str] = "通"
    is_for_staff: ClassVar[bool] = False
    settings: ClassVar[dict[str, Setting]] = {
        "key": Setting(
            "チャネルアクセストークン",
            support_text="LINE Developersの「Messaging API設定」にあります。",
            kind=SettingKind.SECRET,
        ),
        "base_url": Setting("接続先", kind=SettingKind.URL, default="https://api.line.me"),
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
        """409 means: taken before under this retry key."""
        text = chat_text(message, limit=_MOST)
        reply = self.poster.ask(
            Post(
                url=f"{self.base_url}/v2/bot/message/push",
                whose="LINE",
                body=json_body({"to": message.to, "messages": [{"type": "text", "text": text}]}),
                headers={
                    "Authorization": f"Bearer {self.key}",
                    "Content-Type": "application/json",
                    "X-Line-Retry-Key": retry_key(message.message_id),
                },
            )
        )
        if reply.status == 409 and "x-line-accepted-request-id" in reply.headers:
            return Receipt(reply.headers["x-line-accepted-request-id"])
        if 200 <= reply.status < 300:
            return Receipt(
                reply.text("sentMessages.0.id") or reply.headers.get("x-line-request-id", "")
            )
        if reply.status == 429 and reply.text("message") == _USED_UP:
            raise ChannelError(
                "LINE takes no more messages of this account this month.",
                permanent=True,
                advice="Choose a larger plan at LINE, or use another way until next month.",
            )
        if reply.status == 400 and "'to'" in reply.text("message"):
            raise ChannelError("LINE knows no such person.", refuses_address=True)
        raise refusal(reply, whose="LINE", now=self.poster.now())


def retry_key(message_id: str) -> str:
    """The same UUID for each attempt at a message."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"hinomi:{message_id}"))
