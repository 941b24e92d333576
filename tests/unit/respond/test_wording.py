"""Texts on their way out: lengths, links and letters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hinomi.respond.channels.channel import ChannelError, Message
from hinomi.respond.channels.phones import domestic, international
from hinomi.respond.channels.wording import (
    SMS_MOST,
    clean_lines,
    short_text,
    spoken_text,
    utf16_units,
)

ANY = st.text(st.characters(codec=None, categories=None))


def sms_or_none(text: str) -> str | None:
    """What would go out; None for what is refused for good."""
    try:
        return short_text(text)
    except ChannelError as error:
        if not error.permanent:
            raise
        return None


@given(ANY)
def test_an_sms_is_short_and_plain_or_refused_for_good(text: str) -> None:
    said = sms_or_none(text)
    if said is None:
        return
    assert 0 < utf16_units(said) <= SMS_MOST
    assert said.isprintable() or "\u200d" in said
    assert "://" not in said
    assert said.encode("utf-8").decode("utf-8") == said


@given(st.text(st.sampled_from("あ亜ア、。abc 123"), min_size=1, max_size=70).map(str.strip))
def test_a_short_text_without_a_link_goes_out_as_it_is(text: str) -> None:
    if text:
        assert short_text(text) == " ".join(text.split())


@given(ANY)
def test_what_is_cleaned_can_be_written_everywhere(text: str) -> None:
    written = clean_lines(text)
    assert written.encode("utf-8").decode("utf-8") == written
    assert "\x00" not in written
    assert "\r" not in written
    assert clean_lines(written) == written


def test_a_call_without_words_is_refused() -> None:
    with pytest.raises(ChannelError):
        spoken_text(Message(to="1", subject="s", body_text="b", message_id="m"))


@pytest.mark.parametrize(
    "written", ["090-1234-5678", "０９０ー１２３４ー５６７８", "+81 90 1234 5678", "(090)12345678"]
)
def test_a_number_in_any_usual_writing_is_the_same_number(written: str) -> None:
    assert domestic(written) == "09012345678"
    assert international(written) == "+819012345678"


@pytest.mark.parametrize("written", ["", "abc", "090", "1" * 30, "090-1234-5678;rm", "+"])
def test_what_is_no_number_is_refused_without_repeating_it(written: str) -> None:
    for form in (domestic, international):
        with pytest.raises(ChannelError) as caught:
            form(written)
        assert caught.value.permanent
