"""One way to tell our own people something: a duty that must ring, a chief who must know.

No company is named in what goes by mail, SMS or chat: those are read in many places. The page
that is named asks to sign in.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hinomi.portal.access.address import address_of
from hinomi.portal.access.time import configuration, now
from hinomi.portal.notices.models import FirmNotice
from hinomi.portal.organisations.models import Membership, Role
from hinomi.respond.channels.mail import as_html

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from hinomi.portal.duties.values import DutyPerson

MAIL = "mail"


@dataclass(frozen=True, slots=True)
class Told:
    """One of our people by one way."""

    kind: str
    address: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Word:
    """What our people learn. The same `reason` is told once; `path` is the page to open."""

    reason: str
    title: str
    lines: tuple[str, ...] = ()
    path: str = ""
    level: str = ""
    step: str = ""


def tell_chiefs(
    firm_id: str, *, reason: str, title: str, lines: Sequence[str] = (), path: str = ""
) -> int:
    """Tell whoever answers for the firm at this moment; returns how many messages are new."""
    word = Word(reason=reason, title=title, lines=tuple(lines), path=path)
    return tell(firm_id, word, people=chiefs(firm_id))


def tell(firm_id: str, word: Word, *, people: Sequence[Told]) -> int:
    """One message each; returns how many are new. Call inside a transaction."""
    return sum(_queue(firm_id, word, person) for person in people)


def chiefs(firm_id: str) -> list[Told]:
    """The firm's managers by mail."""
    rows = Membership.objects.across_all(reason="the firm's own people").filter(
        firm=firm_id, role=Role.MANAGER, user__is_active=True
    )
    people = rows.order_by("pk").select_related("user")
    return [Told(MAIL, row.user.email, row.user.shown_name) for row in people]


def by_mail(firm_id: str, persons: Iterable[DutyPerson | None]) -> list[Told]:
    """Those of the persons on duty who have a mailbox; the chiefs when none has: somebody of the
    firm always learns it."""
    found = [Told(MAIL, each.mail, each.name) for each in persons if each is not None and each.mail]
    return found or chiefs(firm_id)


def _queue(firm_id: str, word: Word, person: Told) -> bool:
    dedupe_key = f"{word.reason}:{person.kind}:{person.address}"[:200]
    service, page = configuration().service_name, address_of(word.path) if word.path else ""
    body = "\n".join([*word.lines, *(["", page] if page else [])])
    _, is_new = FirmNotice.objects.of_firm(firm_id).get_or_create(
        firm_id=firm_id,
        dedupe_key=dedupe_key,
        defaults={
            "channel": person.kind,
            "to": person.address,
            "whom": person.name,
            "level": word.level,
            "step": word.step,
            "subject": f"【{service}】{word.title}"[:300],
            "body_text": body,
            "body_html": as_html(body) if person.kind == MAIL else None,
            "text_short": f"【{service}】{word.title}"[:70],
            "spoken": "。".join(each.rstrip("。") for each in (service, word.title, *word.lines)),
            "message_id": _message_id(firm_id, dedupe_key),
            "due_at": now(),
        },
    )
    return is_new


def _message_id(firm_id: str, dedupe_key: str) -> str:
    digest = hashlib.sha256(f"{firm_id}\0{dedupe_key}".encode()).hexdigest()[:32]
    return f"{digest}@{configuration().mail_from.rpartition('@')[2].rstrip('>') or 'localhost'}"
