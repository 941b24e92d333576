"""The notations: pairs with bad quotes, CEF with odd headers, deep JSON."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hinomi.core.errors import NotThisFormat
from hinomi.normalise.scanners import cef, pairs
from hinomi.normalise.scanners.cef import scan_cef, scan_leef
from hinomi.normalise.scanners.pairs import scan_pairs
from hinomi.normalise.scanners.tree import MAX_FIELDS, flatten, load_object


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ('a=1 b="x y" c=', {"a": "1", "b": "x y", "c": ""}),
        ('a=1,b="x, y",c=3', {"a": "1", "b": "x, y", "c": "3"}),
        ("a=1|b=x y|c=3", {"a": "1", "b": "x y", "c": "3"}),
        ("type=IPv4 (0x0800) id=C4431 P29PUA n=5",
         {"type": "IPv4 (0x0800)", "id": "C4431 P29PUA", "n": "5"}),
        ('msg="user "bob" logged in" next=1', {"msg": 'user "bob" logged in', "next": "1"}),
        (r'msg="a \"quoted\" word" n=1', {"msg": 'a "quoted" word', "n": "1"}),
        ('url="http://a/?b=c&d=e" x=1', {"url": "http://a/?b=c&d=e", "x": "1"}),
        ("url=http://a/?b=c&d=e x=1", {"url": "http://a/?b=c&d=e", "x": "1"}),
        ('cut="no end', {"cut": "no end"}),
        ("a=1 a=2", {"a": "1", "a_2": "2"}),
        ("no pairs here", {}),
        ("", {}),
        ("=", {}),
        ('""""=', {}),
    ],
)  # fmt: skip
def test_pairs_are_found_however_they_are_quoted(text: str, fields: dict[str, str]) -> None:
    assert scan_pairs(text) == fields


@given(
    st.lists(st.sampled_from([*'ab=" ,;|\\\t.', "a=", '="', '" ', "k=v ", 'k="v w" ', "\u3000"]))
)
def test_the_shortest_way_to_read_pairs_agrees_with_the_next_or_declines(parts: list[str]) -> None:
    text = "".join(parts)
    found = pairs.split_regular(text)
    assert found is None or found == (pairs.split_quotes(text) or {})


def test_the_shortest_way_is_the_one_that_ordinary_lines_take() -> None:
    line = 'date=2026-11-20 devname="FGT 1" srcip=192.168.1.2 msg="" app="HTTP"'
    assert pairs.split_regular(line) == scan_pairs(line)


def test_cef_takes_text_before_the_mark_escapes_labels_and_repeats() -> None:
    fields = scan_cef(
        r"Nov 20 host CEF:0|Ven\|dor|P|1|100|N ame|5|msg=a\=b c cs1Label=Policy cs1=x y msg=again"
    )
    assert fields["DeviceVendor"] == "Ven|dor"
    assert fields["msg"] == "a=b c"
    assert fields["msg_2"] == "again"
    assert fields["Policy"] == "x y"


def test_cef_with_an_empty_vendor_keeps_its_extension() -> None:
    assert scan_cef("CEF:0||Product|1|id|Name|Unknown|src=1.2.3.4")["src"] == "1.2.3.4"


_BITS = ["a", "b1", " ", "  ", "=", '"', "x.y", "[0]", "-", "\\", "\\=", "|", "\t", "あ", "k= ",
         "\u3000"]  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(_BITS), max_size=24).map("".join))
def test_the_quick_way_to_cut_cef_equals_the_plain_one(extension: str) -> None:
    quick: dict[str, str] = {}
    plain: dict[str, str] = {}
    cef._extend(quick, extension)
    cef._extend_by_pattern(plain, extension)
    assert quick == plain


@pytest.mark.parametrize("text", ["", "CEF:", "CEF:0|a|b", "no cef"])
def test_what_is_no_cef_is_refused(text: str) -> None:
    with pytest.raises(NotThisFormat):
        scan_cef(text)


def test_leef_2_names_its_own_delimiter() -> None:
    fields = scan_leef("LEEF:2.0|V|P|1|E1|x5E|src=1.1.1.1^usr=a b^x=1")
    assert (fields["src"], fields["usr"], fields["EventID"]) == ("1.1.1.1", "a b", "E1")


def test_json_becomes_dotted_names_with_text_values() -> None:
    tree = load_object('{"a":{"b":1,"c":[1,2],"d":["x"]},"e":true,"f":null,"g":[{"h":1.5}]}')
    assert flatten(tree) == {"a.b": "1", "a.c": "[1,2]", "a.d": "x", "e": "true", "g.0.h": "1.5"}


def test_a_wide_tree_is_cut_and_a_deep_one_is_kept_as_text() -> None:
    wide = {str(number): number for number in range(MAX_FIELDS * 3)}
    assert len(flatten(wide)) == MAX_FIELDS
    deep: dict[str, object] = {"x": 1}
    for _ in range(50):
        deep = {"x": deep}
    (value,) = flatten(deep).values()
    assert value.startswith("{")


@pytest.mark.parametrize("text", ["", "[1]", "{", '{"a":}', "[" * 5000, "{'a':1}"])
def test_what_is_no_json_object_is_refused(text: str) -> None:
    with pytest.raises(NotThisFormat):
        load_object(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [('"a\tb"', "a\tb"), ('"\x1b[31m"', "\x1b[31m"), ("1e400", "1e400"), ("NaN", "NaN")],
)
def test_a_value_that_strict_json_forbids_does_not_hide_the_record(text: str, value: str) -> None:
    """Senders that do not escape exist, and so do attackers who know what a reader refuses."""
    assert load_object(f'{{"CommandLine":{text}}}') == {"CommandLine": value}


def test_half_a_surrogate_pair_does_not_lose_the_record() -> None:
    assert load_object(r'{"a":"x\ud800y"}') == {"a": "x?y"}


def test_a_nul_that_json_spells_out_is_taken_out_of_names_and_values_at_any_depth() -> None:
    """No store holds NUL; a path that only looks like one must stay."""
    tree = load_object(r'{"a\u0000b":"x\u0000y","c":{"d":["\u0000z"]},"e":"C:\\u0000"}')
    assert tree == {"ab": "xy", "c": {"d": ["z"]}, "e": r"C:\u0000"}
