"""Codes that prove an address: six digits, made from an installation key when they are sent and
again when they are given back, so that no code is stored anywhere."""

from __future__ import annotations

import secrets
import unicodedata
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils.crypto import constant_time_compare, salted_hmac

from hinomi.portal.access.time import now
from hinomi.portal.contacts.errors import NotPossible
from hinomi.portal.contacts.models import Kind, Subject, Telling

if TYPE_CHECKING:
    from hinomi.portal.contacts.models import Address

MOST_TRIES = 5
MOST_A_DAY = 10  # codes and tests of one company: calls and SMS cost money, and ring somewhere
AGAIN_AFTER = timedelta(seconds=60)
_LIVES = {Kind.FAX: timedelta(days=3), Kind.LETTER: timedelta(days=21)}
_ELSE = timedelta(hours=24)
_DAY = timedelta(days=1)
_SALT = "hinomi.portal.contacts.codes"


def send(row: Address) -> None:
    """A new code goes to the address; the one before is void. Raises NotPossible."""
    moment = now()
    if row.code_at is not None and row.code_at <= moment < row.code_at + AGAIN_AFTER:
        raise NotPossible("番号を送ったばかりです。1分たってから、もう一度送ってください。")
    _within_limits(row)
    row.nonce, row.code_at, row.tries, row.trouble = secrets.token_hex(16), moment, 0, ""
    row.save(update_fields=["nonce", "code_at", "tries", "trouble"])
    _note_down(row, Subject.CODE, nonce=row.nonce)


def test(row: Address) -> None:
    """A trial message without a code to an address that counts. Raises NotPossible."""
    moment = now()
    if row.tested_at is not None and row.tested_at <= moment < row.tested_at + AGAIN_AFTER:
        raise NotPossible("試しの連絡を送ったばかりです。1分たってから、もう一度送ってください。")
    _within_limits(row)
    row.tested_at, row.trouble = moment, ""
    row.save(update_fields=["tested_at", "trouble"])
    _note_down(row, Subject.TEST, nonce=secrets.token_hex(16))


def code_of(nonce: str) -> str:
    """The six digits."""
    number = int.from_bytes(salted_hmac(_SALT, nonce, algorithm="sha256").digest()[:8])
    return f"{number % 1_000_000:06d}"


def is_live(row: Address) -> bool:
    """True while the newest code may be given back."""
    if row.code_at is None or row.tries >= MOST_TRIES:
        return False
    return row.code_at <= now() < row.code_at + _LIVES.get(Kind(row.kind), _ELSE)


def fault_of(row: Address, code: str) -> str:
    """Why the code does not prove the address; "" when it does."""
    if row.code_at is None:
        return "確認の番号を、まだ送っていません。「番号を送る」を押してください。"
    if row.tries >= MOST_TRIES:
        return "何度か違う番号が入力されました。「番号をもう一度送る」を押してください。"
    if not is_live(row):
        return "番号の期限が過ぎました。「番号をもう一度送る」を押してください。"
    typed = "".join(unicodedata.normalize("NFKC", code).split())
    if not constant_time_compare(typed, code_of(row.nonce)):
        return "番号が違います。届いた6けたの番号を、もう一度入力してください。"
    return ""


def _within_limits(row: Address) -> None:
    sent = Telling.objects.of(row.organisation_id).filter(
        subject__in=(Subject.CODE, Subject.TEST), created_at__gt=now() - _DAY
    )
    if sent.count() >= MOST_A_DAY:
        raise NotPossible(
            "今日は、これ以上番号を送れません。明日もう一度試すか、電話してください。"
        )


def _note_down(row: Address, subject: Subject, *, nonce: str) -> None:
    Telling.objects.of(row.organisation_id).create(
        organisation_id=row.organisation_id,
        subject=subject,
        kind=row.kind,
        to=row.address,
        about_id=row.contact_id,
        address=row,
        nonce=nonce,
        created_at=now(),
        due_at=now(),
        dedupe_key=f"{subject}:{row.pk}:{nonce}",
    )
