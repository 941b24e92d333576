"""Lists of records that came as one are cut into their entries, and no byte of an entry is lost."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hinomi.core.envelopes import begins_envelope, entries_of
from hinomi.core.words import SetAsideReason

BAD, CUT = SetAsideReason.BROKEN_RECORD, SetAsideReason.BROKEN_FRAME
NAMES = st.text(max_size=6)
SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=12)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)
ENTRIES = st.lists(st.dictionaries(NAMES, TREES, max_size=3), min_size=1, max_size=5)
BESIDE = {"@odata.context": "https://graph.example.jp/$metadata#alerts", "count": 3}


def cut(raw: bytes) -> list[tuple[bytes, SetAsideReason | None]] | None:
    entries = entries_of(raw, most=1_000)
    return None if entries is None else [(entry.raw, entry.fault) for entry in entries]


@pytest.mark.parametrize(
    "raw",
    [
        b'{"records":[{"a":1},{"b":[2,"]"]}]}',
        b'{"Records":[{"a":1},{"b":[2,"]"]}]}',
        b'{"value":[{"a":1},{"b":[2,"]"]}]}',
        b'[{"a":1},{"b":[2,"]"]}]',
        b' {\n "value" : [ {"a":1} , {"b":[2,"]"]} ] } \n',
        b'{"@odata.context":"x","value":[{"a":1},{"b":[2,"]"]}],"@odata.nextLink":"y"}',
        b'{"@timestamp":"2026-11-20T00:00:00Z","@version":"1","records":[{"a":1},{"b":[2,"]"]}]}',
    ],
)
def test_each_entry_keeps_its_exact_bytes(raw: bytes) -> None:
    assert cut(raw) == [(b'{"a":1}', None), (b'{"b":[2,"]"]}', None)]


@pytest.mark.parametrize(
    "raw",
    [
        b'{"records":[{"a":1}],"host":"PC-1"}',  # an entry would lose what is said beside it
        b'{"host":"PC-1","records":[{"a":1}]}',
        b'{"eventType":"x","value":[{"a":1}]}',
        b'{"records":{"a":1}}',
        b'{"records":[]}',
        b'{"value":[1,2,3]}',
        b'{"value":"[{}]"}',
        b"[]",
        b"[1,2]",
        b"[INSPECT] LAN2[out] text",
        b'[{"a":1}] and more',
        b'{"a":[{"b":1}]}',
        b"",
        b"{",
    ],
)
def test_any_other_record_stays_one(raw: bytes) -> None:
    assert cut(raw) is None


@pytest.mark.parametrize(
    ("raw", "entries"),
    [
        (b'[{"a":1},17,{"b":2}]', [(b'{"a":1}', None), (b"17", BAD), (b'{"b":2}', None)]),
        (b'{"records":[null,{"b":2}]}', [(b"null", BAD), (b'{"b":2}', None)]),
        (b'{"records":[["a"],{"b":2}]}', [(b'["a"]', BAD), (b'{"b":2}', None)]),
        (b'{"records":[{"a":1},{"b":"cu', [(b'{"a":1}', None), (b'{"b":"cu', CUT)]),
        (b'{"records":[{"a":1},{"b":', [(b'{"a":1}', None), (b'{"b":', CUT)]),
        (b'{"records":[{"a":1}', [(b'{"a":1}', None)]),
        (b'{"records":[{"a":1}],"coun', [(b'{"a":1}', None), (b'],"coun', CUT)]),
        (b'[{"a":1},oops,{"b":2}]', [(b'{"a":1}', None), (b'oops,{"b":2}]', CUT)]),
        (b'{"records":[{x},{"b":2}]}', [(b"{x}", None), (b'{"b":2}', None)]),
    ],
)  # fmt: skip
def test_what_is_bad_or_cut_stands_alone_and_says_so(
    raw: bytes, entries: list[tuple[bytes, SetAsideReason | None]]
) -> None:
    assert cut(raw) == entries


@given(
    entries=ENTRIES, name=st.sampled_from(("records", "Records", "value")), is_wide=st.booleans()
)
def test_any_list_is_cut_as_a_json_reader_would(
    entries: list[dict[str, object]], name: str, is_wide: bool
) -> None:
    indent = 1 if is_wide else None
    for whole in ({name: entries}, BESIDE | {name: entries}, entries):
        found = entries_of(json.dumps(whole, indent=indent).encode(), most=1_000)
        assert found is not None
        assert [json.loads(entry.raw) for entry in found] == entries
        assert not any(entry.fault for entry in found)


@settings(max_examples=60, deadline=None)
@given(entries=ENTRIES, at=st.integers(0, 400))
def test_a_cut_list_loses_no_entry_that_was_whole(
    entries: list[dict[str, object]], at: int
) -> None:
    raw = json.dumps({"records": entries}).encode()[:-2][: at or 1]
    found = entries_of(raw, most=1_000) or []
    whole = [json.loads(entry.raw) for entry in found if entry.fault is None]
    assert whole == entries[: len(whole)]
    assert all(entry.raw in raw for entry in found)


def test_too_many_are_told_by_one_more_than_allowed() -> None:
    found = entries_of(b'{"records":[' + b"{}," * 5_000 + b"{}]}", most=100)
    assert found is not None
    assert len(found) == 101


def test_an_envelope_is_known_by_its_beginning() -> None:
    assert begins_envelope(b'{"Records":[{"eventVersion"')
    assert begins_envelope(b'{\n  "records": [\n    {')
    assert not begins_envelope(b'[{"a"')
    assert not begins_envelope(b'{"host":"x","records":[{')


@pytest.mark.parametrize(
    "raw",
    [
        b'{"records":[' + b'{"a":' * 200_000,
        b'{"records":[' + b"[" * 500_000,
        b'{"records":[{"' + b"\\" * 500_000,
        b'{"records":[{"' + b'\\"' * 250_000,
        b'{"records":[' + b'"a",' * 200_000,
        b'{"@a":"' + b'b","@a":"' * 100_000,
        b"{" + b'"@a":1,' * 100_000,
        b"[" + b" " * 500_000,
        b'[{"a":1}' + b" " * 500_000 + b"x",
    ],
    ids=lambda raw: raw[:14].decode(),
)
def test_hostile_repetition_does_not_hang(raw: bytes) -> None:
    began = time.process_time()
    entries_of(raw, most=10_000)
    assert time.process_time() - began < 1.0
