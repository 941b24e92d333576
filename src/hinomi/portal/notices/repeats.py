"""After a restore: which mails may have gone out already, in the time the backup does not know.

A warning that never comes is worse than one that comes twice: all of them go out, marked 【再送】.
What was sent before the backup is known to be sent and stays so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.portal.notices.models import Notice, NoticeState, Restoration
from hinomi.respond.channels.mail import REPEAT_MARK

if TYPE_CHECKING:
    from datetime import datetime

_WHY_ALL = "a restore concerns the mails of every company"
_UNSENT = (NoticeState.QUEUED, NoticeState.SENDING)
_SUBJECT_MOST = 300


def note_restoration(*, taken_at: datetime) -> int:
    """Remember it and mark what waited when the backup was taken; returns how many."""
    Restoration.objects.create(taken_at=taken_at)
    waiting = Notice.objects.across_all(reason=_WHY_ALL).filter(state__in=_UNSENT)
    unmarked = waiting.exclude(subject__startswith=REPEAT_MARK)
    for notice in unmarked:
        notice.subject = f"{REPEAT_MARK}{notice.subject}"[:_SUBJECT_MOST]
        notice.save(update_fields=["subject"])
    return waiting.count()


def may_have_been_told(event_at: datetime) -> bool:
    """True when an earlier life of this tower may have written about this event."""
    return Restoration.objects.filter(restored_at__gte=event_at).exists()
