"""SMS and calls by Twilio, or a carrier that speaks as it does. It knows no idempotency key: after
a crash between sending and recording a message may go out twice."""

from __future__ import annotations

import base64
import hashlib
import hmac
import html
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Self
from urllib.parse import urlencode

from hinomi.respond.channels.channel import (
    Channel,
    ChannelError,
    Message,
    Receipt,
    Setting,
    SettingKind,
    Surroundings,
)
from hinomi.respond.channels.phones import international
from hinomi.respond.channels.post import Post, Poster, Reply, header_text, path_part, refusal
from hinomi.respond.channels.wording import short_text, spoken_text

if TYPE_CHECKING:
    from collections.abc import Mapping

_WHOSE = "Twilio"
# Its numbers for a recipient who will not get this however often it is tried.
_NEVER = frozenset({"21211", "21214", "21217", "21408", "21610", "21614", "21635"})
_RINGS_S = "40"
_VOICE = 'language="ja-JP"'

_SETTINGS: dict[str, Setting] = {
    "account": Setting("Account SID"),
    "key": Setting("Auth Token", kind=SettingKind.SECRET),
    "sender": Setting("発信番号", support_text="契約した番号です。例：+815012345678"),
    "base_url": Setting("接続先", kind=SettingKind.URL, default="https://api.twilio.com"),
}


@dataclass(frozen=True, slots=True)
class Account:
    """One account and how it is asked."""

    base_url: str
    account: str
    sender: str
    callback_url: str
    poster: Poster
    key: str = field(repr=False)

    def ask(self, what: str, form: Mapping[str, str]) -> Reply:
        """The answer to a message or a call that was taken. Raises ChannelError."""
        pair = base64.b64encode(f"{self.account}:{self.key}".encode("utf-8", "replace")).decode()
        account = path_part(self.account)
        full = {"From": self.sender, **form}
        if self.callback_url:
            full["StatusCallback"] = self.callback_url
        reply = self.poster.ask(
            Post(
                url=f"{self.base_url}/2010-04-01/Accounts/{account}/{what}.json",
                whose=_WHOSE,
                body=urlencode(full, errors="replace").encode(),
                headers={
                    "Authorization": f"Basic {pair}",
                    "Content-Type": "application/x-www-form-urlencoded",
                },
            )
        )
        if 200 <= reply.status < 300:
            return reply
        if reply.text("code") in _NEVER:
            raise ChannelError(
                f"Twilio does not reach this number ({reply.text('code')}).",
                # 21408 is about a country that our account may not reach.
                permanent=True,
                refuses_address=reply.text("code") != "21408",
                advice="Check the number with the customer.",
            )
        raise refusal(reply, whose=_WHOSE, now=self.poster.now(), code="code")


@dataclass(frozen=True, slots=True)
class TwilioSms(Channel):
    """One SMS of at most 70 letters without a link."""

    kind: ClassVar[str] = "sms"
    maker: ClassVar[str] = "sms_twilio"
    title_ja: ClassVar[str] = "SMS（Twilio）"
    unit_ja: ClassVar[str] = "通"
    is_for_staff: ClassVar[bool] = False
    settings: ClassVar[dict[str, Setting]] = _SETTINGS

    account: Account

    @classmethod
    def from_settings(cls, values: Mapping[str, str], *, surroundings: Surroundings) -> Self:
        """Raises ChannelError for a key that cannot be sent."""
        return cls(_account(values, surroundings))

    def send(self, message: Message) -> Receipt:
        """Raises ChannelError, permanent for a text that is no SMS of ours."""
        form = {"To": international(message.to), "Body": short_text(message.text_short)}
        reply = self.account.ask("Messages", form)
        parts = reply.text("num_segments")
        units = int(parts) if parts.isascii() and parts.isdigit() and len(parts) < 3 else 1
        return Receipt(reply.text("sid"), max(units, 1))


@dataclass(frozen=True, slots=True)
class TwilioCall(Channel):
    """A call that reads `spoken` twice and posts the key that was pressed to `press_url`."""

    kind: ClassVar[str] = "voice"
    maker: ClassVar[str] = "voice_twilio"
    title_ja: ClassVar[str] = "自動の電話（Twilio）"
    unit_ja: ClassVar[str] = "回"
    is_for_staff: ClassVar[bool] = False
    settings: ClassVar[dict[str, Setting]] = _SETTINGS

    account: Account

    @classmethod
    def from_settings(cls, values: Mapping[str, str], *, surroundings: Surroundings) -> Self:
        """Raises ChannelError for a key that cannot be sent."""
        return cls(_account(values, surroundings))

    def send(self, message: Message) -> Receipt:
        """Returns when Twilio took the call, not when somebody answered it."""
        said = spoken_text(message)
        form = {
            "To": international(message.to),
            "Twiml": call_page(said, press_url=message.press_url),
            "Timeout": _RINGS_S,
        }
        return Receipt(self.account.ask("Calls", form).text("sid"))


def call_page(said: str, *, press_url: str) -> str:
    """What the call does, as TwiML: every value is text or a quoted attribute."""
    words = f"<Say {_VOICE}>{html.escape(said)}</Say>"
    if not press_url:
        return f'<Response>{words}<Pause length="1"/>{words}</Response>'
    action = html.escape(press_url, quote=True)
    gather = f'<Gather action="{action}" method="POST" numDigits="1" timeout="8">{words}</Gather>'
    return f"<Response>{gather}{gather}</Response>"


def signature(key: str, *, url: str, form: Mapping[str, str]) -> str:
    """X-Twilio-Signature of a report: HMAC-SHA1 over the address and the sorted fields."""
    said = url + "".join(f"{name}{form[name]}" for name in sorted(form))
    made = hmac.new(key.encode("utf-8", "replace"), said.encode("utf-8", "replace"), hashlib.sha1)
    return base64.b64encode(made.digest()).decode()


def _account(values: Mapping[str, str], surroundings: Surroundings) -> Account:
    return Account(
        base_url=values["base_url"].rstrip("/"),
        account=header_text(values["account"]),
        sender=values["sender"],
        callback_url=surroundings.callback_url,
        poster=Poster(surroundings.now, surroundings.reaches_inside),
        key=header_text(values["key"]),
    )
