"""Asks each company once a month, in plain words, for the tries (試験) that only a person can send,
and reminds it once.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.urls import reverse
from django.utils.timezone import localtime

from hinomi.portal.access.address import address_of
from hinomi.portal.access.time import configuration, now
from hinomi.portal.notices.models import Notice
from hinomi.portal.notices.services import Letter, queue_mails
from hinomi.portal.sources.monthly_tries import asked_by_company, bring_forward
from hinomi.portal.sources.try_steps import kinds_by_itself
from hinomi.portal.ui.visible import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from hinomi.portal.sources.models import SourceTry

_EVERY = timedelta(days=25)  # not sooner, however the devices' months lie
_REMINDED_AFTER = timedelta(days=7)
_HOURS = range(9, 17)  # nobody is woken for a try
_NAMED = 20
_REASON, _AGAIN = "try:", ":again"
_ASKED = """見守りの機器が働いているか、月に1回、確かめています。
次の機器の試験をお願いします。1台につき、1分ほどです。

{names}

やり方は、次の画面の機器の名前を押すと見られます。
{url}
害のない記録を1件送るだけです。

こちらからパスワードや暗証番号は聞きません。
"""
_REMINDED = "先日お願いした試験が、まだの機器があります。\n\n"


def ask_for_tries() -> int:
    """Asks and reminders that are due; how many mails. By day only."""
    moment = now()
    if localtime(moment).hour not in _HOURS:
        return 0
    return sum(
        _ask(organisation_id, rows, moment=moment)
        for organisation_id, rows in asked_by_company().items()
    )


@transaction.atomic
def _ask(organisation_id: str, rows: Sequence[SourceTry], *, moment: datetime) -> int:
    last = _last_letter(organisation_id)
    if last is None or moment - last.created_at >= _EVERY:
        if bring_forward(organisation_id):
            rows = asked_by_company()[organisation_id]
        day = f"{localtime(moment):%Y-%m-%d}"
        return _queue(organisation_id, rows, reason=f"{_REASON}{day}")
    reason = _reason_of(last)
    is_late = moment - last.created_at >= _REMINDED_AFTER
    left = [row for row in rows if row.made_at <= last.created_at]
    if reason.endswith(_AGAIN) or not is_late or not left:
        return 0
    return _queue(organisation_id, left, reason=f"{reason}{_AGAIN}")


def _last_letter(organisation_id: str) -> Notice | None:
    rows = Notice.objects.of(organisation_id).filter(
        incident_number="", dedupe_key__startswith=f":{_REASON}"
    )
    return rows.order_by("-created_at", "-pk").first()


def _reason_of(notice: Notice) -> str:
    """As `queue_mails` was given it: the key is number, reason and person."""
    return notice.dedupe_key.removeprefix(":").rpartition(":")[0]


def _queue(organisation_id: str, rows: Sequence[SourceTry], *, reason: str) -> int:
    is_again = reason.endswith(_AGAIN)
    names = [_line(row) for row in rows[:_NAMED]]
    if len(rows) > _NAMED:
        names.append(f"・ほか{len(rows) - _NAMED}台")
    url = address_of(reverse("sources")) or "画面の「見守る機器」"
    company = one_line(rows[0].organisation.name)
    what = "試験がまだの機器があります" if is_again else "今月の試験のお願い"
    body = _ASKED.format(names="\n".join(names), url=url)
    letter = Letter(
        incident_number="",
        reason=reason,
        subject=f"【{configuration().service_name}】{what}（{company}）"[:120],
        body_text=(_REMINDED if is_again else "") + body,
    )
    return queue_mails(organisation_id=organisation_id, letter=letter)


def _line(row: SourceTry) -> str:
    late = "（ふだんは自分で試験をします。今月は届いていません）"
    return f"・{one_line(row.source.name)}{late if row.source.kind in kinds_by_itself() else ''}"
