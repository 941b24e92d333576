"""Relays: `GET /ingest/v1/relay` says what a relay should listen to, `POST` brings what it heard.

A relay brings records only of the sources of its own company that name it. Everything else it
sends is shown to staff as unknown lines of that company, and never becomes anybody's record.
What waits for the company's consent is refused for good, so that the relay keeps it no longer: of
one source, or, while the company agrees to nothing, all that the relay has.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from hinomi.collect.answers import Answer, NotAllowed, not_allowed
from hinomi.collect.body import TooLarge, Unreadable
from hinomi.collect.dialects.events import idempotency_key
from hinomi.collect.framing import Frame
from hinomi.collect.identity import NO_CONSENT
from hinomi.collect.intake import Heard
from hinomi.collect.request import bearer, token_in
from hinomi.core.words import SetAsideReason

if TYPE_CHECKING:
    from hinomi.collect.answers import Refusal
    from hinomi.collect.request import Desk, Request, Schemes
    from hinomi.core.directory import Source

PATH = "/ingest/v1/relay"
KIND = "relay"
SENT_AT = b"hinomi-sent-at"  # the relay's own clock when it sent, in µs since 1970
_SCHEMES: Schemes = {"bearer": bearer}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WRONG_CLOCK = timedelta(minutes=1)  # less than this is the way here, not the clock
_OLDEST = timedelta(days=366)  # what is said to be older was heard before the clock was set
_FAULTS = {each.value: each for each in SetAsideReason}


class _Line(msgspec.Struct):
    """A record: source, time heard in µs, peer, its bytes in base64, what is wrong with its frame.

    `s` is "" for a sender that the relay does not know.
    """

    s: str
    t: int
    b: bytes
    p: str = ""
    f: str = ""


_lines = msgspec.json.Decoder(_Line)


def reads(path: str) -> bool:
    """A proxy may put us under a prefix."""
    return path.rstrip("/").endswith(PATH)


async def answer(request: Request, desk: Desk) -> Answer:
    """NotAllowed for tokens of other sources: they are told apart so that somebody may find out."""
    if request.method not in ("GET", "POST"):
        return not_allowed(b"GET, POST")
    token = token_in(request, schemes=_SCHEMES)
    waiting = desk.intake.identities.waiting_by_token(token)
    if waiting is None or waiting.kind != KIND:
        waiting = None
    relay = waiting or desk.source_of_token(token, request)
    if relay.kind != KIND:
        raise NotAllowed("this token is no relay's", advice="Enrol the relay with its code.")
    if request.method == "GET":
        return _listeners(relay, request, desk)
    return await _take(relay, request, desk)


def refuse(refusal: Refusal, request: Request) -> Answer:
    """`error` for programs, `message` and `advice` for people."""
    return refusal.answer()


def _listeners(relay: Source, request: Request, desk: Desk) -> Answer:
    """What the relay should open; 304 when it knows that already."""
    told = {
        "relay": relay.id,
        "name": relay.name,
        "awaited_try": relay.awaited_try,
        "awaits_consent": relay.awaits_consent,
        "sources": [
            {
                "id": each.id,
                "name": each.name,
                "kind": each.kind,
                "port": each.relay_port,
                "serials": list(each.serials),
                **({"awaited_try": each.awaited_try} if each.awaited_try else {}),
            }
            for each in _brought(relay, desk)
            if each.id != relay.id
        ],
    }
    body = json.dumps(told, ensure_ascii=False).encode()
    mark = '"' + hashlib.sha256(body).hexdigest()[:32] + '"'
    headers = ((b"etag", mark.encode()),)
    if request.header(b"if-none-match").strip() == mark:
        return Answer(304, b"", headers)
    return Answer(200, body, headers)


def _brought(relay: Source, desk: Desk) -> list[Source]:
    """The relay itself and the sources of its company that name it, as far as the company agreed
    that they are watched; none when it agreed to nothing."""
    if relay.awaits_consent:
        return []
    known = desk.intake.identities.sources.values()
    return sorted(
        (
            each
            for each in known
            if each.organisation == relay.organisation and relay.id in (each.relay, each.id)
        ),
        key=lambda each: each.id,
    )


async def _take(relay: Source, request: Request, desk: Desk) -> Answer:
    key = idempotency_key(request)
    most = desk.intake.limits.body_records

    def read(body: bytes) -> tuple[bytes, list[_Line]]:
        return hashlib.sha256(body).digest() if key else b"", _read(body, most=most)

    digest, lines = await desk.unpack(request, read, source=relay)
    heard, strange = _sorted_out(lines, relay, request, desk)
    told = json.dumps({"accepted": len(heard), "refused": len(strange)}).encode()
    if not heard and key is None:
        _note(strange, relay, desk)
        return Answer(200, told)
    keyed = (key, digest, told) if key else None
    given = await desk.intake.take_heard(heard, relay=relay, key=keyed)
    _note(strange, relay, desk)
    return Answer(200, given or told)


def _read(body: bytes, *, most: int) -> list[_Line]:
    if body.count(b"\n") > most:
        raise TooLarge(f"more than {most:,} records in one request", advice="Send fewer.")
    try:
        return _lines.decode_lines(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unreadable(
            f"this is not what a relay sends: {error}", advice="Use the relay of this release."
        ) from error


def _sorted_out(
    lines: list[_Line], relay: Source, request: Request, desk: Desk
) -> tuple[list[Heard], list[_Line]]:
    """The records of sources the relay may bring, and all other lines."""
    brought = {each.id: each for each in _brought(relay, desk)}
    now = desk.intake.clock.now()
    shift = _shift(request.header(SENT_AT), now)
    cap = desk.intake.limits.record_bytes
    heard, strange = [], []
    for line in lines:
        source = brought.get(line.s)
        at = _moment(line, shift, now)
        if source is None or not source.taken_at(at):
            strange.append(line)
        elif line.b:
            heard.append(Heard(source, _frame(line, cap=cap), line.p[:100], at))
    return heard, strange


def _frame(line: _Line, *, cap: int) -> Frame:
    if len(line.b) > cap:
        return Frame(line.b[:cap], SetAsideReason.TOO_LARGE)
    return Frame(line.b, _FAULTS.get(line.f))


def _shift(sent_at: str, now: datetime) -> timedelta:
    """What to add to the relay's times: its clock may be wrong by years after a power cut."""
    try:
        shift = now - (_EPOCH + timedelta(microseconds=int(sent_at)))
    except (ValueError, OverflowError):
        return timedelta(0)
    return shift if abs(shift) > _WRONG_CLOCK else timedelta(0)


def _moment(line: _Line, shift: timedelta, now: datetime) -> datetime | None:
    """Never after now; None when it cannot be true."""
    try:
        at = _EPOCH + timedelta(microseconds=line.t) + shift
    except OverflowError:
        return None
    return min(at, now) if now - at <= _OLDEST else None


def _note(lines: list[_Line], relay: Source, desk: Desk) -> None:
    """Of a source that was stopped or moved since, that it spoke is told and not what it said."""
    for line in lines:
        if line.s == relay.id:
            continue
        reason, said = _reason(line, relay, desk)
        address = line.p[:100].rpartition(":")[0].strip("[]") or line.p[:100]
        desk.intake.note_stranger(said, address=address, reason=reason, relay=relay.id)


def _reason(line: _Line, relay: Source, desk: Desk) -> tuple[str, bytes]:
    """Why it is nobody's record, and what may be told of it."""
    known = desk.intake.identities.waiting.get(line.s) or desk.intake.identities.by_id(line.s)
    is_its_own = known is not None and (known.organisation, known.relay) == (
        relay.organisation,
        relay.id,
    )
    if relay.awaits_consent or is_its_own:
        return NO_CONSENT, b""
    return ("not_of_relay", b"") if line.s else ("unknown_sender", line.b)
