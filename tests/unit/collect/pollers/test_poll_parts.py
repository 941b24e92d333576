"""Answers taken apart without touching a record, and links that lead nowhere else."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hinomi.collect.pollers.api import Stream, Tenant
from hinomi.collect.pollers.caller import is_same_house
from hinomi.collect.pollers.google_workspace import read_key_file
from hinomi.collect.pollers.json_parts import first_text, items_of, list_if_any, list_in, text_in
from hinomi.collect.pollers.look import found_in
from hinomi.collect.pollers.registry import APIS, memories
from hinomi.collect.pollers.trouble import NEEDS_PERSON, SENTENCES, PollFailed, Trouble
from hinomi.normalise import FORMATS

STREAM = Stream("s", "記録", "entra", identity=("id",), customer=("tenant",))


def test_a_record_stays_byte_for_byte_as_it_came() -> None:
    body = b'{"value": [{"a" : 1.0 , "a":2,"b":"\\u3042"} , {}], "next": 1}'
    assert list_in(body, "value") == (b'{"a" : 1.0 , "a":2,"b":"\\u3042"}', b"{}")


@pytest.mark.parametrize("body", [b"", b"[]", b"<html>", b'{"value": {}}', b'{"value": ', b"\xff"])
def test_what_is_no_answer_is_told_and_not_taken_for_a_quiet_day(body: bytes) -> None:
    with pytest.raises(PollFailed) as told:
        list_in(body, "value")
    assert told.value.trouble is Trouble.BROKEN_ANSWER


def test_an_empty_list_may_be_left_out_but_not_an_error() -> None:
    assert list_if_any(b'{"kind": "x"}', "items") == ()
    with pytest.raises(PollFailed):
        list_if_any(b'{"error": {"code": 1}}', "items")


@given(st.binary(max_size=200))
def test_no_bytes_break_the_taking_apart(body: bytes) -> None:
    text_in(body, "a.b")
    first_text(body, ("a", "b.c"))
    with suppress(PollFailed):
        items_of(body)


def test_deep_nesting_is_no_crash() -> None:
    assert text_in(b'{"a":' * 50_000, "a.a") == ""
    (found,) = found_in([b"[" * 50_000], stream=STREAM, tenant=Tenant("t"))
    assert found.customer == "t"


def test_the_same_id_at_two_customers_is_two_records() -> None:
    raw = json.dumps({"id": 1}).encode()
    one, two = (found_in([raw], stream=STREAM, tenant=Tenant(name))[0] for name in "ab")
    assert one.digest != two.digest


def test_a_record_that_names_its_customer_in_other_case_is_that_customer_s() -> None:
    raw = json.dumps({"id": 1, "tenant": "ABC"}).encode()
    (found,) = found_in([raw], stream=STREAM, tenant=Tenant("abc"))
    assert found.customer == "ABC"


@pytest.mark.parametrize(
    ("link", "follows"),
    [
        ("https://graph.example/v1/x?y", True),
        ("https://GRAPH.example/v1", True),
        ("http://graph.example/v1", False),
        ("https://graph.example.evil.example/", False),
        ("https://graph.example@evil.example/", False),
        ("https://graph.example:444/", False),
        ("//evil.example/", False),
        ("/v1/next", False),
        ("https://graph.example:x/", False),
        ("https://[graph/", False),
    ],
)
def test_a_link_is_followed_at_home_only(link: str, follows: bool) -> None:
    assert is_same_house(link, as_="https://graph.example/v1.0") is follows


def test_every_stream_is_of_a_kind_somebody_reads_and_remembers_longer_than_it_overlaps() -> None:
    for api in APIS.values():
        assert len({stream.name for stream in api.streams}) == len(api.streams)
        for stream in api.streams:
            assert stream.kind in FORMATS
            assert stream.overlap < stream.window
            assert stream.overlap < memories()[stream.name]


def test_every_trouble_has_its_sentence() -> None:
    assert set(SENTENCES) == set(Trouble)
    assert set(Trouble) >= NEEDS_PERSON
    assert all(text.endswith("。") for text in SENTENCES.values())


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"client_email": "a"}', "-----BEGIN"])
def test_what_is_no_key_file_is_refused(text: str) -> None:
    with pytest.raises(PollFailed):
        read_key_file(text)
