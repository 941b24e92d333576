"""What an old mail program is sent, it can show."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hinomi.respond.channels.old_letters import CHARSET, can_encode, old_letters


@given(st.text(st.characters(codec=None, categories=None)))
def test_whatever_stands_in_a_text_can_be_encoded(text: str) -> None:
    written = old_letters(text)
    assert written.encode(CHARSET).decode(CHARSET) == written


@given(st.text())
def test_no_letter_can_switch_the_set_by_itself(text: str) -> None:
    """ESC would make the rest of the mail unreadable."""
    assert "\x1b" not in old_letters(f"\x1b$B{text}\x0e")


@given(st.text(st.sampled_from("あ亜ア漢字、。abc123\n「」")))
def test_what_the_set_has_stays_as_it_is(text: str) -> None:
    assert old_letters(text) == text


@given(st.text())
def test_writing_it_twice_changes_nothing_more(text: str) -> None:
    assert old_letters(old_letters(text)) == old_letters(text)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("①〜⑳", "(1)〜(20)"),
        ("髙橋と﨑山と𠮷野", "高橋と崎山と吉野"),
        ("10:00～11:00", "10:00〜11:00"),
        ("㈱青葉", "(株)青葉"),
        ("ﾊﾟｿｺﾝ", "パソコン"),
        ("か\u3099", "が"),
        ("葛\U000e0100飾", "葛飾"),
        ("注意😀", "注意〓"),
        ("−１℃", "−１℃"),
        ("Ⅲ世㎡", "III世m2"),
        ("café", "cafe"),
        ("片方\ud83d", "片方〓"),
    ],
)
def test_letters_it_lacks_are_written_with_letters_it_has(written: str, shown: str) -> None:
    assert old_letters(written) == shown
    assert can_encode(shown)
