"""Microsoft Graph: alerts of Defender and the like, sign-ins and directory changes of Entra ID.

One app registration for all customers (each consents once) or one for a single customer; records
are asked for customer by customer, so the tenant asked is the tenant told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from hinomi.collect.pollers.api import Stream, Tenant
from hinomi.collect.pollers.caller import Request, is_same_house
from hinomi.collect.pollers.json_parts import list_in, member
from hinomi.collect.pollers.session import token_request
from hinomi.collect.pollers.trouble import PollFailed, Trouble
from hinomi.collect.pollers.windows import by_windows, iso

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from hinomi.collect.pollers.api import Asked, Page
    from hinomi.collect.pollers.session import Session

GRAPH = "https://graph.microsoft.com/v1.0"
# Stream → its path and the time it is asked by. Alerts go by their last change: what a product
# reports late still comes; an alert that only changes its status is known by its id.
_PATHS = {
    "alerts": ("security/alerts_v2", "lastUpdateDateTime"),
    "sign_ins": ("auditLogs/signIns", "createdDateTime"),
    "directory": ("auditLogs/directoryAudits", "activityDateTime"),
}
_TOP = 500  # records a page: a few megabytes at most


@dataclass(frozen=True, slots=True)
class MicrosoftLogin:
    """An app's own token (client credentials) in one customer's directory, for one service."""

    tenant: str
    scope: str

    @property
    def key(self) -> str:
        """One token for each customer and service."""
        return f"{self.tenant} {self.scope}"

    def request(self, session: Session) -> Request:
        """The question to the customer's token server."""
        url = f"https://login.microsoftonline.com/{quote(self.tenant, safe='')}/oauth2/v2.0/token"
        return token_request(
            url,
            {
                "grant_type": "client_credentials",
                "client_id": session.account.client,
                "client_secret": session.secret,
                "scope": self.scope,
            },
        )


@dataclass(frozen=True, slots=True)
class Graph:
    """The API."""

    kind: str = "microsoft_graph"
    word: str = "Microsoft 365 Defender・Entra ID（Graph）"
    needs_tenants: bool = True
    needs_subject: bool = False
    streams: tuple[Stream, ...] = (
        Stream(
            "alerts",
            "Defenderの警報",
            "microsoft_defender",
            identity=("id",),
            customer=("tenantId",),
            first=timedelta(days=7),
            most=timedelta(days=30),
            window=timedelta(days=7),
            memory=timedelta(days=400),
            right="SecurityAlert.Read.All",
            time=("createdDateTime",),
        ),
        Stream(
            "sign_ins",
            "サインイン",
            "entra",
            identity=("id",),
            overlap=timedelta(hours=2),
            window=timedelta(hours=6),
            right="AuditLog.Read.All",
            time=("createdDateTime",),
        ),
        Stream(
            "directory",
            "ユーザーと権限の変更",
            "entra",
            identity=("id",),
            overlap=timedelta(hours=2),
            right="AuditLog.Read.All",
            time=("activityDateTime",),
        ),
    )

    def tenants(self, session: Session) -> list[Tenant]:
        """Those that a person named."""
        return [Tenant(id=each) for each in session.account.tenants]

    def pages(self, asked: Asked) -> Iterator[Page]:
        """By time."""
        path, time = _PATHS[asked.stream.name]
        login = MicrosoftLogin(asked.tenant.id, "https://graph.microsoft.com/.default")

        def fetch(start: datetime, end: datetime) -> Iterator[tuple[bytes, ...]]:
            wanted = f"{time} ge {iso(start)} and {time} le {iso(end)}"
            question = urlencode({"$filter": wanted, "$top": _TOP}, quote_via=quote)
            link, followed = f"{GRAPH}/{path}?{question}", set[str]()
            while link:
                if link in followed:
                    raise PollFailed(Trouble.BROKEN_ANSWER, about="同じページがくり返されます")
                followed.add(link)
                request = Request(link, right=asked.stream.right)
                body = asked.session.call(request, login=login).body
                yield list_in(body, "value")
                link = member(body, "@odata.nextLink")
                if link and not is_same_house(link, as_=GRAPH):
                    raise PollFailed(Trouble.BROKEN_ANSWER, about="よそのサーバーへのリンク")

        return by_windows(asked, fetch, login=login)
