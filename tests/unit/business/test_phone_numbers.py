"""Telephone numbers and mailboxes, however they are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hinomi.business.phone_numbers import (
    NotAPhone,
    device_key,
    mail_key,
    own_domain,
    phone_key,
    read_phone,
)

DIGITS = st.text("0123456789", min_size=8, max_size=8)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("03-1234-5678", "0312345678"),
        ("０３（１２３４）５６７８", "0312345678"),
        ("＋８１　９０－１２３４－５６７８", "09012345678"),
        ("+81 (0)90 1234 5678", "09012345678"),
        ("0081312345678", "0312345678"),
        ("06ー1234ー5678", "0612345678"),
        ("050 1234 5678", "05012345678"),
        ("0120-000-000", "0120000000"),
        ("0800-123-4567", "08001234567"),
        ("052-123-4567 内線12", "0521234567 内線12"),
        ("052-123-4567（内線１２）".replace("（", " ").replace("）", ""), "0521234567 内線12"),
        ("052-123-4567 ext. 305", "0521234567 内線305"),
        ("052-123-4567#9", "0521234567 内線9"),
    ],
)
def test_a_number_is_read_in_every_usual_way_of_writing(text: str, written: str) -> None:
    assert read_phone(text).written == written


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("110", "緊急"),
        ("１１９", "緊急"),
        ("118", "緊急"),
        ("0990-123-456", "0990"),
        ("0570-123-456", "0570"),
        ("020-1234-5678", "020"),
        ("+1 212 555 0100", "海外"),
        ("1234-5678", "市外局番"),
        ("090-1234-567", "11けた"),
        ("03-1234-56789", "10けた"),
        ("電話", "数字"),
        ("", "数字"),
        ("٠٣١٢٣٤٥٦٧٨", "数字"),
    ],
)
def test_a_number_that_must_not_be_called_is_refused_with_a_reason(text: str, word: str) -> None:
    with pytest.raises(NotAPhone) as refused:
        read_phone(text)
    assert word in refused.value.words_ja


@given(DIGITS)
def test_one_mobile_has_one_key_however_it_is_written(digits: str) -> None:
    ways = (
        f"090{digits}",
        f"090-{digits[:4]}-{digits[4:]}",
        f"+81 90 {digits[:4]} {digits[4:]}",
        f"+81(0)90{digits}",
        f"8190{digits}",
        f"０９０－{digits}",
        f"090{digits} 内線5",
    )
    assert {phone_key(way) for way in ways} == {f"090{digits}"}


@given(st.text(max_size=40))
def test_a_key_can_be_made_of_anything(text: str) -> None:
    for key in (phone_key, mail_key, own_domain, device_key):
        key(text)


def test_one_mailbox_has_one_key_however_it_is_written() -> None:
    ways = ("Keiri@Aoba.example", "keiri+kyuyo@aoba.example", "経理 <KEIRI@aoba.example>",
            "mailto:keiri@aoba.example", "ｋｅｉｒｉ＠aoba.example")  # fmt: skip
    assert {mail_key(way) for way in ways} == {"keiri@aoba.example"}
    assert mail_key("a.o.i@googlemail.com") == mail_key("aoi+x@gmail.com")
    assert mail_key("a.oi@aoba.example") != mail_key("aoi@aoba.example")


def test_only_a_company_s_own_domain_makes_neighbours() -> None:
    assert own_domain("x@AOBA.example") == "aoba.example"
    assert own_domain("x@gmail.com") == ""


@pytest.mark.parametrize(
    "name", ["KEIRI-2", "keiri-2.aoba.local", "AOBA\\KEIRI-2$", "ｋｅｉｒｉ-2"]
)
def test_one_computer_has_one_key_however_it_is_named(name: str) -> None:
    assert device_key(name) == "keiri-2"


def test_an_address_is_no_name() -> None:
    assert device_key("192.0.2.1") != device_key("192.0.2.2")
