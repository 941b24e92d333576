"""Hidden characters are shown, everything else is left alone."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from hinomi.portal.ui.visible import visible, visible_bytes


def test_a_terminal_escape_and_backward_text_are_shown() -> None:
    assert visible("\x1b[31m \u202egpj.exe") == "⟨U+001B⟩[31m ⟨U+202E⟩gpj.exe"


def test_bytes_that_are_no_text_are_shown_as_numbers() -> None:
    assert visible_bytes(b"ok \xff\x00") == "ok \\xff⟨U+0000⟩"


@given(st.text(alphabet=st.characters(exclude_categories=["Cc", "Cf", "Cs", "Co", "Zl", "Zp"])))
def test_plain_words_stay_as_they_are(text: str) -> None:
    assert visible(text) == text


@given(st.text())
def test_nothing_hidden_is_left(text: str) -> None:
    left = {unicodedata.category(each) for each in visible(text) if each not in "\n\t"}
    assert not left & {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
