"""STIX patterns: what one value answers is taken, everything else is refused by name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hinomi.core.indicators import Kind
from hinomi.detect.intel.pattern import PatternRefused, Wanted, read_pattern

IP, NAME, MD5, SHA = Kind.IP, Kind.DOMAIN, Kind.MD5, Kind.SHA256


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("[ipv4-addr:value = '198.51.100.7']", [(IP, "198.51.100.7")]),
        ("[ipv4-addr:value='a' OR domain-name:value = 'b']", [(IP, "a"), (NAME, "b")]),
        ("[domain-name:value IN ('a', 'b')]", [(NAME, "a"), (NAME, "b")]),
        ("[ipv4-addr:value ISSUBSET '198.51.100.0/24']", [(IP, "198.51.100.0/24")]),
        ("[file:hashes.MD5 = 'x' AND file:hashes.'SHA-256' = 'y']", [(MD5, "x"), (SHA, "y")]),
        ("[file:hashes.'SHA-256' = 'y' AND file:name = 'a.exe']", [(SHA, "y")]),
        ("[(file:name = 'z' AND file:size = 5) AND file:hashes.MD5 = 'x']", [(MD5, "x")]),
        (
            "[network-traffic:dst_ref.value = 'q' AND network-traffic:dst_port = 443]",
            [(None, "q")],
        ),
        ("[url:value = 'u'] OR [email-addr:value = 'm']", [(Kind.URL, "u"), (Kind.MAIL, "m")]),
        ("([ipv4-addr:value = 'a'] OR [ipv4-addr:value = 'b'])", [(IP, "a"), (IP, "b")]),
        (r"[url:value = 'it\'s']", [(Kind.URL, "it's")]),
        ("[domain-name:value = ' AND ']", [(NAME, " AND ")]),
    ],
)
def test_values_that_suffice_alone_are_taken(
    pattern: str, expected: list[tuple[Kind | None, str]]
) -> None:
    assert read_pattern(pattern) == tuple(Wanted(kind, text) for kind, text in expected)


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("[ipv4-addr:value = 'a' AND domain-name:value = 'b']", "only together"),
        ("[ipv4-addr:value = 'a'] AND [url:value = 'b']", "several observations"),
        ("[ipv4-addr:value = 'a'] FOLLOWEDBY [url:value = 'b']", "several observations"),
        ("[ipv4-addr:value = 'a'] REPEATS 5 TIMES", "REPEATS"),
        ("[ipv4-addr:value != 'a']", "comparison by !="),
        ("[url:value LIKE '%evil%']", "comparison by LIKE"),
        ("[url:value MATCHES '.*']", "comparison by MATCHES"),
        ("[NOT ipv4-addr:value = 'a']", "cannot be read"),
        ("[ipv4-addr:value NOT = 'a']", "NOT"),
        ("[process:command_line = 'x']", "something other"),
        ("[windows-registry-key:key = 'x']", "windows-registry-key"),
        ("[ipv4-addr:value = 'a' OR file:name = 'x']", "OR with something"),
        ("[" + "(" * 50 + "ipv4-addr:value = 'a'", "nested deeper"),
        ("(" * 50, "nested deeper"),
        ("", "cannot be read"),
        ("[", "cannot be read"),
        ("[ipv4-addr:value = ]", "cannot be read"),
        ("x" * 100_001, "longer than"),
    ],
    ids=range(18),
)
def test_what_one_value_cannot_answer_is_refused_by_name(pattern: str, reason: str) -> None:
    with pytest.raises(PatternRefused, match=reason):
        read_pattern(pattern)


_PIECES = ["[", "]", "(", ")", "'a'", "=", "AND", "OR", "IN", ",", "ipv4-addr:value", "file:name",
           "file:hashes.MD5", "NOT", "WITHIN", "5", "'", "\\", "é"]  # fmt: skip


@given(st.lists(st.sampled_from(_PIECES), max_size=30))
def test_any_jumble_is_read_or_refused(pieces: list[str]) -> None:
    try:
        assert read_pattern(" ".join(pieces))
    except PatternRefused:
        return
