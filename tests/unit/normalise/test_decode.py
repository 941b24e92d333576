"""Bytes to text: Japanese encodings, BOM, NUL."""

from __future__ import annotations

import pytest

from hinomi.normalise.decode import decode, is_binary
from hinomi.normalise.ecs import original


@pytest.mark.parametrize("encoding", ["utf-8", "cp932", "euc_jp"])
@pytest.mark.parametrize(
    "text", ["ログインに失敗しました", "営業所の社員が user=田中", "見積書を開きました。"]
)
def test_japanese_is_read_in_the_three_encodings_of_the_trade(encoding: str, text: str) -> None:
    assert decode(text.encode(encoding)) == (text, encoding)


def test_half_width_words_of_a_cp932_sender_stay_as_they_are() -> None:
    assert decode("ﾃﾞｰﾀ ERROR ﾊﾞｯｸｱｯﾌﾟ".encode("cp932"))[0] == "ﾃﾞｰﾀ ERROR ﾊﾞｯｸｱｯﾌﾟ"


def test_bytes_of_no_encoding_become_latin_1_and_never_fail() -> None:
    assert decode(b"caf\xe9 \x81\xff") == ("café \x81ÿ", "latin-1")


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"\xef\xbb\xbfa", "a"),
        (b"a\x00b\x00", "ab"),
        (b"line\r\n", "line"),
        ("a幅".encode("utf-16"), "a幅"),
        ("2026 幅".encode("utf-16-be").join((b"\xfe\xff", b"")), "2026 幅"),
        (b"", ""),
    ],
)
def test_marks_and_ends_are_taken_off(raw: bytes, text: str) -> None:
    assert decode(raw)[0] == text


def test_broken_bytes_that_begin_like_a_mark_stay_readable() -> None:
    assert decode(b"\xff\xfe half a line\x00 of noise!")[0].endswith(" half a line of noise!")


def test_a_program_is_binary_and_a_coloured_line_is_not() -> None:
    program, coloured = b"\x01\x02\x03\x7f\x04 ELF", b"\x1b[31mred\x1b[0m\ttext"
    assert is_binary(program, program.decode())
    assert not is_binary(coloured, coloured.decode())


def test_control_characters_far_into_long_letters_are_still_seen() -> None:
    text = "\u706b" * 3_600 + "\x01" * 600
    assert is_binary(text.encode(), text)


def test_a_line_cut_inside_its_last_character_stays_readable() -> None:
    whole = "ログインに失敗しました".encode()
    for cut in (1, 2):
        assert decode(whole[:-cut]) == ("ログインに失敗しまし\ufffd", "utf-8")


def test_bytes_that_cp932_does_not_use_are_not_cp932() -> None:
    assert decode(b"user=\xff") == ("user=\xff", "latin-1")


@pytest.mark.parametrize("raw", [b"a\x00b\n", "あ\x00い\n".encode(), "あ\x00い\n".encode("cp932")])
def test_the_original_keeps_nul_and_line_end_in_every_encoding(raw: bytes) -> None:
    text = original(raw)
    assert text[1] == "\x00"
    assert text[-1] == "\n"
