"""What holds for every way out that is asked over HTTP, whoever carries it."""

from __future__ import annotations

import json
import traceback
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs
from xml.etree import ElementTree

import pytest

from hinomi.respond.channels.carrier import carriers
from hinomi.respond.channels.channel import ChannelError, Receipt, Surroundings
from hinomi.respond.channels.line import retry_key
from hinomi.respond.channels.post import Post, Poster
from hinomi.respond.channels.registry import KINDS, all_makers
from hinomi.respond.channels.webhook import key_bytes, signature
from tests.respond.carrier_server import (
    Answer,
    CarrierServer,
    cut,
    drip,
    endless,
    garbage,
    never,
    reset,
)
from tests.respond.conftest import HOOK_KEY, NOW, SECRET, made, message

if TYPE_CHECKING:
    from hinomi.respond.channels.channel import Maker

pytestmark = pytest.mark.sockets

BY_MAIL_OR_HAND = {"mail", "fax_mail", "letter"}
BY_FILE = {"sms_http", "voice_http"}
# maker and carrier: each file of a carrier is a way of its own.
WAYS = [
    *((maker, "") for maker in all_makers() if maker not in BY_MAIL_OR_HAND | BY_FILE),
    *(("sms_http", name) for name in carriers("sms")),
    *(("voice_http", name) for name in carriers("voice")),
]  # fmt: skip
# Those whose other side knows repeats, and by what.
KEYS = {"line": "x-line-retry-key", "webhook": "webhook-id", "json_bearer": "idempotency-key",
        "form_basic": "idempotency-key", "ssml_bearer": "idempotency-key"}  # fmt: skip
TAKEN = Answer(body=json.dumps({"object": "message", "id": "their-1"}).encode())
HOSTILE = (
    "\r\nX-Evil: 1\r\n\r\n\"'}],{to}{key}%s${x}</speak><script>alert(1)</script>"
    "[toall]<!channel>\u202e\x00\x1b[31m絵文字😀👨‍👩‍👧\ud83d&amp;"
)


@pytest.fixture(params=WAYS, ids=lambda way: "-".join(filter(None, way)))
def way(request: pytest.FixtureRequest, carrier: CarrierServer, private_key: str) -> Maker:
    maker, name = request.param
    carrier.usual = TAKEN
    return made(maker, carrier, private_key, **({"carrier": name} if name else {}))


def name_of(way: Maker) -> str:
    return way.carrier.name if hasattr(way, "carrier") else way.maker


def refused(way: Maker, **changes: str) -> ChannelError:
    with pytest.raises(ChannelError) as caught:
        way.send(message(**changes))
    written = "".join(traceback.format_exception(caught.value)) + caught.value.advice
    assert SECRET not in written
    assert HOOK_KEY not in written
    assert SECRET not in repr(way)
    return caught.value


def test_every_kind_can_be_had() -> None:
    assert {each.kind for each in all_makers().values()} == set(KINDS)


def test_a_message_is_taken_with_one_request(way: Maker, carrier: CarrierServer) -> None:
    receipt = way.send(message())
    assert isinstance(receipt, Receipt)
    assert receipt.units == 1
    assert len(carrier.asked) == 1


def test_the_same_message_twice_bears_the_same_key(way: Maker, carrier: CarrierServer) -> None:
    """Where the other side knows no key the requests are equal to the last letter, at least."""
    way.send(message())
    way.send(message())
    first, second = carrier.asked
    key = KEYS.get(name_of(way))
    if key:
        assert first.headers[key]
        assert first.headers[key] == second.headers[key]
        way.send(message(message_id="m-2@hinomi.example"))
        assert carrier.asked[2].headers[key] != first.headers[key]
    assert (first.path, first.body) == (second.path, second.body)


@pytest.mark.parametrize("status", [500, 502, 503, 429, 408])
def test_a_server_that_cannot_now_is_asked_again(
    way: Maker, carrier: CarrierServer, status: int
) -> None:
    carrier.usual = Answer(status)
    assert not refused(way).permanent


@pytest.mark.parametrize("status", [400, 404, 410, 422])
def test_what_is_refused_is_not_tried_again(
    way: Maker, carrier: CarrierServer, status: int
) -> None:
    carrier.usual = Answer(status, body=b'{"message":"' + SECRET.encode() + b'"}')
    assert refused(way).permanent


@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_is_refused_is_ours_to_repair(
    way: Maker, carrier: CarrierServer, status: int
) -> None:
    carrier.usual = Answer(status)
    error = refused(way)
    assert not error.permanent
    assert "key" in error.advice


def test_the_wait_that_is_asked_for_is_told(way: Maker, carrier: CarrierServer) -> None:
    carrier.usual = Answer(429, headers={"Retry-After": "37"})
    assert refused(way).retry_after_s == 37
    carrier.usual = Answer(503, headers={"Retry-After": "Fri, 20 Nov 2026 01:13:00 GMT"})
    assert refused(way).retry_after_s == 60
    carrier.usual = Answer(429, headers={"Retry-After": "9" * 30})
    assert refused(way).retry_after_s == 3600
    carrier.usual = Answer(429, headers={"Retry-After": "soon"})
    assert refused(way).retry_after_s is None


@pytest.mark.parametrize("rude", [never, cut, reset, garbage, drip])
def test_a_line_that_fails_is_tried_again(way: Maker, carrier: CarrierServer, rude: Any) -> None:
    carrier.usual = Answer(instead=rude)
    assert not refused(way).permanent


def test_nobody_there_is_tried_again(way: Maker, carrier: CarrierServer) -> None:
    carrier.close()
    assert not refused(way).permanent
    carrier.__init__()  # type: ignore[misc] # the fixture closes it once more


def test_no_redirect_is_followed(way: Maker, carrier: CarrierServer) -> None:
    """Our key would go along."""
    carrier.usual = Answer(307, headers={"Location": f"{carrier.url}/elsewhere"})
    assert refused(way).permanent
    assert len(carrier.asked) == 1


def test_an_answer_without_end_is_left(way: Maker, carrier: CarrierServer) -> None:
    carrier.usual = Answer(instead=endless)
    assert not refused(way).permanent


def test_hostile_text_arrives_as_text(way: Maker, carrier: CarrierServer) -> None:
    way.send(
        message(
            subject=HOSTILE,
            body_text=HOSTILE * 300,
            text_short=f"絵文字😀{HOSTILE[:50]}",
            spoken=HOSTILE * 300,
        )
    )
    (asked,) = carrier.asked
    assert "x-evil" not in asked.headers
    said = asked.body.decode("utf-8")
    assert SECRET not in said
    if asked.headers["content-type"] == "application/json":
        found = json.loads(said)
        texts = strings(found)
        assert set(found) == set(json.loads(_plain_body(way, carrier)))
    else:
        form = parse_qs(said, keep_blank_values=True, strict_parsing=True)
        texts = [text for values in form.values() for text in values]
        assert set(form) == set(parse_qs(_plain_body(way, carrier), keep_blank_values=True))
    assert any("絵文字" in text for text in texts)
    assert not any(letter in text for text in texts for letter in "\x00\x1b\u202e\ud83d")


def test_an_address_with_anything_in_it_breaks_nothing(way: Maker, carrier: CarrierServer) -> None:
    """A number is refused; a name of a person or room stays one step of the path."""
    strange = "../../x?y#z\r\nX-Evil: 1\ud83d"
    if way.kind in ("sms", "voice"):
        assert refused(way, to=strange).permanent
        assert carrier.asked == []
        return
    way.send(message(to=strange))
    (asked,) = carrier.asked
    assert "x-evil" not in asked.headers
    assert "/../" not in asked.path


def strings(value: Any) -> list[str]:
    """All texts in a tree of JSON."""
    if isinstance(value, dict):
        return [text for each in value.values() for text in strings(each)]
    if isinstance(value, list):
        return [text for each in value for text in strings(each)]
    return [value] if isinstance(value, str) else []


def _plain_body(way: Maker, carrier: CarrierServer) -> str:
    way.send(message())
    return carrier.asked[-1].body.decode()


# ── what is one way's own ──


def test_line_counts_an_accepted_repeat_as_taken(carrier: CarrierServer, private_key: str) -> None:
    carrier.usual = Answer(409, headers={"X-Line-Accepted-Request-Id": "r-1"})
    assert made("line", carrier, private_key).send(message()).provider_id == "r-1"
    assert carrier.asked[0].headers["x-line-retry-key"] == retry_key("m-1@hinomi.example")


def test_lines_used_up_month_is_final(carrier: CarrierServer, private_key: str) -> None:
    carrier.usual = Answer(429, body=b'{"message":"You have reached your monthly limit."}')
    assert refused(made("line", carrier, private_key)).permanent


def test_line_works_asks_for_one_token_and_for_another_when_it_ends(
    carrier: CarrierServer, private_key: str
) -> None:
    way = made("line_works", carrier, private_key, client="client-tokens")
    carrier.answers.append(Answer(201))
    way.send(message(to="aoi@aoba"))
    way.send(message(to="channel:room 1"))
    assert carrier.tokens == 1
    assert carrier.asked[0].path == "/v1.0/bots/bot-1/users/aoi%40aoba/messages"
    assert carrier.asked[1].path == "/v1.0/bots/bot-1/channels/room%201/messages"
    carrier.answers.append(Answer(401))
    way.send(message(to="aoi@aoba"))
    assert carrier.tokens == 2


def test_a_private_key_that_is_none_is_refused_when_it_is_entered(
    carrier: CarrierServer,
) -> None:
    with pytest.raises(ChannelError):
        made("line_works", carrier, "-----BEGIN nonsense")


def test_the_webhook_is_signed_over_id_time_and_body(
    carrier: CarrierServer, private_key: str
) -> None:
    made("webhook", carrier, private_key).send(message())
    (asked,) = carrier.asked
    assert asked.headers["webhook-timestamp"] == str(int(NOW.timestamp()))
    assert asked.headers["webhook-signature"] == signature(
        key_bytes("whsec_" + HOOK_KEY),
        id_=asked.headers["webhook-id"],
        stamp=asked.headers["webhook-timestamp"],
        body=asked.body,
    )


def test_a_known_signature_of_standard_webhooks() -> None:
    """The example of the standard's own documentation."""
    made_here = signature(
        key_bytes("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
        id_="msg_p5jXN8AQM9LWM0D4loKWxJek",
        stamp="1614265330",
        body=b'{"test": 2432232314}',
    )
    assert made_here == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("name", list(carriers("voice")))
def test_a_call_posts_its_key_where_it_is_told(
    carrier: CarrierServer, private_key: str, name: str
) -> None:
    made("voice_http", carrier, private_key, carrier=name).send(message())
    assert message().press_url in strings(json.loads(carrier.asked[0].body))


def test_ssml_holds_a_hostile_text_as_words(carrier: CarrierServer, private_key: str) -> None:
    way = made("voice_http", carrier, private_key, carrier="ssml_bearer")
    way.send(message(spoken=HOSTILE))
    ssml = json.loads(carrier.asked[0].body)["ssml"]
    page = ElementTree.fromstring(ssml)
    assert len(page) == 0
    assert "<script>" in (page.text or "")


def test_twilios_call_reads_and_waits_for_a_key(carrier: CarrierServer, private_key: str) -> None:
    made("voice_twilio", carrier, private_key).send(message(spoken=HOSTILE))
    form = parse_qs(carrier.asked[0].body.decode())
    page = ElementTree.fromstring(form["Twiml"][0])
    assert {each.tag for each in page.iter()} == {"Response", "Gather", "Say"}
    assert page[0].attrib["action"] == message().press_url
    assert form["To"] == ["+819012345678"]
    assert form["StatusCallback"] == ["https://tower.example/ways/reports/way_1/"]


def test_twilio_is_told_apart_by_its_own_numbers(carrier: CarrierServer, private_key: str) -> None:
    way = made("sms_twilio", carrier, private_key)
    carrier.usual = Answer(400, body=b'{"code":21614,"message":"x"}')
    assert refused(way).permanent
    carrier.usual = Answer(429, body=b'{"code":20429}')
    assert not refused(way).permanent
    carrier.usual = Answer(201, body=b'{"sid":"SM1","num_segments":"2"}')
    assert way.send(message()) == Receipt("SM1", 2)


@pytest.mark.parametrize(
    ("maker", "answer", "is_about_it"),
    [
        ("sms_twilio", Answer(400, body=b'{"code":21614}'), True),
        ("voice_twilio", Answer(400, body=b'{"code":21408}'), False),
        ("sms_http", Answer(400, body=b'{"code":"no_such_number"}'), True),
        ("voice_http", Answer(422, body=b'{"code":"no_such_number"}'), True),
        ("sms_http", Answer(400, body=b'{"code":"bad_text"}'), False),
        ("sms_http", Answer(404), False),
        ("sms_http", Answer(410), True),
        ("line", Answer(400, body=b'{"message":"The property, \'to\', is invalid"}'), True),
        ("line", Answer(400, body=b'{"message":"text is too long"}'), False),
        ("sms_http", Answer(500), False),
    ],
)
def test_only_a_word_about_the_recipient_is_one_about_the_address(
    carrier: CarrierServer, private_key: str, maker: str, answer: Answer, is_about_it: bool
) -> None:
    carrier.usual = answer
    assert refused(made(maker, carrier, private_key)).refuses_address is is_about_it


def test_chatworks_marks_are_letters(carrier: CarrierServer, private_key: str) -> None:
    made("chatwork", carrier, private_key).send(message(text_short="[toall] [To:1] みなさん"))
    assert parse_qs(carrier.asked[0].body.decode())["body"] == ["［toall］ ［To:1］ みなさん"]


def test_slack_calls_nobody(carrier: CarrierServer, private_key: str) -> None:
    made("slack", carrier, private_key).send(message(text_short="<!channel> <https://x|y>"))
    body = json.loads(carrier.asked[0].body)
    assert "<" not in body["text"]
    assert body["blocks"][0]["text"]["type"] == "plain_text"


def test_a_carrier_that_does_not_say_it_took_it_has_not(
    carrier: CarrierServer, private_key: str
) -> None:
    carrier.usual = Answer(200, body=b"<html>login</html>")
    assert not refused(made("sms_http", carrier, private_key, carrier="karaden")).permanent


@pytest.mark.parametrize("maker", ["sms_http", "sms_twilio"])
@pytest.mark.parametrize(
    "text", ["", "あ" * 71, "見て https://a.example", "a.com を", "ｗｗｗ．ａ．ｊｐ", "😀" * 36]
)
def test_what_is_no_sms_of_ours_never_leaves(
    carrier: CarrierServer, private_key: str, maker: str, text: str
) -> None:
    assert refused(made(maker, carrier, private_key), text_short=text).permanent
    assert carrier.asked == []


def test_the_inside_is_not_reached_from_a_firms_settings(carrier: CarrierServer) -> None:
    """Another machine's neighbour would be asked with our address."""
    poster = Poster(lambda: NOW)
    for url in (carrier.url, carrier.url.replace("http:", "https:"), "ftp://a.example", "https://"):
        with pytest.raises(ChannelError):
            poster.ask(Post(url, "X"))
    assert carrier.asked == []


def test_a_token_with_a_line_break_is_refused_when_it_is_entered() -> None:
    house = Surroundings(now=lambda: NOW, service_name="x")
    for maker in ("line", "chatwork"):
        with pytest.raises(ChannelError) as caught:
            all_makers()[maker].from_settings(
                {"base_url": "https://x.example", "key": f"{SECRET}\r\nX: 1"}, surroundings=house
            )
        assert SECRET not in str(caught.value)
