"""NetFlow and IPFIX datagrams are split into flows; templates are kept, waited for, never mixed."""

from __future__ import annotations

import json
import struct
from typing import Any

import pytest
from benchmarks.fuzz.senders import a_set, ipfix, template, v9
from hypothesis import given
from hypothesis import strategies as st

from hinomi.collect.flows import Flows, looks_like_flows

SOURCE, PEER = "src_aoi", "192.0.2.1:2055"
PLAIN = [(8, 4), (12, 4), (7, 2)]  # source and destination address, source port
RECORD = bytes.fromhex("c0000201c63364021f90")


class Bench:
    """A splitter with its clock."""

    def __init__(self) -> None:
        self.now = 0.0
        self.flows = Flows(monotonic=lambda: self.now)

    def feed(
        self, datagram: bytes, *, source: str = SOURCE, peer: str = PEER
    ) -> list[dict[str, Any]]:
        assert looks_like_flows(datagram)
        return [json.loads(f.raw) for f in self.flows.feed(datagram, source=source, peer=peer)]


def test_v5_needs_no_template() -> None:
    head = struct.pack(">HHIIIIBBH", 5, 2, 1000, 1_700_000_000, 9, 5, 1, 2, 100)
    found = Bench().feed(head + b"a" * 48 + b"b" * 48)
    assert [each["record"] for each in found] == ["61" * 48, "62" * 48]
    assert found[0]["netflow"] == 5
    assert (found[0]["export_time"], found[0]["engine"], found[0]["sampling"]) == (
        1_700_000_000,
        258,
        100,
    )


@pytest.mark.parametrize(("wrap", "number"), [(v9, 0), (ipfix, 2)])
def test_each_record_of_a_set_becomes_one_and_carries_what_it_needs(wrap: Any, number: int) -> None:
    bench = Bench()
    datagram = wrap(
        a_set(number, template(256, PLAIN)), a_set(256, RECORD + RECORD[::-1] + b"\0\0")
    )
    found = bench.feed(datagram)
    assert [each["fields"] for each in found] == [
        {"8": "c0000201", "12": "c6336402", "7": "1f90"},
        {"8": "901f0264", "12": "33c60102", "7": "00c0"},
    ]
    assert all((each["domain"], each["template"]) == (7, 256) for each in found)


def test_ipfix_lengths_of_their_own_enterprises_and_repeats_are_read() -> None:
    fields = struct.pack(">HHHIHHHH", 0x8000 | 95, 0xFFFF, 0, 9, 8, 4, 8, 4)
    fields = struct.pack(">HHIHHHH", 0x8000 | 95, 0xFFFF, 9, 8, 4, 8, 4)
    head = struct.pack(">HH", 300, 3)
    long = b"\xff" + struct.pack(">H", 300) + b"y" * 300 + b"\1\2\3\4\5\6\7\x08"
    short = b"\x02hi" + b"\1\2\3\4\5\6\7\x08"
    found = Bench().feed(ipfix(a_set(2, head + fields), a_set(300, short + long)))
    assert [each["fields"]["9.95"] for each in found] == ["6869", "79" * 300]
    assert (found[0]["fields"]["8"], found[0]["fields"]["8+"]) == ("01020304", "05060708")


def test_options_are_records_too_with_their_scopes_named() -> None:
    v9_options = struct.pack(">HHHHHHH", 257, 4, 4, 1, 4, 34, 4)
    found = Bench().feed(v9(a_set(1, v9_options), a_set(257, b"\0\0\0\1\0\0\0\x64")))
    assert found[0]["fields"] == {"scope1": "00000001", "34": "00000064"}
    ipfix_options = struct.pack(">HHHHHHH", 258, 2, 1, 149, 4, 34, 4)
    found = Bench().feed(ipfix(a_set(3, ipfix_options), a_set(258, b"\0\0\0\1\0\0\0\x64")))
    assert found[0]["fields"] == {"149": "00000001", "34": "00000064"}


def test_flows_before_their_template_wait_for_it() -> None:
    bench = Bench()
    assert bench.feed(v9(a_set(256, RECORD))) == []
    found = bench.feed(v9(a_set(0, template(256, PLAIN))))
    assert [each["fields"]["7"] for each in found] == ["1f90"]
    assert list(bench.flows.late()) == []


def test_flows_whose_template_never_comes_are_kept_as_they_are() -> None:
    bench = Bench()
    bench.feed(v9(a_set(256, RECORD)))
    assert list(bench.flows.late()) == []
    bench.now = 60.0
    ((source, frame),) = bench.flows.late()
    assert (source, json.loads(frame.raw)["without_template"]) == (SOURCE, RECORD.hex())
    assert bench.feed(v9(a_set(0, template(256, PLAIN)))) == []


def test_too_many_waiting_flows_push_out_the_oldest_and_keep_it() -> None:
    bench, kept = Bench(), 0
    for _ in range(40):
        kept += len(bench.feed(v9(a_set(256, bytes(16_000)))))
    assert kept == 40 - 16


def test_templates_of_other_sources_senders_and_domains_are_never_used() -> None:
    """The same number means something else there, and a wrong split would be a lie."""
    bench = Bench()
    bench.feed(v9(a_set(0, template(256, PLAIN))))
    data = v9(a_set(256, RECORD))
    assert bench.feed(data, source="src_fumi") == []
    assert bench.feed(data, peer="192.0.2.1:9999") == []
    assert bench.feed(v9(a_set(256, RECORD), domain=8)) == []
    assert len(bench.feed(data)) == 1


def test_templates_outlive_a_restart() -> None:
    bench, after = Bench(), Bench()
    bench.feed(v9(a_set(0, template(256, PLAIN))))
    assert bench.flows.changes == 1
    bench.feed(v9(a_set(0, template(256, PLAIN))))
    assert bench.flows.changes == 1
    after.flows.recall(json.loads(json.dumps(bench.flows.templates())))
    assert len(after.feed(v9(a_set(256, RECORD)))) == 1
    assert after.feed(v9(a_set(256, RECORD)), source="src_fumi") == []


def test_a_new_template_under_the_same_number_counts_from_then_on() -> None:
    bench = Bench()
    bench.feed(ipfix(a_set(2, template(256, PLAIN))))
    bench.feed(ipfix(a_set(2, template(256, [(7, 2)]))))
    assert len(bench.feed(ipfix(a_set(256, RECORD)))) == 5
    bench.feed(ipfix(a_set(2, template(256, []))))  # withdrawn
    assert bench.feed(ipfix(a_set(256, RECORD))) == []


@pytest.mark.parametrize(
    "datagram",
    [
        v9(struct.pack(">HH", 256, 400)),
        v9(struct.pack(">HH", 256, 3)),
        v9(a_set(0, struct.pack(">HH", 256, 40_000))),
        ipfix(a_set(2, struct.pack(">HHHH", 256, 9, 8, 4))),
        ipfix(a_set(2, template(256, [(8, 0xFFFF)])), a_set(256, b"\xff\x01")),
        ipfix(a_set(2, template(256, [(8, 0xFFFF)])), a_set(256, b"\x20a")),
    ],
)
def test_a_broken_datagram_is_kept_whole(datagram: bytes) -> None:
    assert Bench().feed(datagram)[-1]["datagram"] == datagram.hex()


def test_a_template_of_empty_fields_ends() -> None:
    found = Bench().feed(v9(a_set(0, template(256, [(8, 0)])), a_set(256, RECORD)))
    assert found == []


@given(st.binary(max_size=120), st.sampled_from([b"\0\5", b"\0\t", b"\0\n"]))
def test_any_bytes_give_frames_that_are_json(rest: bytes, version: bytes) -> None:
    flows = Flows(monotonic=lambda: 0.0)
    datagram = version + rest
    if looks_like_flows(datagram):
        for frame in flows.feed(datagram, source=SOURCE, peer=PEER):
            assert json.loads(frame.raw)["netflow"] in (5, 9, 10)


def test_text_is_no_flow() -> None:
    for text in (b"<13>text", b"", b"\0\5", b"\0" * 40, b"\0\n" + b"x" * 40):
        assert not looks_like_flows(text)
