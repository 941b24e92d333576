"""Addresses as people type them: read into the one way we keep, or refused with a sentence."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from hinomi.business.phone_numbers import NotAPhone, read_phone
from hinomi.portal.contacts.errors import NotPossible
from hinomi.portal.contacts.models import Kind
from hinomi.portal.ui.visible import one_line

if TYPE_CHECKING:
    from collections.abc import Callable

_LONGEST = 254


def clean(kind: str, text: str) -> str:
    """The address as it is kept. Raises NotPossible."""
    return _READERS.get(Kind(kind), _text)(text)


def _mail(text: str) -> str:
    mail = unicodedata.normalize("NFKC", text).strip()
    try:
        validate_email(mail)
    except ValidationError as error:
        raise NotPossible("メールアドレスの形で入力してください。例：soumu@example.jp") from error
    local, _, domain = mail.rpartition("@")
    return f"{local}@{domain.lower()}"


def _phone(text: str) -> str:
    try:
        return read_phone(text).written
    except NotAPhone as error:
        raise NotPossible(error.words_ja) from error


def _mobile(text: str) -> str:
    try:
        phone = read_phone(text)
    except NotAPhone as error:
        raise NotPossible(error.words_ja) from error
    if not phone.is_mobile:
        raise NotPossible(
            "SMSは携帯電話の番号だけに届きます。090などから始まる番号を入力してください。"
        )
    return phone.digits


def _text(text: str) -> str:
    plain = one_line(text).strip()
    if not 2 <= len(plain) <= _LONGEST:
        raise NotPossible("あて先を入力してください。")
    return plain


_READERS: dict[Kind, Callable[[str], str]] = {
    Kind.MAIL: _mail,
    Kind.VOICE: _phone,
    Kind.FAX: _phone,
    Kind.SMS: _mobile,
}
