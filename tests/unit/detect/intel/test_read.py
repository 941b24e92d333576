"""Feeds of every format, kind or hostile: what is taken, what is counted, what is said."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hinomi.core.errors import UnreadableFile
from hinomi.detect.intel import Defaults, Feed, Kind, Tlp, read_feed

US = Defaults(source="test", tlp=Tlp.GREEN, confidence=60)


def read(content: bytes | str | object, form: str = "auto") -> Feed:
    if isinstance(content, str):
        content = content.encode()
    if not isinstance(content, bytes):
        content = orjson.dumps(content)
    return read_feed(content, defaults=US, form=form)


def values(feed: Feed) -> set[tuple[str, str]]:
    return {(kind.value, value) for kind, value in feed.indicators}


def stix(pattern: str, **more: object) -> dict[str, object]:
    return {"type": "indicator", "id": "indicator--1", "pattern": pattern, **more}


def test_a_stix_bundle_with_its_confidence_validity_and_marking() -> None:
    red = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"
    feed = read(
        {
            "type": "bundle",
            "id": "bundle--1",
            "objects": [
                stix(
                    "[ipv4-addr:value = '198.51.100.7']",
                    name="Evil C2",
                    confidence=90,
                    indicator_types=["malicious-activity"],
                    valid_from="2026-01-01T00:00:00Z",
                    valid_until="2027-01-01T00:00:00Z",
                    object_marking_refs=[red],
                ),
                stix("[domain-name:value = 'old.example']", revoked=True),
                stix("[ipv4-addr:value = '1.2.3.4'] FOLLOWEDBY [url:value = 'x']"),
                stix("alert tcp any", pattern_type="snort"),
                {"type": "malware", "id": "malware--1"},
                {"type": "relationship", "id": "relationship--1"},
            ],
        }
    )
    (found,) = feed.indicators.values()
    assert (found.kind, found.value, found.confidence, found.tlp) == (
        Kind.IP,
        "198.51.100.7",
        90,
        Tlp.RED,
    )
    assert found.valid_until == datetime(2027, 1, 1, tzinfo=UTC)
    assert found.labels == ("malicious-activity",)
    assert feed.withdrawn == {(Kind.DOMAIN, "old.example")}
    assert sum(feed.refused.values()) == 3
    assert feed.places["a pattern in snort"] == ["objects[3]"]


def test_a_misp_event_takes_only_what_is_meant_for_detection() -> None:
    attributes = [
        {"type": "ip-dst|port", "value": "198.51.100.7|443", "to_ids": True},
        {"type": "hostname", "value": "www.evil.example", "to_ids": True, "comment": "panel"},
        {"type": "filename|sha256", "value": f"a.exe|{'a' * 64}", "to_ids": True},
        {"type": "domain", "value": "seen.example", "to_ids": False},
        {"type": "domain", "value": "gone.example", "to_ids": True, "deleted": True},
        {"type": "btc", "value": "1A", "to_ids": True},
    ]
    event = {
        "info": "A campaign",
        "Tag": [{"name": "tlp:amber"}, {"name": "botnet"}],
        "Attribute": attributes,
        "Object": [{"Attribute": [{"type": "md5", "value": "b" * 32, "to_ids": True}]}],
    }
    feed = read({"response": [{"Event": event}]})
    assert values(feed) == {
        ("ip", "198.51.100.7"),
        ("host", "www.evil.example"),
        ("sha256", "a" * 64),
        ("md5", "b" * 32),
    }
    assert {one.tlp for one in feed.indicators.values()} == {Tlp.AMBER}
    assert {one.name for one in feed.indicators.values()} == {"A campaign"}
    assert feed.withdrawn == {(Kind.DOMAIN, "gone.example")}
    assert feed.refused["not meant for detection (to_ids is false)"] == 1
    assert feed.refused["an attribute of type btc"] == 1


def test_bare_misp_attributes_are_read() -> None:
    assert values(
        read({"response": {"Attribute": [{"type": "url", "value": "http://a.example/x"}]}})
    )
    assert values(read([{"type": "domain", "value": "a.example", "to_ids": True}]))


def test_a_csv_with_a_header_says_what_it_took_for_what() -> None:
    feed = read(
        "First Seen,IOC Type,IOC Value,Malware,Confidence Level,TLP\n"
        "2026-11-01 10:00:00,ip:port,198.51.100.7:443,Qakbot,75,amber\n"
        '2026-11-01 10:00:00,domain,"evil.example","Loader, new",,\n'
        "2026-11-01 10:00:00,domain,,,,\n"
    )
    first = feed.indicators[Kind.IP, "198.51.100.7"]
    assert (first.confidence, first.tlp, first.name) == (75, Tlp.AMBER, "Qakbot")
    assert first.valid_from == datetime(2026, 11, 1, 10, tzinfo=UTC)
    assert feed.indicators[Kind.DOMAIN, "evil.example"].confidence == US.confidence
    assert "value in column 3 (IOC Value)" in feed.read_as
    assert feed.refused == {"no value in the row": 1}


def test_a_csv_whose_header_is_a_comment_and_one_without_any() -> None:
    commented = read('# list\n# id, url, threat\n"1","http://a.example/x","malware"\n')
    assert values(commented) == {("url", "a.example/x")}
    bare = read("1;198.51.100.7;bad\n2;198.51.100.8;bad\n")
    assert values(bare) == {("ip", "198.51.100.7"), ("ip", "198.51.100.8")}
    assert "without a header" in bare.read_as
    assert "value in column 2" in bare.read_as


def test_plain_lists_comments_and_hosts_files() -> None:
    feed = read("# bad\nevil.example # since May\n\n198.51.100.0/24\nhello world\n")
    assert values(feed) == {("domain", "evil.example"), ("cidr", "198.51.100.0/24")}
    assert feed.places == {"several words in a line": ["line 5"]}
    hosts = read("127.0.0.1 localhost\n0.0.0.0 ads.example evil.example\n::1 ip6-localhost\n")
    assert values(hosts) == {("host", "ads.example"), ("host", "evil.example")}
    assert hosts.read_as == "a hosts file"


def test_the_same_value_twice_is_merged() -> None:
    feed = read(
        "type,value,confidence,name,valid_until\n"
        "ip,198.51.100.7,20,weak,2027-01-01\nip,198.51.100[.]7,90,,2026-12-01\n"
    )
    (found,) = feed.indicators.values()
    assert (found.confidence, found.name) == (90, "weak")
    assert found.valid_until == datetime(2027, 1, 1, tzinfo=UTC)


def test_packed_and_other_encodings_are_read() -> None:
    assert values(read(gzip.compress(b"evil.example\n")))
    assert values(read("evil.example\n".encode("utf-16")))
    assert values(read(b"\xef\xbb\xbfevil.example\n"))
    assert values(
        read(b'{"type":"domain","value":"a.example"}\n{"type":"ip-dst","value":"8.8.8.8"}')
    )


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 100_000,
        b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
        b'{"objects": 5}',
        b'{"e3b0": {"info": "manifest"}}',
        b"\x1f\x8b broken",
        b"{",
        b"[1, 2]",
    ],
    ids=["open", "deep", "number", "manifest", "gzip", "half", "numbers"],
)
def test_what_is_no_feed_is_said_and_never_crashes(content: bytes) -> None:
    with pytest.raises(UnreadableFile) as caught:
        read(content)
    assert len(str(caught.value)) < 500


def test_a_line_of_five_megabytes_costs_only_itself() -> None:
    feed = read(b"a.example\n" + b"x" * 5_000_000 + b"\nb.example\n")
    assert values(feed) == {("domain", "a.example"), ("domain", "b.example")}
    table = read(b"type,value\nip,198.51.100.7\nip," + b"9" * 5_000_000 + b"\nip,198.51.100.8\n")
    assert len(table.indicators) == 2
    assert sum(table.refused.values()) == 1


def test_direction_marks_never_get_in() -> None:
    feed = read(
        {
            "objects": [
                stix("[domain-name:value = 'a\u202e.example']"),
                stix("[domain-name:value = 'b.example']", name="x\u202ey\x1b[31m" + "z" * 999),
            ]
        }
    )
    (found,) = feed.indicators.values()
    assert found.name.isprintable()
    assert len(found.name) <= 200
    assert feed.refused["holds characters that do not print"] == 1


@given(st.binary(max_size=300), st.sampled_from(["auto", "stix", "misp", "csv", "list"]))
def test_any_bytes_are_read_or_refused_by_name(content: bytes, form: str) -> None:
    try:
        feed = read(content, form)
    except UnreadableFile:
        return
    assert feed.read_as


_PLAIN = st.none() | st.booleans() | st.integers() | st.text(max_size=8)
_KEYS = st.sampled_from(
    ["type", "id", "objects", "pattern", "value", "Attribute", "Event", "Tag", "name", "labels",
     "object_marking_refs", "confidence", "response", "Object", "to_ids", "valid_until"]
)  # fmt: skip
_TREES = st.recursive(
    _PLAIN, lambda part: st.lists(part, max_size=3) | st.dictionaries(_KEYS, part, max_size=5)
)


@given(_TREES)
def test_any_json_with_the_right_words_in_wrong_places_never_crashes(tree: object) -> None:
    for form in ("auto", "stix", "misp"):
        try:
            read_feed(orjson.dumps(tree, default=str), defaults=US, form=form)
        except (UnreadableFile, orjson.JSONEncodeError):
            continue
