"""Slack and Teams by incoming webhook, for our own people only. Texts go as plain text: a name that
an attacker chose makes no link, calls nobody and shows no picture."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Self

from hinomi.respond.channels.channel import (
    Channel,
    Message,
    Receipt,
    Setting,
    SettingKind,
    Surroundings,
)
from hinomi.respond.channels.post import Post, Poster, json_body
from hinomi.respond.channels.wording import chat_text

if TYPE_CHECKING:
    from collections.abc import Mapping

_JSON = {"Content-Type": "application/json"}
_MOST = 2_900  # Slack's plain text block holds 3,000


@dataclass(frozen=True, slots=True)
class Slack(Channel):
    """Writes into the channel that the webhook belongs to; `to` is not used."""

    kind: ClassVar[str] = "slack"
    maker: ClassVar[str] = "slack"
    title_ja: ClassVar[str] = "Slack"
    unit_ja: ClassVar[str] = "通"
    is_for_staff: ClassVar[bool] = True
    settings: ClassVar[dict[str, Setting]] = {
        "hook_url": Setting(
            "Webhook URL",
            support_text="SlackのIncoming Webhooksで作った、https://hooks.slack.com/… です。",
            kind=SettingKind.SECRET,
        ),
    }

    poster: Poster
    hook_url: str = field(repr=False)

    @classmethod
    def from_settings(cls, values: Mapping[str, str], *, surroundings: Surroundings) -> Self:
        """The address is the key: it is kept as one."""
        return cls(Poster(surroundings.now, surroundings.reaches_inside), values["hook_url"])

    def send(self, message: Message) -> Receipt:
        """Slack knows no repeats: after a crash the same text may stand there twice."""
        text = chat_text(message, limit=_MOST)
        block = {"type": "section", "text": {"type": "plain_text", "text": text, "emoji": False}}
        body = json_body({"text": _escaped(text), "blocks": [block], "unfurl_links": False})
        self.poster.send(Post(self.hook_url, "Slack", body, _JSON))
        return Receipt()


@dataclass(frozen=True, slots=True)
class Teams(Channel):
    """Writes a card into the channel that the workflow belongs to; `to` is not used."""

    kind: ClassVar[str] = "teams"
    maker: ClassVar[str] = "teams"
    title_ja: ClassVar[str] = "Teams"
    unit_ja: ClassVar[str] = "通"
    is_for_staff: ClassVar[bool] = True
    settings: ClassVar[dict[str, Setting]] = {
        "hook_url": Setting(
            "Webhook URL",
            support_text="Teamsのワークフロー（Webhook要求を受信したら投稿）で作ったアドレスです。",
            kind=SettingKind.SECRET,
        ),
    }

    poster: Poster
    hook_url: str = field(repr=False)

    @classmethod
    def from_settings(cls, values: Mapping[str, str], *, surroundings: Surroundings) -> Self:
        """The address is the key: it is kept as one."""
        return cls(Poster(surroundings.now, surroundings.reaches_inside), values["hook_url"])

    def send(self, message: Message) -> Receipt:
        """A RichTextBlock, since a TextBlock would read Markdown."""
        runs = [
            {"type": "TextRun", "text": line}
            for line in chat_text(message, limit=_MOST).split("\n")
        ]
        card = {
            "type": "AdaptiveCard",
            "version": "1.4",
            "body": [{"type": "RichTextBlock", "inlines": [run]} for run in runs],
        }
        attached = {"contentType": "application/vnd.microsoft.card.adaptive", "content": card}
        body = json_body({"type": "message", "attachments": [attached]})
        self.poster.send(Post(self.hook_url, "Teams", body, _JSON))
        return Receipt()


def _escaped(text: str) -> str:
    """Slack's three letters; without them <!channel> calls everybody."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
