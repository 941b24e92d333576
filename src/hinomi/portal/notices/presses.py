"""Addresses that answer for one person: where our call posts the key, and the link in a mail.

Each is signed and names one notice; nobody can make one up, and none names a person or a company.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core import signing

from hinomi.portal.access.address import address_of
from hinomi.portal.access.time import now

if TYPE_CHECKING:
    from datetime import datetime, timedelta

_CALL, _TAP, _PROOF = "notices.call", "notices.tap", "notices.proof"
_CALL_PATH, _TAP_PATH = "/calls/keys/{token}/", "/k/{token}/"


def press_url(notice_id: int) -> str:
    """Where the call of this notice posts its key; "" when nobody told us our own address."""
    return address_of(_CALL_PATH.format(token=_signed(str(notice_id), salt=_CALL)))


def proof_url(proof_id: int) -> str:
    """Where a call that asks for a key, to prove a number, posts it."""
    return address_of(_CALL_PATH.format(token=_signed(str(proof_id), salt=_PROOF)))


def proof_of_call(token: str) -> int | None:
    """The message of 連絡先 whose call the token belongs to; None for all others."""
    value = _read(token, salt=_PROOF)
    return int(value) if value and value.isdigit() else None


def notice_of_call(token: str) -> int | None:
    """The notice whose call the token belongs to; None for a forged one."""
    value = _read(token, salt=_CALL)
    return int(value) if value and value.isdigit() else None


def tap_url(organisation_id: str, dedupe_key: str) -> str:
    """The link in the mail of this notice, which is not written yet: its key names it."""
    stamp = int(now().timestamp())
    token = _signed(f"{stamp}\0{organisation_id}\0{dedupe_key}", salt=_TAP)
    return address_of(_TAP_PATH.format(token=token))


def key_of_tap(token: str, *, lives: timedelta, moment: datetime) -> tuple[str, str] | None:
    """Company and key of the notice; None when the token is forged or older than `lives`."""
    value = _read(token, salt=_TAP)
    stamp, _, rest = (value or "").partition("\0")
    organisation_id, _, dedupe_key = rest.partition("\0")
    if not stamp.isdigit() or not dedupe_key:
        return None
    age_s = moment.timestamp() - int(stamp)
    return (organisation_id, dedupe_key) if age_s <= lives.total_seconds() else None


def _signed(value: str, *, salt: str) -> str:
    return signing.dumps(value, salt=salt)


def _read(token: str, *, salt: str) -> str | None:
    try:
        value = signing.loads(token, salt=salt)
    except signing.BadSignature:
        return None
    return value if isinstance(value, str) else None
