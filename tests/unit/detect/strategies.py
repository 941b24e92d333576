"""Random rules and events that are likely to meet, with everything the language has.

A small alphabet and few names make hits likely. What makes them interesting: upper case, wildcards,
backslashes, letters whose case folding is odd, NUL, and the marks the search puts around values.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from hinomi.detect import Rule
from tests.unit.detect.bench import make_event, parse_all, rule_text

if TYPE_CHECKING:
    from hinomi.core.records import Event

ALPHABET = "abAB*?\\-/ İſΣσςKki1.\n"
_WIRE_ALPHABET = ALPHABET + "\x00\x02\x03\x04\ud800"  # YAML could not hold these
FIELDS = ["a", "b", "A", "c.d", "EventID", "Channel", "Provider_Name", "program", "@timestamp"]
ALIASES = {"generic": {"a": "q"}, "windows": {"b": "EventID"}}
_TEXTS = st.text(ALPHABET, max_size=6)
_VALUES = st.one_of(_TEXTS, st.integers(0, 20), st.none(), st.booleans())
_CHAINS = st.sampled_from([
    "", "|contains", "|startswith", "|endswith", "|contains|all", "|cased", "|contains|cased",
    "|startswith|cased", "|endswith|cased|all", "|windash", "|contains|windash", "|neq",
    "|contains|neq", "|base64offset|contains", "|base64", "|wide|contains", "|utf16|base64",
    "|utf16be|base64offset|contains", "|expand", "|expand|contains", "|all|neq",
])  # fmt: skip
_ODD_LINES = st.sampled_from([
    ("a|re", "a+b"), ("b|re|i", "^[ab]{2}"), ("a|cidr", "10.0.0.0/8"), ("a|lt", 10),
    ("b|re|i", "aab|kia"), ("a|re", "abk.*bba"), ("a|re|s", "aaa.b"), ("b|re|i|m", "^sak"),
    ("b|cidr", ["fd00::/8", "10.1.0.0/16"]), ("a|gt", 0.5), ("b|lte", 7),
    ("b|neq|cidr", "10.0.0.0/8"),
    ("EventID|gte", 3), ("EventID|re", "^1"), ("Channel|contains", "A"), ("a|exists", True),
    ("b|exists", False), ("a|fieldref", "b"), ("b|fieldref|contains", "a"),
    ("A|fieldref|startswith", "b"), ("b|fieldref|endswith|cased", "A"), ("a|fieldref|neq", "b"),
    ("EventID|fieldref", "a"), ("@timestamp|year", 2026), ("a|hour", 3), ("b|minute|lt", 30),
    ("@timestamp|exists", True), ("@timestamp", None), ("_event_time|contains", "2026"),
    ("Provider_Name|cased", "AB"), ("EventID", None), ("a|expand", "%hosts%"),
    ("b|expand|endswith", ["%hosts%", "x%users%"]), ("a|expand|re", "%users%+"),
    ("a|expand|cidr", "%nets%"), ("EventID|expand", "%users%"), ("b|expand|neq", "%hosts%"),
    ("EventID", ["1", "2"]), ("Channel", "Security"), ("EventID|neq", 1), ("Channel|exists", True),
    ("a", ""), ("a", "*"), ("b", "?*"), ("a", "a*b?"), ("src_ip|exists", True),
])  # fmt: skip
_LINES = st.one_of(
    _ODD_LINES,
    st.tuples(
        st.builds(str.__add__, st.sampled_from(FIELDS), _CHAINS),
        st.one_of(_TEXTS, st.lists(_TEXTS, min_size=1, max_size=3)),
    ),
    st.tuples(
        st.sampled_from(FIELDS), st.one_of(_VALUES, st.lists(_VALUES, min_size=1, max_size=3))
    ),
)
_MAPS = st.lists(_LINES, min_size=1, max_size=3).map(dict)
_WORDS = st.lists(_TEXTS, min_size=1, max_size=2)
_SELECTIONS = st.one_of(
    _MAPS,
    st.lists(_MAPS, min_size=1, max_size=2),
    _WORDS,
    _WORDS.map(lambda words: {"|all": words}),
    _WORDS.map(lambda words: {"|cased": words}),
    st.sampled_from([{"|re": "aba|kk."}, {"|expand": "%hosts%"}, {"|re|i": "[ab]{3}"}]),
)
_CONDITIONS = st.sampled_from([
    "s1", "not s1", "s1 and s2", "s1 or s2", "s1 and not s2", "1 of s*", "all of s*",
    "not 1 of s*", "s1 and (s2 or not s3)", "not (s1 and s2) or s3", "not (s1 or not s2)",
])  # fmt: skip
_SOURCES = st.sampled_from([
    {"product": "windows"}, {"product": "windows", "service": "security"},
    {"product": "windows", "category": "process_creation"}, {"product": "linux"},
    {"product": "linux", "service": "sshd"}, {"product": "fortigate"}, {"product": "generic"},
    {"category": "firewall"}, {"category": "webserver"},
])  # fmt: skip
_DETECTIONS = st.fixed_dictionaries(
    {"s1": _SELECTIONS, "s2": _SELECTIONS, "s3": _SELECTIONS, "condition": _CONDITIONS}
)
_LISTS = st.lists(
    st.one_of(
        st.text(ALPHABET, max_size=6), st.text(_WIRE_ALPHABET[:-1], max_size=4), st.none(),
        st.integers(0, 20), st.booleans(),
        st.sampled_from([0.5, 1e3, "10.1.2.3", "[1]", "C:\\U\"é"]),
    ),
    max_size=4,
)  # fmt: skip
_WIRE_TEXTS = st.one_of(
    st.text(_WIRE_ALPHABET, max_size=8),
    _LISTS.map(json.dumps),
    _LISTS.map(lambda values: json.dumps(values, ensure_ascii=False, separators=(",", ":"))),
    st.sampled_from(["[", "[]", "[a", "[1,2", '["a",{"b":1}]', '["a",["b"]]', '["a"] ', "[a]"]),
    st.sampled_from(["", "10.1.2.3", "fd00::1", "7", "0x3", "2026-11-21T03:00:00Z", "a" * 3_000]),
)
_KEY_VALUES = {
    "EventID": st.sampled_from(["1", "2", "4688", "11", "", "a", "[1,7]", '["2","a",null]']),
    "Channel": st.sampled_from(
        ["Security", "SECURITY", "Microsoft-Windows-Sysmon/Operational", "AB"]
    ),
    "Provider_Name": _WIRE_TEXTS,
    "program": st.sampled_from(["sshd", "SSHD", "cron"]),
}
_EVENT_FIELDS = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(["a", "b", "A", "B", "c.d", "C.D", "src_ip", "cs-uri-query"], _WIRE_TEXTS),
        "q": _WIRE_TEXTS,
        **_KEY_VALUES,
        "eventid": st.just("1"),
        "EVENTID": st.just("2"),
        "@TIMESTAMP": st.just("2025"),
        "NewProcessName": _WIRE_TEXTS,
    },
)


def events() -> st.SearchStrategy[Event]:
    """Events of several shapes, some with a raw line that keywords look at."""
    return st.builds(
        make_event,
        _EVENT_FIELDS,
        shape=st.sampled_from(["windows", "windows", "linux", "generic", "fortigate"]),
        raw=st.text(ALPHABET + "{\x00", max_size=8),
    )


def rules() -> st.SearchStrategy[list[Rule]]:
    """One to four rules; those the reader refuses (wildcards under base64, dashes) are left out."""
    written = st.lists(st.tuples(_DETECTIONS, _SOURCES), min_size=1, max_size=4)
    return written.map(_parse)


def placeholders() -> st.SearchStrategy[dict[str, list[str]]]:
    """What an organisation lists; a name may be missing, a list empty, a value of no use."""
    values = st.lists(st.one_of(_TEXTS, st.just("10.0.0.0/8")), max_size=2)
    return st.fixed_dictionaries({}, optional={"hosts": values, "users": values, "nets": values})


def _parse(written: list[tuple[dict[str, object], dict[str, str]]]) -> list[Rule]:
    found = []
    for number, (detection, source) in enumerate(written):
        for rule in parse_all(rule_text(detection, logsource=source)):
            if isinstance(rule, Rule):
                found.append(replace(rule, id=str(number)))
    return found
