"""One account while it is looked into: its key, its tokens, and what refusals mean."""

from __future__ import annotations

import base64
import time
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlencode

from hinomi.collect.pollers.json_parts import first_text, text_in
from hinomi.collect.pollers.trouble import PollFailed, Trouble

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.collect.pollers.caller import Caller, Reply, Request
    from hinomi.core.directory import ApiAccount

_SKEW = timedelta(seconds=30)
_EARLY_S = 120.0  # a token is not used in its last two minutes
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
# What the makers' token servers answer → what is wrong. Microsoft's numbers are those of its list
# of AADSTS codes.
_TOKEN_TROUBLES: dict[str, Trouble] = {
    "AADSTS7000222": Trouble.KEY_EXPIRED,
    "AADSTS7000215": Trouble.KEY_REFUSED,
    "AADSTS700016": Trouble.NO_CUSTOMER,
    "AADSTS90002": Trouble.NO_CUSTOMER,
    "AADSTS900023": Trouble.NO_CUSTOMER,
    "AADSTS65001": Trouble.NO_RIGHT,
    "AADSTS7000229": Trouble.NO_CUSTOMER,
    "unauthorized_client": Trouble.NO_RIGHT,
    "access_denied": Trouble.NO_RIGHT,
    "invalid_scope": Trouble.NO_RIGHT,
}
_LICENCES = ("NonPremiumTenant", "RequiredLicense", "LicenseRequired")


class Login(Protocol):
    """How a token is asked for."""

    @property
    def key(self) -> str:
        """Names the token."""
        ...

    def request(self, session: Session) -> Request:
        """The question to the token server."""
        ...


@dataclass(slots=True)
class Session:
    """`secret` is the account's key, opened. Tokens live as long as the session."""

    account: ApiAccount
    secret: str = field(repr=False)
    caller: Caller
    _tokens: dict[str, tuple[str, float]] = field(default_factory=dict, repr=False)

    def call(self, request: Request, *, login: Login) -> Reply:
        """Ask with the token. One that ended meanwhile is renewed once; refusals are PollFailed."""
        reply = self.caller.ask(_with_token(request, self._token(login)))
        if reply.status == 401:
            self._tokens.pop(login.key, None)
            reply = self.caller.ask(_with_token(request, self._token(login)))
        if 200 <= reply.status < 300:
            return reply
        raise _refusal(reply, right=request.right)

    def sign_in(self, login: Login) -> None:
        """Have a token now. Raises PollFailed."""
        self._token(login)

    def _token(self, login: Login) -> str:
        kept = self._tokens.get(login.key)
        if kept is not None and kept[1] > time.monotonic():
            return kept[0]
        before = self.caller.skew
        reply = self.caller.ask(login.request(self))
        if reply.status != 200 and abs(self.caller.skew - before) > _SKEW:
            # Signed by a clock that the answer's own time has corrected just now.
            reply = self.caller.ask(login.request(self))
        if reply.status != 200:
            raise _no_token(reply)
        token = text_in(reply.body, "access_token")
        if not token:
            raise PollFailed(Trouble.BROKEN_ANSWER, about="トークンがありません")
        told = text_in(reply.body, "expires_in")
        lasts_s = float(told) if told.replace(".", "", 1).isdigit() else 300.0
        self._tokens[login.key] = (token, time.monotonic() + max(lasts_s - _EARLY_S, lasts_s / 2))
        return token


def form(values: Mapping[str, object]) -> bytes:
    """As HTML forms are sent; a list repeats its name."""
    return urlencode(values, doseq=True).encode()


def token_request(
    url: str, values: Mapping[str, str], *, basic: tuple[str, str] | None = None
) -> Request:
    """A question to a token server; `basic`: client and key in the header instead of the form."""
    from hinomi.collect.pollers.caller import Request

    headers = dict(_FORM)
    if basic:
        headers["Authorization"] = f"Basic {base64.b64encode(':'.join(basic).encode()).decode()}"
    return Request(url, method="POST", headers=headers, body=form(values))


def _with_token(request: Request, token: str) -> Request:
    return replace(request, headers={**request.headers, "Authorization": f"Bearer {token}"})


def _no_token(reply: Reply) -> PollFailed:
    said = reply.body.decode("utf-8", "replace")
    trouble = next((found for code, found in _TOKEN_TROUBLES.items() if code in said), None)
    if trouble is None and "expired" in said.lower():
        trouble = Trouble.KEY_EXPIRED
    if trouble is None and reply.status in (400, 401, 403):
        trouble = Trouble.KEY_REFUSED
    code = first_text(reply.body, ("error", "errorCode"))
    return PollFailed(
        trouble or Trouble.BROKEN_ANSWER, about=_shown(code), status=reply.status, code=code
    )


def _refusal(reply: Reply, *, right: str) -> PollFailed:
    code = first_text(reply.body, ("error.code", "error.status", "errorCode", "code", "error"))
    status = reply.status
    if status == 401:
        return PollFailed(Trouble.KEY_REFUSED, about=_shown(code), status=status, code=code)
    if status == 403:
        said = reply.body.decode("utf-8", "replace")
        if any(word in said for word in _LICENCES):
            return PollFailed(Trouble.NO_LICENCE, about=_shown(code), status=status, code=code)
        return PollFailed(Trouble.NO_RIGHT, about=right or _shown(code), status=status, code=code)
    about = f"{status} {_shown(code)}".strip()
    kind = Trouble.REFUSED if 400 <= status < 500 else Trouble.BROKEN_ANSWER
    return PollFailed(kind, about=about, status=status, code=code)


def _shown(code: str) -> str:
    """An error's name of the maker's; longer texts may repeat what we sent."""
    return code if code.isascii() and code.isprintable() and len(code) <= 80 else ""
