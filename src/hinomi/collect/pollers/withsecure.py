"""WithSecure Elements: security events of all engines, and Broad Context Detections (incidents).

A partner's key tells of all its customers at once; each record names its organisation.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from hinomi.collect.pollers.api import Stream, Tenant
from hinomi.collect.pollers.caller import Request
from hinomi.collect.pollers.json_parts import list_in, text_in
from hinomi.collect.pollers.session import form, token_request
from hinomi.collect.pollers.trouble import PollFailed, Trouble
from hinomi.collect.pollers.windows import by_windows, iso

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from hinomi.collect.pollers.api import Asked, Page
    from hinomi.collect.pollers.session import Session

HOUSE = "https://api.connect.withsecure.com"
_ENGINES = ("epp", "edr", "ecp", "xm")
_CUSTOMER = ("organization.id", "organizationId", "account.uuid")
_NAME = ("organization.name", "organizationName", "account.name")


@dataclass(frozen=True, slots=True)
class WithSecureLogin:
    """A token that may only read."""

    key: str = "withsecure"

    def request(self, session: Session) -> Request:
        """Client and key go in the header."""
        return token_request(
            f"{HOUSE}/as/token.oauth2",
            {"grant_type": "client_credentials", "scope": "connect.api.read"},
            basic=(session.account.client, session.secret),
        )


@dataclass(frozen=True, slots=True)
class WithSecure:
    """The API."""

    kind: str = "withsecure"
    word: str = "WithSecure Elements"
    needs_tenants: bool = False
    needs_subject: bool = False
    streams: tuple[Stream, ...] = (
        Stream(
            "security_events",
            "セキュリティイベント",
            "withsecure",
            identity=("id",),
            customer=_CUSTOMER,
            customer_name=_NAME,
            overlap=timedelta(minutes=15),  # asked by the time at which they were stored there
            most=timedelta(days=29),  # a question may span 30 days
            right="connect.api.read",
            time=("serverTimestamp", "persistenceTimestamp"),
        ),
        Stream(
            "incidents",
            "検知（BCD）",
            "withsecure",
            # An incident whose risk has risen is told anew.
            identity=("incidentId", "riskLevel"),
            customer=_CUSTOMER,
            customer_name=_NAME,
            most=timedelta(days=29),
            window=timedelta(days=7),
            memory=timedelta(days=400),
            right="connect.api.read",
            time=("createdTimestamp",),
        ),
    )

    def tenants(self, session: Session) -> list[Tenant]:
        """All customers at once."""
        return [Tenant()]

    def pages(self, asked: Asked) -> Iterator[Page]:
        """By time."""
        ask = {"security_events": _events, "incidents": _incidents}[asked.stream.name]
        return by_windows(
            asked, lambda start, end: _fetch(asked, ask(start, end)), login=WithSecureLogin()
        )


def _events(start: datetime, end: datetime) -> dict[str, object]:
    return {
        "persistenceTimestampStart": iso(start),
        "persistenceTimestampEnd": iso(end),
        "engineGroup": _ENGINES,
        "order": "asc",
        "limit": 200,
    }


def _incidents(start: datetime, end: datetime) -> dict[str, object]:
    return {
        "updatedTimestampStart": iso(start),
        "updatedTimestampEnd": iso(end),
        "order": "asc",
        "limit": 50,
    }


def _fetch(asked: Asked, values: dict[str, object]) -> Iterator[tuple[bytes, ...]]:
    anchor, used = "", set[str]()
    while True:
        request = _request(asked, {**values, **({"anchor": anchor} if anchor else {})})
        body = asked.session.call(request, login=WithSecureLogin()).body
        yield list_in(body, "items")
        anchor = text_in(body, "nextAnchor")
        if not anchor:
            return
        if anchor in used:
            raise PollFailed(Trouble.BROKEN_ANSWER, about="同じページがくり返されます")
        used.add(anchor)


def _request(asked: Asked, values: dict[str, object]) -> Request:
    """Events are asked for by a form, incidents by the address."""
    right = asked.stream.right
    if asked.stream.name == "incidents":
        return Request(
            f"{HOUSE}/incidents/v1/incidents?{urlencode(values, doseq=True)}", right=right
        )
    return Request(
        f"{HOUSE}/security-events/v1/security-events",
        method="POST",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        body=form(values),
        right=right,
    )
