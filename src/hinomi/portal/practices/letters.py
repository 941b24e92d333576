"""What an exercise sends: marked 【訓練】 in the subject and the first line of every length."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core import signing
from django.urls import reverse

from hinomi.portal.access.address import address_of
from hinomi.portal.access.time import configuration
from hinomi.portal.contacts.watchwords import watchword_of
from hinomi.portal.notices.exercises import reason_of
from hinomi.portal.notices.services import MAIL, Letter
from hinomi.portal.practices.texts import exercise_texts
from hinomi.respond.channels.mail import as_html
from hinomi.respond.short import SMS_WHOLE
from hinomi.respond.slots import slot

if TYPE_CHECKING:
    from hinomi.portal.organisations.models import Organisation
    from hinomi.portal.practices.models import Asked

_SALT = "practices.exercise"
_MOST_DIGITS = 18


def letter_to(asked: Asked, *, company: Organisation, kind: str) -> Letter:
    """The message to one person by one way. Only a mail holds the address of the button: a FAX
    lies open on a desk, and an SMS of ours never holds a link."""
    texts, service = exercise_texts(), slot(configuration().service_name)
    url = address_of(reverse("exercise_answer", args=[secret_of(asked)])) if kind == MAIL else ""
    body = _body(url)
    return Letter(
        incident_number="",
        reason=reason_of(asked.exercise_id),
        subject=f"【{service}】【訓練】{texts['title']}｜{slot(company.name, limit=40)}",
        body_text=body,
        body_html=as_html(body),
        text_short=_short(service, watchword_of(company.pk)),
        spoken=texts["spoken"].format_map({"service": service}),
    )


def secret_of(asked: Asked) -> str:
    """What the link of one person holds; it can be made for this row only, and names nobody."""
    return signing.dumps(str(asked.pk), salt=_SALT)


def opened(secret: str) -> int | None:
    """The row a link belongs to; None for one that is not ours."""
    try:
        value = signing.loads(secret, salt=_SALT)
    except signing.BadSignature:
        return None
    is_ours = isinstance(value, str) and value.isdigit() and len(value) <= _MOST_DIGITS
    return int(value) if is_ours else None


def _body(url: str) -> str:
    texts = exercise_texts()
    parts = [texts["first"], texts["body" if url else "body_without_page"]]
    if url:
        parts.append(f"{texts['button']}\n{url}")
    return "\n\n".join([*parts, texts["password"]]) + "\n"


def _short(service: str, word: str) -> str:
    """With the 合言葉 where it fits; the mark and the sentence are never cut for it."""
    said = f"【{service}】{exercise_texts()['short']}"
    proof = f"合言葉：{slot(word)}" if word else ""
    return said + proof if len(said + proof) <= SMS_WHOLE else said[:SMS_WHOLE]
