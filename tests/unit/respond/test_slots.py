"""A slot value is chosen by whoever named the thing, attackers included."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hinomi.respond.slots import SLOT_LIMIT, device_slot, fill, marked, slot, unmarked

ANY_TEXT = st.text(st.characters(), max_size=120)


@settings(deadline=None)  # the machine may be busy
@given(ANY_TEXT)
def test_a_slot_is_one_short_line_that_a_person_can_see(value: str) -> None:
    cleaned = slot(value)
    assert len(cleaned) <= SLOT_LIMIT
    assert all(unicodedata.category(letter)[0] != "C" for letter in cleaned)
    assert len(cleaned.splitlines()) <= 1
    assert cleaned == cleaned.strip()


@settings(deadline=None)  # the machine may be busy
@given(ANY_TEXT)
def test_cleaning_twice_changes_nothing(value: str) -> None:
    assert slot(slot(value)) == slot(value)


@settings(deadline=None)  # the machine may be busy
@given(ANY_TEXT)
def test_a_value_cannot_close_its_own_mark(value: str) -> None:
    inside = marked(value)[2:-2]
    assert ">>" not in inside + ">"
    assert "<<" not in inside


@settings(deadline=None)  # the machine may be busy
@given(ANY_TEXT)
def test_an_inserted_value_is_never_read_as_a_template(value: str) -> None:
    assert fill("「{device}」です", {"device": value or "x"}) == f"「{value or 'x'}」です"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("\x1b[31m赤\x1b[0m", "赤"),
        ("\x1b]0;題\x07名", "名"),
        ("写真\u202egpj.exe", "写真gpj.exe"),
        ("一\r\nSubject: 二", "一 Subject: 二"),
        ("a\u2028b\tc", "a b c"),
        ("https://evil.example/x", "https:／／evil.example/x"),
        ("あ" * 60, "あ" * 29 + "…"),
        ("\u3164\u2800 ", ""),
        ("e" + "\u0301" * 50, "é\u0301"),
        ("=cmd|' /C calc'!A1", "=cmd|' /C calc'!A1"),
    ],
)
def test_what_a_person_sees_of_a_hostile_value(value: str, shown: str) -> None:
    assert slot(value)[: len(shown)] == shown
    assert len(slot(value)) <= len(shown) + 2


@pytest.mark.parametrize("address", ["192.168.1.20", "fe80::1", "[2001:db8::5]"])
def test_an_address_is_no_name_for_a_customer(address: str) -> None:
    assert device_slot(address) == ""


def test_a_sentence_whose_slot_is_missing_is_left_out() -> None:
    assert fill("「{device}」で", {"device": ""}) is None
    assert fill("「{device}」で", {}) is None


def test_unmarked_gives_the_text_back() -> None:
    assert unmarked(f"「{marked('経理2番')}」") == "「経理2番」"
