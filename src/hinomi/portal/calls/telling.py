"""What an exchange tells, read and proved: bytes and headers in, values out, nothing stored.

Two forms: our own JSON, and the status callbacks of Twilio. Each refusal says in one sentence what
is wrong, for whoever connects the exchange.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from hinomi.business.incoming_calls import Heard
from hinomi.core.errors import HinomiError
from hinomi.portal.ui.visible import one_line
from hinomi.respond.channels.twilio import signature as twilio_signature

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_BYTES = 8_000
TOLERANCE = timedelta(minutes=5)
OLDEST = timedelta(hours=24)
TIMESTAMP, SIGNATURE = "X-Hinomi-Timestamp", "X-Hinomi-Signature"
TWILIO_SIGNATURE = "X-Twilio-Signature"
_NAME_MOST, _NUMBER_MOST, _FIELDS_MOST = 100, 40, 60
_DIGITS = re.compile(r"\d{1,12}", re.ASCII)


class Refused(HinomiError):
    """What was told is not taken; `kind` and `status` for programs, the message for people."""

    status, kind = 400, "unreadable"


class NoSignature(Refused):
    """The headers that prove the sender are missing."""

    status, kind = 400, "no-signature"


class WrongSignature(Refused):
    """Somebody else's words, changed words, or another secret."""

    status, kind = 401, "wrong-signature"


class TooLate(Refused):
    """Signed too long ago, or a clock is wrong."""

    status, kind = 401, "too-late"


class TooLarge(Refused):
    """No telling is as large as this."""

    status, kind = 413, "too-large"


class Unfit(Refused):
    """A value is missing or does not fit."""

    status, kind = 422, "unfit"


@dataclass(frozen=True, slots=True)
class Told:
    """One telling. `kinds` may be empty (nothing to count), or two: a call that ended and must
    have been answered."""

    event_id: str
    call: str
    kinds: tuple[Heard, ...]
    number: str
    to: str
    at: datetime


def require_signed(
    body: bytes, *, headers: Mapping[str, str], secret: str, moment: datetime
) -> None:
    """HMAC-SHA256 over the timestamp, a dot and the body. Raises Refused."""
    stamp, given = headers.get(TIMESTAMP, ""), headers.get(SIGNATURE, "")
    if not stamp or not given:
        raise NoSignature(f"The headers {TIMESTAMP} and {SIGNATURE} are missing.")
    made = signature(body, stamp=stamp, secret=secret)
    if not secret or not _is_same(made, given):
        raise WrongSignature("The signature does not fit the timestamp, the body and the secret.")
    if not _DIGITS.fullmatch(stamp):
        raise Unfit(f"{TIMESTAMP} is not a number of seconds since 1970.")
    if abs(moment.timestamp() - int(stamp)) > TOLERANCE.total_seconds():
        raise TooLate(f"{TIMESTAMP} is more than 5 minutes from our clock: {moment:%FT%TZ}.")


def signature(body: bytes, *, stamp: str, secret: str) -> str:
    """As the header carries it."""
    said = stamp.encode("utf-8", "replace") + b"." + body
    return f"sha256={hmac.new(secret.encode(), said, hashlib.sha256).hexdigest()}"


def read_json(body: bytes, *, moment: datetime) -> Told:
    """`{"id", "event", "call", "from", "to", "time"}`. Raises Refused."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Refused("The body is not JSON.") from error
    if not isinstance(told, dict):
        raise Refused("The body is not a JSON object.")
    event = _text(told, "event")
    if event not in {each.value for each in Heard}:
        raise Unfit("event: one of ringing, answered, ended, missed.")
    return Told(
        event_id=_name(told, "id"),
        call=_name(told, "call"),
        kinds=(Heard(event),),
        number=_number(told, "from"),
        to=_number(told, "to"),
        at=_moment(told, moment),
    )


def read_form(body: bytes) -> dict[str, str]:
    """The fields of a form. Raises Refused."""
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_FIELDS_MOST,
        )
    except ValueError as error:
        raise Refused("The body is not a form.") from error
    return dict(pairs)


def require_twilio(form: Mapping[str, str], *, given: str, url: str, token: str) -> None:
    """Raises Refused."""
    if not given:
        raise NoSignature(f"The header {TWILIO_SIGNATURE} is missing.")
    if not token or not _is_same(twilio_signature(token, url=url, form=form), given):
        raise WrongSignature("The signature does not fit the address, the fields and the token.")


# A leg of `<Dial>` rings at a telephone of ours: only such a leg can be answered by a person. The
# caller's own leg is "in-progress" as soon as Twilio reads its instructions.
_LEG = {
    "ringing": (Heard.RINGING,),
    "in-progress": (Heard.ANSWERED,),
    "completed": (Heard.ANSWERED, Heard.ENDED),
}
_CALLER = {
    "ringing": (Heard.RINGING,),
    "completed": (Heard.ENDED,),
    "busy": (Heard.MISSED,),
    "no-answer": (Heard.MISSED,),
    "canceled": (Heard.MISSED,),
    "failed": (Heard.MISSED,),
}


def read_twilio(form: Mapping[str, str], *, moment: datetime) -> Told:
    """A status callback. Raises Refused."""
    name, status = _name(form, "CallSid"), _text(form, "CallStatus")
    parent = _name(form, "ParentCallSid") if form.get("ParentCallSid") else ""
    kinds = _LEG if parent else _CALLER
    is_ours = form.get("Direction") in ("outbound-api", "outbound")
    return Told(
        event_id=f"{name}:{status[:20]}",
        call=parent or name,
        kinds=() if is_ours else kinds.get(status, ()),
        number=_number(form, "From"),
        to=_number(form, "To"),
        at=_twilio_moment(form, moment),
    )


def _twilio_moment(form: Mapping[str, str], moment: datetime) -> datetime:
    """Its signature has no time of its own: the signed field must be fresh."""
    try:
        at = parsedate_to_datetime(_text(form, "Timestamp"))
    except (ValueError, OverflowError) as error:
        raise Unfit("Timestamp: a date as in a mail.") from error
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    if abs(moment - at) > TOLERANCE:
        raise TooLate(f"Timestamp is more than 5 minutes from our clock: {moment:%FT%TZ}.")
    return at.astimezone(UTC)


def _moment(told: Mapping[str, object], moment: datetime) -> datetime:
    """A time ahead of our clock is ours: an exchange's clock must not hide a call."""
    try:
        at = datetime.fromisoformat(_text(told, "time"))
    except ValueError as error:
        raise Unfit("time: ISO 8601, as 2026-11-22T10:05:00+09:00.") from error
    if at.tzinfo is None:
        raise Unfit("time: has no zone; write +09:00 or Z.")
    if moment - at > OLDEST:
        raise Unfit("time: more than 24 hours ago.")
    return moment if at > moment else at.astimezone(UTC)


def _name(told: Mapping[str, object], field: str) -> str:
    text = _text(told, field)
    if not text or len(text) > _NAME_MOST or not text.isprintable():
        raise Unfit(f"{field}: 1 to {_NAME_MOST} printable characters.")
    return text


def _number(told: Mapping[str, object], field: str) -> str:
    """Without what is no part of a number: `sip:0312345678@pbx.example`. "" when withheld."""
    text = one_line(_text(told, field))
    text = re.sub(r"^(sips?|tel):", "", text, flags=re.IGNORECASE).partition("@")[0]
    if len(text) > _NUMBER_MOST:
        raise Unfit(f"{field}: at most {_NUMBER_MOST} characters.")
    return text if any(map(str.isdigit, text)) else ""


def _text(told: Mapping[str, object], field: str) -> str:
    found = told.get(field)
    if not isinstance(found, str):
        raise Unfit(f"{field}: missing, or not a text.")
    return found


def _is_same(made: str, given: str) -> bool:
    return hmac.compare_digest(made.encode(), given.encode("utf-8", "replace"))
