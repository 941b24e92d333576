"""SMS and voice calls by carriers that are asked over HTTP as a file says (`carriers/`)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Self

from hinomi.respond.channels.carrier import Carrier, carrier_named, carriers
from hinomi.respond.channels.channel import (
    Channel,
    ChannelError,
    Message,
    Receipt,
    Setting,
    SettingKind,
    Surroundings,
)
from hinomi.respond.channels.phones import domestic, international
from hinomi.respond.channels.post import Post, Poster, Reply, refusal, retry_after_s
from hinomi.respond.channels.wording import short_text, spoken_text

if TYPE_CHECKING:
    from collections.abc import Mapping

_MOST_UNITS = 100


def _settings(kind: str) -> dict[str, Setting]:
    choices = tuple((name, carrier.title) for name, carrier in carriers(kind).items())
    return {
        "carrier": Setting(
            "つなぎ方", kind=SettingKind.CHOICE, default=choices[0][0], choices=choices
        ),
        "base_url": Setting(
            "接続先", kind=SettingKind.URL, support_text="契約した会社の説明書にあるアドレスです。"
        ),
        "account": Setting(
            "アカウント", support_text="テナントIDやユーザー名です。", is_required=False
        ),
        "key": Setting("鍵（トークンやパスワード）", kind=SettingKind.SECRET),
        "sender": Setting(
            "送信元", support_text="発信する番号や、サービス設定のIDです。", is_required=False
        ),
    }


@dataclass(frozen=True, slots=True)
class CarriedSms(Channel):
    """One SMS of at most 70 letters without a link."""

    kind: ClassVar[str] = "sms"
    maker: ClassVar[str] = "sms_http"
    title_ja: ClassVar[str] = "SMS"
    unit_ja: ClassVar[str] = "通"
    is_for_staff: ClassVar[bool] = False
    settings: ClassVar[dict[str, Setting]] = _settings("sms")

    carrier: Carrier
    values: Mapping[str, str] = field(repr=False)
    poster: Poster

    @classmethod
    def from_settings(cls, values: Mapping[str, str], *, surroundings: Surroundings) -> Self:
        """Raises ChannelError when no such carrier is known."""
        poster = Poster(surroundings.now, surroundings.reaches_inside)
        return cls(carrier_named(values["carrier"], kind="sms"), values, poster)

    def send(self, message: Message) -> Receipt:
        """Raises ChannelError, permanent for a text that is no SMS of ours."""
        said = {
            **self.values,
            "text": short_text(message.text_short),
            "message_id": message.message_id,
        }
        return _send(self.carrier, {**said, "to": message.to}, self.poster)


@dataclass(frozen=True, slots=True)
class CarriedCall(Channel):
    """A call that reads `spoken` and posts the key that was pressed to `press_url`."""

    kind: ClassVar[str] = "voice"
    maker: ClassVar[str] = "voice_http"
    title_ja: ClassVar[str] = "自動の電話"
    unit_ja: ClassVar[str] = "回"
    is_for_staff: ClassVar[bool] = False
    settings: ClassVar[dict[str, Setting]] = _settings("voice")

    carrier: Carrier
    values: Mapping[str, str] = field(repr=False)
    poster: Poster

    @classmethod
    def from_settings(cls, values: Mapping[str, str], *, surroundings: Surroundings) -> Self:
        """Raises ChannelError when no such carrier is known."""
        poster = Poster(surroundings.now, surroundings.reaches_inside)
        return cls(carrier_named(values["carrier"], kind="voice"), values, poster)

    def send(self, message: Message) -> Receipt:
        """Returns when the carrier took the call, not when somebody answered it."""
        said = {**self.values, "text": spoken_text(message), "message_id": message.message_id}
        said |= {"to": message.to, "press_url": message.press_url}
        return _send(self.carrier, said, self.poster)


def _send(carrier: Carrier, said: Mapping[str, str], poster: Poster) -> Receipt:
    number = domestic if carrier.number == "domestic" else international
    said = {**said, "to": number(said["to"]), "message_id": _plain_id(said["message_id"])}
    post = carrier.post(said)
    reply = poster.ask(post)
    _require_taken(carrier, reply, post, poster)
    told = reply.text(carrier.units) if carrier.units else ""
    units = int(told) if told.isascii() and told.isdigit() and len(told) < 4 else 1
    return Receipt(reply.text(carrier.id) if carrier.id else "", min(max(units, 1), _MOST_UNITS))


def _require_taken(carrier: Carrier, reply: Reply, post: Post, poster: Poster) -> None:
    moment = poster.now()
    if carrier.nobody.stand_in(reply):
        raise ChannelError(f"{post.whose} does not reach this number.", refuses_address=True)
    if carrier.never.stand_in(reply):
        raise ChannelError(f"{post.whose} refuses the message.", permanent=True)
    if carrier.later.stand_in(reply):
        wait_s = retry_after_s(reply, now=moment)
        raise ChannelError(f"{post.whose} is busy.", retry_after_s=wait_s)
    if not 200 <= reply.status < 300:
        raise refusal(reply, whose=post.whose, now=moment, code=carrier.code)
    if carrier.taken.at and not carrier.taken.stand_in(reply):
        raise ChannelError(
            f"{post.whose} did not say that it took the message.",
            advice="Check the address of this way.",
        )


def _plain_id(message_id: str) -> str:
    """It stands in headers."""
    return "".join(each for each in message_id if each.isascii() and each.isprintable())[:200]
