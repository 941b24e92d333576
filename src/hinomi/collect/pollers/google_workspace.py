"""Google Workspace: what the Admin SDK's reports tell of sign-ins, administrators, apps and files.

A service account signs a statement that it acts for an administrator (domain-wide delegation), and
gets a token for it. Answers come newest first, so a stretch counts only when it is whole.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from hinomi.collect.pollers.api import Stream, Tenant
from hinomi.collect.pollers.caller import Request
from hinomi.collect.pollers.json_parts import list_if_any, text_in
from hinomi.collect.pollers.session import token_request
from hinomi.collect.pollers.trouble import PollFailed, Trouble
from hinomi.collect.pollers.windows import by_windows, iso

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from hinomi.collect.pollers.api import Asked, Page
    from hinomi.collect.pollers.session import Session

TOKENS = "https://oauth2.googleapis.com/token"
REPORTS = "https://admin.googleapis.com/admin/reports/v1/activity/users/all/applications"
SCOPE = "https://www.googleapis.com/auth/admin.reports.audit.readonly"
_LASTS = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class GoogleLogin:
    """A token in the name of the account's `subject`."""

    key: str = "google"

    def request(self, session: Session) -> Request:
        """The signed statement."""
        return token_request(
            TOKENS,
            {
                "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
                "assertion": signed_statement(
                    session.secret, subject=session.account.subject, at=session.caller.server_now()
                ),
            },
        )


def _stream(name: str, word: str, *, overlap_h: int) -> Stream:
    return Stream(
        name,
        word,
        "google_workspace",
        identity=("id.applicationName", "id.time", "id.uniqueQualifier"),
        customer=("id.customerId",),
        customer_name=("ownerDomain",),
        overlap=timedelta(hours=overlap_h),
        most=timedelta(days=170),  # reports are kept for 180 days
        memory=timedelta(days=3),
        right=SCOPE,
        time=("id.time",),
        is_of_one=True,
    )


@dataclass(frozen=True, slots=True)
class GoogleWorkspace:
    """The API."""

    kind: str = "google_workspace"
    word: str = "Google Workspace"
    needs_tenants: bool = False
    needs_subject: bool = True
    # Google promises no time in which an action shows; sign-ins take minutes to hours.
    streams: tuple[Stream, ...] = (
        _stream("login", "ログイン", overlap_h=4),
        _stream("admin", "管理者の操作", overlap_h=4),
        _stream("user_accounts", "パスワードと2段階認証の変更", overlap_h=4),
        _stream("token", "アプリへの許可", overlap_h=4),
        _stream("drive", "ドライブのファイル", overlap_h=4),
    )

    def tenants(self, session: Session) -> list[Tenant]:
        """The one whose administrator it is; its records say who that is."""
        return [Tenant()]

    def pages(self, asked: Asked) -> Iterator[Page]:
        """By time."""
        return by_windows(asked, lambda start, end: _fetch(asked, start, end), login=GoogleLogin())


def _fetch(asked: Asked, start: datetime, end: datetime) -> Iterator[tuple[bytes, ...]]:
    values = {"startTime": iso(start), "endTime": iso(end), "maxResults": "1000"}
    token, used = "", set[str]()
    while True:
        question = urlencode({**values, **({"pageToken": token} if token else {})})
        request = Request(f"{REPORTS}/{asked.stream.name}?{question}", right=asked.stream.right)
        body = asked.session.call(request, login=GoogleLogin()).body
        yield list_if_any(body, "items")
        token = text_in(body, "nextPageToken")
        if not token:
            return
        if token in used:
            raise PollFailed(Trouble.BROKEN_ANSWER, about="同じページがくり返されます")
        used.add(token)


def signed_statement(key_file: str, *, subject: str, at: datetime) -> str:
    """A JSON Web Token (RFC 7515, RS256) with the service account's key, good for an hour."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding, rsa
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    issuer, pem, key_id = read_key_file(key_file)
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError) as error:
        raise PollFailed(Trouble.NO_KEY, about="private_key") from error
    if not isinstance(key, rsa.RSAPrivateKey):
        raise PollFailed(Trouble.NO_KEY, about="private_key")
    seconds = int(at.timestamp())
    head = {"alg": "RS256", "typ": "JWT", **({"kid": key_id} if key_id else {})}
    said = {
        "iss": issuer,
        "sub": subject,
        "scope": SCOPE,
        "aud": TOKENS,
        "iat": seconds,
        "exp": seconds + int(_LASTS.total_seconds()),
    }
    signed = f"{_packed(json.dumps(head).encode())}.{_packed(json.dumps(said).encode())}"
    signature = key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{signed}.{_packed(signature)}"


def read_key_file(text: str) -> tuple[str, str, str]:
    """The service account's address, its private key (PEM) and the key's id. PollFailed when the
    text is no key file."""
    found = {name: text_in(text.encode(), name) for name in ("client_email", "private_key")}
    if not all(found.values()):
        raise PollFailed(Trouble.NO_KEY, about="サービスアカウントの鍵ファイル（JSON）")
    return found["client_email"], found["private_key"], text_in(text.encode(), "private_key_id")


def _packed(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
