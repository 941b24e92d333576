"""合言葉: a word of the company that our messages carry, so that they can be told from false ones.

It proves us to them, never them to us: nobody of ours ever asks for it. Sealed where it is kept.
"""

from __future__ import annotations

import unicodedata
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from hinomi.portal.access import audit
from hinomi.portal.access.time import configuration, now
from hinomi.portal.contacts.errors import NotPossible
from hinomi.portal.contacts.models import Subject, Watchword
from hinomi.portal.contacts.telling import tell_all
from hinomi.portal.ui.visible import one_line
from hinomi.store.sealed import NotOpened, seal, unseal

if TYPE_CHECKING:
    from datetime import datetime

SHORTEST, LONGEST = 4, 10  # beside it an SMS still has room for a sentence
REVIEW_AFTER = timedelta(days=365)


def watchword_of(organisation_id: str) -> str:
    """What our messages to the company carry; "" when it has none (or the key folder is lost)."""
    row = Watchword.objects.of(organisation_id).first()
    if row is None:
        return ""
    try:
        return unseal(row.sealed, data=configuration().data, about=_about(organisation_id))
    except NotOpened:
        return ""


def set_at(organisation_id: str) -> datetime | None:
    """When it was set; None when there is none."""
    row = Watchword.objects.of(organisation_id).first()
    return row.set_at if row else None


def is_old(organisation_id: str) -> bool:
    """True when a year has passed."""
    since = set_at(organisation_id)
    return since is not None and now() >= since + REVIEW_AFTER


@transaction.atomic
def set_watchword(*, organisation_id: str, word: str, user_id: int | None) -> None:
    """A new 合言葉, told to all (without the word). The same one again changes only its date."""
    plain = check(word)
    is_other = plain != watchword_of(organisation_id)
    row, _ = Watchword.objects.of(organisation_id).update_or_create(
        organisation_id=organisation_id,
        defaults={
            "sealed": seal(plain, data=configuration().data, about=_about(organisation_id)),
            "set_at": now(),
            "set_by_id": user_id,
        },
    )
    audit.record(what="contacts:watchword:set", user_id=user_id, organisation_id=organisation_id)
    if is_other:
        once = row.set_at.isoformat()
        tell_all(Subject.WATCHWORD, organisation_id=organisation_id, once=once)


def remind(moment: datetime) -> int:
    """Once a year each company is asked to look at its 合言葉; how many tellings are new."""
    rows = Watchword.objects.across_all(reason="the bell reminds every company").filter(
        set_at__lte=moment - REVIEW_AFTER, organisation__deleted_at=None
    )
    return sum(
        tell_all(
            Subject.YEARLY,
            organisation_id=row.organisation_id,
            once=f"{row.set_at:%Y%m%d}+{(moment - row.set_at) // REVIEW_AFTER}",
        )
        for row in rows.order_by("pk")
    )


def check(word: str) -> str:
    """The word as it is kept. Raises NotPossible."""
    plain = unicodedata.normalize("NFKC", one_line(word)).strip()
    if not SHORTEST <= len(plain) <= LONGEST:
        raise NotPossible(f"合言葉は{SHORTEST}字から{LONGEST}字で決めてください。")
    if plain.isdigit():
        raise NotPossible("数字だけの合言葉は、暗証番号と間違えます。ことばを入れてください。")
    return plain


def _about(organisation_id: str) -> str:
    return f"watchword {organisation_id}"
