"""Office 365 Management Activity API: the audit log of Microsoft 365, in blobs that are listed.

A subscription per kind of content is started when there is none; blobs stay for seven days.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from hinomi.collect.pollers.api import Stream, Tenant
from hinomi.collect.pollers.caller import Request, is_same_house
from hinomi.collect.pollers.json_parts import items_of, text_in
from hinomi.collect.pollers.microsoft import MicrosoftLogin
from hinomi.collect.pollers.trouble import PollFailed, Trouble
from hinomi.collect.pollers.windows import by_windows, iso

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from hinomi.collect.pollers.api import Asked, Page
    from hinomi.collect.pollers.caller import Reply
    from hinomi.collect.pollers.session import Session

HOUSE = "https://manage.office.com"
_SCOPE = f"{HOUSE}/.default"
_NO_SUBSCRIPTION = ("AF20022", "AF20023")
_ALREADY = "AF20024"
_GONE = ("AF20050", "AF20051")
_CONTENT = {
    "entra": "Audit.AzureActiveDirectory",
    "exchange": "Audit.Exchange",
    "sharepoint": "Audit.SharePoint",
    "general": "Audit.General",
}


def _stream(name: str, word: str) -> Stream:
    return Stream(
        name,
        word,
        "office_365",
        identity=("Id",),
        customer=("OrganizationId",),
        overlap=timedelta(hours=1),
        # The API refuses a start more than seven days ago.
        most=timedelta(days=7) - timedelta(minutes=10),
        window=timedelta(hours=23),
        memory=timedelta(days=8),
        right="ActivityFeed.Read",
        time=("CreationTime",),
    )


@dataclass(frozen=True, slots=True)
class Office365:
    """The API."""

    kind: str = "office_365"
    word: str = "Microsoft 365 監査ログ"
    needs_tenants: bool = True
    needs_subject: bool = False
    streams: tuple[Stream, ...] = (
        _stream("entra", "サインインとユーザーの変更"),
        _stream("exchange", "メールの設定と操作"),
        _stream("sharepoint", "ファイルの操作"),
        _stream("general", "そのほか（Teamsなど）"),
    )

    def tenants(self, session: Session) -> list[Tenant]:
        """Those that a person named."""
        return [Tenant(id=each) for each in session.account.tenants]

    def pages(self, asked: Asked) -> Iterator[Page]:
        """By the time at which blobs were made."""

        def fetch(start: datetime, end: datetime) -> Iterator[tuple[bytes, ...]]:
            for blob in _blobs(asked, start, end):
                yield _records(asked, blob)

        return by_windows(asked, fetch, login=MicrosoftLogin(asked.tenant.id, _SCOPE))


def _feed(asked: Asked, what: str, **values: str) -> str:
    question = urlencode({"contentType": _CONTENT[asked.stream.name], **values})
    tenant = quote(asked.tenant.id, safe="")
    return f"{HOUSE}/api/v1.0/{tenant}/activity/feed/subscriptions/{what}?{question}"


def _call(asked: Asked, url: str, method: str = "GET") -> Reply:
    if not is_same_house(url, as_=HOUSE):
        raise PollFailed(Trouble.BROKEN_ANSWER, about="よそのサーバーへのリンク")
    request = Request(url, method=method, right=asked.stream.right)
    return asked.session.call(request, login=MicrosoftLogin(asked.tenant.id, _SCOPE))


def _blobs(asked: Asked, start: datetime, end: datetime) -> Iterator[str]:
    """Addresses of the blobs of a stretch."""
    link = _feed(asked, "content", startTime=_time(start), endTime=_time(end))
    followed: set[str] = set()
    while link:
        if link in followed:
            raise PollFailed(Trouble.BROKEN_ANSWER, about="同じページがくり返されます")
        followed.add(link)
        try:
            reply = _call(asked, link)
        except PollFailed as failed:
            if failed.code not in _NO_SUBSCRIPTION:
                raise
            _subscribe(asked)
            reply = _call(asked, link)
        for item in items_of(reply.body):
            if address := text_in(item, "contentUri"):
                yield address
        link = reply.headers.get("nextpageuri", "")


def _records(asked: Asked, blob: str) -> tuple[bytes, ...]:
    """A blob that is listed and gone ran out between the two questions."""
    try:
        return items_of(_call(asked, blob).body)
    except PollFailed as failed:
        if failed.code in _GONE:
            return ()
        raise


def _subscribe(asked: Asked) -> None:
    try:
        _call(asked, _feed(asked, "start"), "POST")
    except PollFailed as failed:
        if failed.code != _ALREADY:
            raise


def _time(moment: datetime) -> str:
    """This API takes seconds and no zone."""
    return iso(moment)[:19]
