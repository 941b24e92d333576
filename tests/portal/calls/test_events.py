"""What an exchange tells is believed when it is signed, fresh and whole, and counted once."""

from __future__ import annotations

import json
from datetime import UTC, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING
from urllib.parse import quote_plus

import pytest
from django.core.cache import cache
from django.db import OperationalError
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hinomi.portal.access.time import configuration, now
from hinomi.portal.calls import event_views
from hinomi.portal.calls.exchanges import address_of, remove, renew
from hinomi.portal.calls.models import CallEvent, Speaks
from hinomi.portal.calls.ringing import forget_old
from hinomi.portal.calls.telling import MOST_BYTES, signature
from hinomi.respond.channels.twilio import signature as twilio_signature
from tests.portal.calls.exchanges import NUMBER, Pbx, pbx_of

if TYPE_CHECKING:
    from django.http import HttpResponse
    from pytest_django.fixtures import SettingsWrapper

    from tests.portal.town import Town


@pytest.fixture
def pbx(town: Town, settings: SettingsWrapper) -> Pbx:
    return pbx_of(town, settings)


def refused(pbx: Pbx, answer: HttpResponse, *, status: int, word: str) -> None:
    """A problem in a sentence, counted, and no call."""
    told = json.loads(answer.content)
    assert (answer.status_code, told["status"]) == (status, status)
    assert word in told["detail"]
    assert answer["Content-Type"] == "application/problem+json"
    assert (pbx.seen().refused, pbx.seen().refused_why) == (1, told["detail"])
    assert (pbx.calls(), pbx.seen().events) == ([], 0)


def test_a_signed_event_is_a_call_at_once(pbx: Pbx) -> None:
    answer = pbx.tell("ringing")
    (call,) = pbx.calls()
    assert (answer.status_code, answer.content) == (204, b"")
    assert (call.number, call.key, call.to) == (NUMBER, "0355551234", "0312345678")
    assert (pbx.seen().events, pbx.seen().last_event_at) == (1, now())


def test_the_same_event_told_again_counts_once(pbx: Pbx) -> None:
    body = pbx.body("ringing")
    assert [pbx.post(body).status_code for _ in range(3)] == [204, 204, 204]
    pbx.later(seconds=200)
    assert pbx.post(body).status_code == 204  # signed anew
    (call,) = pbx.calls()
    assert call.due_at == call.rang_at + timedelta(seconds=90)
    assert (pbx.seen().events, pbx.seen().refused) == (1, 0)


def test_a_forged_event_is_refused(pbx: Pbx) -> None:
    body, stamp = pbx.body("ringing"), str(int(now().timestamp()))
    forged = signature(body, stamp=stamp, secret="another")
    refused(pbx, pbx.post(body, signed=forged), status=401, word="signature")


def test_a_changed_event_is_refused(pbx: Pbx) -> None:
    stamp = str(int(now().timestamp()))
    signed = signature(pbx.body("answered"), stamp=stamp, secret=pbx.secret)
    answer = pbx.post(pbx.body("missed"), stamp=stamp, signed=signed)
    refused(pbx, answer, status=401, word="signature")


def test_a_fresher_timestamp_does_not_make_an_old_signature_good(pbx: Pbx) -> None:
    body, stamp = pbx.body("ringing"), str(int(now().timestamp()))
    signed = signature(body, stamp=stamp, secret=pbx.secret)
    pbx.later(minutes=6)
    refused(pbx, pbx.post(body, signed=signed), status=401, word="signature")


@pytest.mark.parametrize("minutes", [-5.1, 5.1])
def test_an_event_replayed_later_or_from_the_future_is_refused(pbx: Pbx, minutes: float) -> None:
    body = pbx.body("ringing")
    stamp = str(int(now().timestamp()))
    pbx.later(minutes=minutes)
    refused(pbx, pbx.post(body, stamp=stamp), status=401, word="5 minutes")


def test_a_clock_four_minutes_wrong_is_borne(pbx: Pbx) -> None:
    body, stamp = pbx.body("ringing"), str(int(now().timestamp()))
    pbx.later(minutes=4)
    assert pbx.post(body, stamp=stamp).status_code == 204


@pytest.mark.parametrize("missing", ["stamp", "signed"])
def test_an_event_without_signature_is_refused(pbx: Pbx, missing: str) -> None:
    refused(pbx, pbx.post(pbx.body("ringing"), **{missing: ""}), status=400, word="missing")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400), (b"{", 400), (b"[]", 400), (b"null", 400), (b"\xff\xfe", 400),
        (b"[" * 7000, 400), (b'{"event": 1}', 422), (b"{}", 422), (b"1" * 5000, 400),
    ],
)  # fmt: skip
def test_what_is_no_event_is_refused_with_a_sentence(pbx: Pbx, body: bytes, status: int) -> None:
    refused(pbx, pbx.post(body), status=status, word=".")


@pytest.mark.parametrize(
    "changes",
    [
        {"event": "exploded"}, {"event": None}, {"id": ""}, {"id": "x" * 101}, {"id": "a\0b"},
        {"id": "\ud800"}, {"call": None}, {"call": ["c"]}, {"from": 3}, {"from": None},
        {"from": "1" * 41}, {"to": {}}, {"time": "today"}, {"time": "2026-11-22T10:00:00"},
        {"time": "0001-01-01T00:00:00+23:59"}, {"time": 5},
    ],
)  # fmt: skip
def test_a_field_that_does_not_fit_is_named(pbx: Pbx, changes: dict[str, object]) -> None:
    (field,) = changes
    answer = pbx.post(pbx.body("ringing", changes=changes))
    refused(pbx, answer, status=422, word=f"{field}:")


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    body=st.one_of(
        st.binary(max_size=200),
        st.dictionaries(
            st.sampled_from(["id", "event", "call", "from", "to", "time"]),
            st.one_of(
                st.text(max_size=60),
                st.sampled_from(["ringing", "missed", "9999-12-31T23:59:59-23:59", "sip:@", "+81"]),
                st.none(),
                st.integers(),
            ),
        ).map(lambda told: json.dumps(told).encode()),
    )
)
def test_whatever_is_signed_is_taken_or_refused_and_never_breaks_us(pbx: Pbx, body: bytes) -> None:
    cache.clear()  # the limit of refusals
    assert pbx.post(body).status_code in {204, 400, 422}


def test_a_large_body_is_refused_unread(pbx: Pbx) -> None:
    refused(pbx, pbx.post(b" " * (MOST_BYTES + 1)), status=413, word="bytes")


def test_a_time_ahead_of_our_clock_hides_no_call(pbx: Pbx) -> None:
    pbx.tell("ringing", time="9999-12-31T23:59:59-23:59")
    (call,) = pbx.calls()
    assert call.rang_at == now()


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("sip:0355551234@pbx.example", "0355551234"), ("tel:+81355551234", "+81355551234"),
        ("anonymous", ""), ("", ""), ("０３５５５５１２３４", "０３５５５５１２３４"),
    ],
)  # fmt: skip
def test_a_number_is_cut_out_of_its_address(pbx: Pbx, told: str, kept: str) -> None:
    pbx.tell("ringing", **{"from": told})
    (call,) = pbx.calls()
    assert call.number == kept


def test_noise_of_a_stranger_is_slowed_and_the_exchange_is_still_heard(pbx: Pbx) -> None:
    told = [pbx.post(b"{}", signed="sha256=0").status_code for _ in range(25)]
    assert (told[0], told[-1]) == (401, 429)
    assert pbx.seen().refused == 20
    assert pbx.tell("ringing").status_code == 204


def test_an_old_secret_is_refused_once_there_is_a_new_one(town: Town, pbx: Pbx) -> None:
    manager = town.people["manager", "own"]
    old, pbx.secret = pbx.secret, renew(exchange=pbx.exchange, user=manager)
    assert pbx.tell("ringing").status_code == 204
    pbx.secret = old
    assert pbx.tell("answered").status_code == 401


def test_a_removed_exchange_and_one_that_never_was_look_alike(town: Town, pbx: Pbx) -> None:
    remove(exchange=pbx.exchange, user=town.people["manager", "own"])
    removed = pbx.tell("ringing")
    never = Client().post("/calls/events/exchange_%00/", b"{}", content_type="application/json")
    assert (removed.status_code, never.status_code) == (404, 404)
    assert removed.content == never.content


@pytest.mark.parametrize("method", ["get", "head", "put", "delete"])
def test_only_a_post_tells(pbx: Pbx, method: str) -> None:
    assert getattr(Client(), method)(pbx.path).status_code == 405


def test_a_busy_database_asks_to_be_told_again(pbx: Pbx, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(**_: object) -> bool:
        raise OperationalError("database is locked")

    monkeypatch.setattr(event_views, "tell", busy)
    answer = pbx.tell("ringing")
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")


def test_a_lost_key_is_our_fault_and_told_so(pbx: Pbx) -> None:
    (configuration().data / "keys" / "mailboxes.key").unlink()
    assert pbx.tell("ringing").status_code == 503


def test_the_event_is_a_row_even_when_the_answer_is_lost(
    pbx: Pbx, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The exchange tells again, and nothing is doubled."""
    kept = event_views.tell

    def killed(**told: object) -> bool:
        kept(**told)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(event_views, "tell", killed)
        with pytest.raises(KeyboardInterrupt):
            pbx.tell("ringing")
    assert pbx.tell("ringing").status_code == 204
    assert (len(pbx.calls()), pbx.seen().events) == (1, 1)


def test_old_tellings_and_calls_are_forgotten(pbx: Pbx) -> None:
    pbx.tell("ringing")
    pbx.tell("answered")
    pbx.later(days=8)
    forget_old()
    assert not CallEvent.objects.of_firm(pbx.exchange.firm_id).exists()
    assert len(pbx.calls()) == 1
    pbx.later(days=83)
    forget_old()
    assert pbx.calls() == []


def test_the_signature_is_the_one_that_the_reference_shows_for_openssl() -> None:
    made = signature(b'{"id":"e-1","event":"ringing"}', stamp="1795341900", secret="hinomi_ex_test")
    assert made == "sha256=1788f0b4445dcffd8e62cff6d47ddd2c867d0297433ad41036b7bc3edc3e8dba"


# Twilio


@pytest.fixture
def twilio(town: Town, settings: SettingsWrapper) -> Pbx:
    return pbx_of(town, settings, speaks=Speaks.TWILIO, token="auth-token")


def callback(pbx: Pbx, status: str, **changes: str) -> HttpResponse:
    signed_with = changes.pop("token", pbx.secret)
    form = {
        "CallSid": "CA2", "ParentCallSid": "CA1", "CallStatus": status, "From": "+81355551234",
        "To": "+81312345678", "Timestamp": format_datetime(now().astimezone(UTC)), **changes,
    }  # fmt: skip
    form = {name: text for name, text in form.items() if text}
    signed = twilio_signature(signed_with, url=address_of(pbx.exchange), form=form)
    return Client().post(  # type: ignore[return-value]
        pbx.path,
        "&".join(f"{name}={quote_plus(text)}" for name, text in form.items()),
        content_type="application/x-www-form-urlencoded",
        headers={"X-Twilio-Signature": signed},
    )


def _quoted(text: str) -> str:
    from urllib.parse import quote_plus

    return quote_plus(text)


def test_twilio_s_legs_are_one_call(twilio: Pbx) -> None:
    for leg in ("CA2", "CA3"):
        assert callback(twilio, "ringing", CallSid=leg).status_code == 204
    callback(twilio, "in-progress", CallSid="CA3")
    callback(twilio, "no-answer", CallSid="CA2")
    callback(twilio, "completed", CallSid="CA3")
    (call,) = twilio.calls()
    assert (call.name, call.key) == ("CA1", "0355551234")
    assert (call.answered_at, call.ended_at, call.due_at) == (now(), now(), None)


def test_twilio_reading_its_own_instructions_is_no_answer(twilio: Pbx) -> None:
    callback(twilio, "ringing")
    callback(twilio, "in-progress", CallSid="CA1", ParentCallSid="")
    callback(twilio, "completed", CallSid="CA1", ParentCallSid="")
    (call,) = twilio.calls()
    assert (call.answered_at, call.due_at) == (None, now() + timedelta(seconds=5))


def test_our_own_calls_out_are_not_calls_in(twilio: Pbx) -> None:
    assert callback(twilio, "ringing", Direction="outbound-api").status_code == 204
    assert twilio.calls() == []


def test_a_forged_a_late_and_an_undated_callback_are_refused(twilio: Pbx) -> None:
    late = format_datetime(now().astimezone(UTC) - timedelta(minutes=6))
    told = [
        callback(twilio, "ringing", token="another"), callback(twilio, "ringing", Timestamp=late),
        callback(twilio, "ringing", Timestamp=""), callback(twilio, "ringing", Timestamp="soon"),
        callback(twilio, "ringing", CallSid=""), twilio.post(b"\xff"), twilio.post(b"a=1&" * 99),
        twilio.post(b"a=1"),
    ]  # fmt: skip
    assert [answer.status_code for answer in told] == [401, 401, 422, 422, 422, 400, 400, 400]
    assert (twilio.calls(), twilio.seen().refused) == ([], 8)


def test_a_callback_told_again_counts_once(twilio: Pbx) -> None:
    for _ in range(2):
        assert callback(twilio, "ringing").status_code == 204
    assert twilio.seen().events == 1
