"""The two trays of the outbox: messages to companies, and messages to our own people.

A company's notices and a firm's calls to its staff are kept apart, so that no count of what a
company was told ever includes what we said to each other; they leave by the same door.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hinomi.portal.notices.models import FirmNotice, FirmNoticeAttempt, Notice, NoticeAttempt

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet

_WHY_ALL = "the outbox sends for every company; each notice goes to its own recipient"

Letter = Notice | FirmNotice
Try = NoticeAttempt | FirmNoticeAttempt


@dataclass(frozen=True, slots=True)
class Tray:
    """One table of the outbox with that of its attempts."""

    name: str
    everything: Callable[[], QuerySet[Letter]]
    begin_attempt: Callable[[Letter], Try]
    owner: Callable[[Letter], dict[str, str]]


def _of_company(notice: Letter) -> dict[str, str]:
    assert isinstance(notice, Notice)
    return {"organisation_id": notice.organisation_id}


def _of_firm(notice: Letter) -> dict[str, str]:
    assert isinstance(notice, FirmNotice)
    return {"firm_id": notice.firm_id}


COMPANIES = Tray(
    name="notice",
    everything=lambda: Notice.objects.across_all(reason=_WHY_ALL),
    begin_attempt=lambda row: NoticeAttempt.objects.create(notice=row, **_of_company(row)),  # type: ignore[misc]
    owner=_of_company,
)
FIRMS = Tray(
    name="firm_notice",
    everything=lambda: FirmNotice.objects.across_all(reason=_WHY_ALL),
    begin_attempt=lambda row: FirmNoticeAttempt.objects.create(notice=row, **_of_firm(row)),  # type: ignore[misc]
    owner=_of_firm,
)
TRAYS = (COMPANIES, FIRMS)
