"""LINE WORKS: a bot's message by API 2.0. A service account signs a JWT, gets a token for a day,
and the token is kept in memory until shortly before its end."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
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
from hinomi.respond.channels.post import Post, Poster, header_text, json_body, path_part, refusal
from hinomi.respond.channels.wording import chat_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

_MOST = 2_000
_LIVES_S = 1_800  # of the JWT; the API allows an hour
_EARLY_S = 600
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_WHOSE = "LINE WORKS"

_tokens: dict[str, tuple[str, float]] = {}
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class LineWorks(Channel):
    """`to` is a person's id ("name@company"), or "channel:ID" for a talk room."""

    kind: ClassVar[str] = "line_works"
    maker: ClassVar[str] = "line_works"
    title_ja: ClassVar[str] = "LINE WORKS"
    unit_ja: ClassVar[str] = "通"
    is_for_staff: ClassVar[bool] = False
    settings: ClassVar[dict[str, Setting]] = {
        "bot": Setting("Bot ID"),
        "client": Setting("Client ID"),
        "client_secret": Setting("Client Secret", kind=SettingKind.SECRET),
        "account": Setting("Service Account", support_text="例：xxxx.serviceaccount@example"),
        "private_key": Setting(
            "Private Key",
            support_text="Developer Consoleで作った鍵ファイルの中身を、全部貼り付けます。",
            kind=SettingKind.LONG_SECRET,
        ),
        "base_url": Setting("接続先", kind=SettingKind.URL, default="https://www.worksapis.com"),
        "token_url": Setting(
            "トークンの接続先",
            kind=SettingKind.URL,
            default="https://auth.worksmobile.com/oauth2/v2.0/token",
        ),
    }

    base_url: str
    token_url: str
    bot: str
    client: str
    account: str
    poster: Poster
    client_secret: str = field(repr=False)
    private_key: str = field(repr=False)

    @classmethod
    def from_settings(cls, values: Mapping[str, str], *, surroundings: Surroundings) -> Self:
        """Raises ChannelError when the private key is none."""
        _signature("", private_key=values["private_key"])
        return cls(
            base_url=values["base_url"].rstrip("/"),
            token_url=values["token_url"],
            bot=values["bot"],
            client=values["client"],
            account=values["account"],
            poster=Poster(surroundings.now, surroundings.reaches_inside),
            client_secret=values["client_secret"],
            private_key=values["private_key"],
        )

    def send(self, message: Message) -> Receipt:
        """A token that ended meanwhile is asked for once more."""
        post = self._post(message)
        reply = self.poster.ask(self._signed(post))
        if reply.status == 401:
            self._forget_token()
            reply = self.poster.ask(self._signed(post))
        if 200 <= reply.status < 300:
            return Receipt(reply.text("messageId"))
        raise refusal(reply, whose=_WHOSE, now=self.poster.now(), code="code")

    def _post(self, message: Message) -> Post:
        room = message.to.removeprefix("channel:")
        where = "users" if room == message.to else "channels"
        path = f"/v1.0/bots/{path_part(self.bot)}/{where}/{path_part(room)}/messages"
        content = {"type": "text", "text": chat_text(message, limit=_MOST)}
        return Post(
            url=self.base_url + path,
            whose=_WHOSE,
            body=json_body({"content": content}),
            headers={"Content-Type": "application/json"},
        )

    def _signed(self, post: Post) -> Post:
        token = header_text(self._token())
        headers = {**post.headers, "Authorization": f"Bearer {token}"}
        return Post(post.url, post.whose, post.body, headers)

    def _token(self) -> str:
        moment = self.poster.now()
        with _lock:
            kept = _tokens.get(self._name)
        if kept is not None and kept[1] > moment.timestamp():
            return kept[0]
        form = {
            "assertion": self._assertion(moment),
            "grant_type": _GRANT,
            "client_id": self.client,
            "client_secret": self.client_secret,
            "scope": "bot",
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        reply = self.poster.ask(Post(self.token_url, _WHOSE, urlencode(form).encode(), headers))
        if reply.status == 400:  # about our account, not about the message
            raise ChannelError(
                "LINE WORKS refuses the service account.", advice="Check the keys of this way."
            )
        if not 200 <= reply.status < 300:
            raise refusal(reply, whose=_WHOSE, now=moment)
        return self._keep(reply.text("access_token"), reply.text("expires_in"), moment)

    def _keep(self, token: str, lasts: str, moment: datetime) -> str:
        if not token:
            raise ChannelError("LINE WORKS answered without a token.")
        lasts_s = float(lasts[:9]) if lasts.isascii() and lasts.isdigit() else _EARLY_S * 2
        with _lock:
            _tokens[self._name] = (token, moment.timestamp() + max(0.0, lasts_s - _EARLY_S))
        return token

    def _forget_token(self) -> None:
        with _lock:
            _tokens.pop(self._name, None)

    @property
    def _name(self) -> str:
        """Another key is another name: no token of a key that was replaced."""
        parts = (self.token_url, self.client, self.account, self.client_secret, self.private_key)
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    def _assertion(self, moment: datetime) -> str:
        begun = int(moment.timestamp())
        claims = {"iss": self.client, "sub": self.account, "iat": begun, "exp": begun + _LIVES_S}
        said = f"{_part({'alg': 'RS256', 'typ': 'JWT'})}.{_part(claims)}"
        return f"{said}.{_signature(said, private_key=self.private_key)}"


def _signature(said: str, *, private_key: str) -> str:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding, rsa
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(private_key.strip().encode() + b"\n", password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ChannelError(
            "The private key of LINE WORKS cannot be read.",
            permanent=True,
            advice="Paste the whole file, with its first and last line.",
        )
    return _url_safe(key.sign(said.encode(), padding.PKCS1v15(), hashes.SHA256()))


def _part(value: object) -> str:
    return _url_safe(json.dumps(value, separators=(",", ":")).encode())


def _url_safe(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
