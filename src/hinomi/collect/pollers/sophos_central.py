"""Sophos Central's SIEM API: events and alerts of one customer, or of all customers of a partner.

The API keeps 24 hours and gives a cursor. Where a customer's records lie is asked, not guessed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from hinomi.collect.pollers.api import Page, Stream, Tenant
from hinomi.collect.pollers.caller import Request
from hinomi.collect.pollers.json_parts import list_in, text_in
from hinomi.collect.pollers.session import token_request
from hinomi.collect.pollers.trouble import PollFailed, Trouble
from hinomi.collect.pollers.windows import gap_between, iso, moment_in
from hinomi.core.consent_gaps import last_end

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hinomi.collect.pollers.api import Asked
    from hinomi.collect.pollers.session import Session

TOKENS = "https://id.sophos.com/api/v2/oauth2/token"
WHOAMI = "https://api.central.sophos.com/whoami/v1"
_KEPT = timedelta(hours=24)
_MARGIN = timedelta(minutes=10)  # 24 hours ago by whose clock?
# What the key is for → where its customers are listed, and the header that names it.
_LISTS = {
    "partner": ("partner/v1/tenants", "X-Partner-ID"),
    "organization": ("organization/v1/tenants", "X-Organization-ID"),
}


@dataclass(frozen=True, slots=True)
class SophosLogin:
    """A token of the API client."""

    key: str = "sophos"

    def request(self, session: Session) -> Request:
        """Client and key go in the form."""
        return token_request(
            TOKENS,
            {
                "grant_type": "client_credentials",
                "client_id": session.account.client,
                "client_secret": session.secret,
                "scope": "token",
            },
        )


def _stream(name: str, word: str) -> Stream:
    return Stream(
        name,
        word,
        "sophos_central",
        identity=("id",),
        customer=("customer_id",),
        most=_KEPT,
        overlap=_MARGIN,
        right="Service Principal ReadOnly / SIEM",
        time=("created_at", "when"),
    )


@dataclass(frozen=True, slots=True)
class SophosCentral:
    """The API."""

    kind: str = "sophos_central"
    word: str = "Sophos Central"
    needs_tenants: bool = False
    needs_subject: bool = False
    streams: tuple[Stream, ...] = (_stream("events", "イベント"), _stream("alerts", "警報"))

    def tenants(self, session: Session) -> list[Tenant]:
        """Who the key is for: one customer, or a partner's or an organisation's list of them."""
        body = session.call(Request(WHOAMI), login=SophosLogin()).body
        id_, kind = text_in(body, "id"), text_in(body, "idType")
        if not id_:
            raise PollFailed(Trouble.BROKEN_ANSWER, about="whoami")
        if kind not in _LISTS:
            return [Tenant(id_, server=_server(text_in(body, "apiHosts.dataRegion")))]
        path, header = _LISTS[kind]
        start = f"{_server(text_in(body, 'apiHosts.global'))}/{path}"
        return list(_listed(session, start, {header: id_}))

    def pages(self, asked: Asked) -> Iterator[Page]:
        """From the cursor on; from as far back as there is anything when it is too old."""
        now = asked.session.caller.server_now()
        cursor, _, at = asked.cursor.rpartition(" ")
        before = moment_in(at)
        agreed = last_end(asked.gaps)
        if not cursor or (agreed and (before is None or before < agreed)):
            yield from _from(asked, {"from_date": _oldest(now, agreed)})
            return
        try:
            yield from _from(asked, {"cursor": cursor})
        except PollFailed as failed:
            if failed.status != 400:
                raise
            oldest = now - _KEPT + _MARGIN
            if before and before < oldest:
                yield Page(gap=gap_between(before, oldest))
            yield from _from(asked, {"from_date": _oldest(now, agreed)})


def _oldest(now: datetime, agreed: datetime | None) -> str:
    oldest = now - _KEPT + _MARGIN
    return str(int(max(oldest, agreed or oldest).timestamp()))


def _from(asked: Asked, values: dict[str, str]) -> Iterator[Page]:
    """Each page's cursor counts once its records are kept, so a long catch-up never begins anew."""
    url = f"{asked.tenant.server}/siem/v1/{asked.stream.name}"
    for _ in range(asked.session.caller.limits.pages):
        at = asked.session.caller.server_now()
        request = Request(
            f"{url}?{urlencode({'limit': '1000', **values})}",
            headers={"X-Tenant-ID": asked.tenant.id},
            right=asked.stream.right,
        )
        body = asked.session.call(request, login=SophosLogin()).body
        following = text_in(body, "next_cursor")
        has_more = text_in(body, "has_more") == "True"
        if not following or (has_more and following == values.get("cursor")):
            raise PollFailed(Trouble.BROKEN_ANSWER, about="next_cursor")
        yield Page(list_in(body, "items"), cursor=f"{following} {iso(at)}", reached_at=at)
        values = {"cursor": following}
        if not has_more:
            return
    raise PollFailed(Trouble.BROKEN_ANSWER, about="ページが終わりません")


def _listed(session: Session, start: str, headers: dict[str, str]) -> Iterator[Tenant]:
    page, pages = 1, 1
    while page <= min(pages, session.caller.limits.pages):
        question = urlencode({"page": page, "pageSize": 100, "pageTotal": "true"})
        body = session.call(
            Request(f"{start}?{question}", headers=headers), login=SophosLogin()
        ).body
        for item in list_in(body, "items"):
            host, id_ = text_in(item, "apiHost"), text_in(item, "id")
            if id_ and host:
                yield Tenant(id_, text_in(item, "name"), _server(host))
        told = text_in(body, "pages.total")
        pages = int(told) if told.isdigit() else 1
        page += 1


def _server(host: str) -> str:
    """Only Sophos's own: our token goes there."""
    parts = urlsplit(host)
    name = parts.hostname or ""
    if parts.scheme != "https" or not name.endswith(".central.sophos.com"):
        raise PollFailed(Trouble.BROKEN_ANSWER, about="apiHost")
    return f"https://{name}"
