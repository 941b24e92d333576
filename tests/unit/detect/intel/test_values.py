"""One spelling for feeds and events; what is no value is refused in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hinomi.core.indicators import Kind
from hinomi.detect.intel.values import NotAnIndicator, guess, refang, spelt


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("198.51.100.7", (Kind.IP, "198.51.100.7")),
        ("198.51.100[.]7", (Kind.IP, "198.51.100.7")),
        ("198.51.100.7:8443", (Kind.IP, "198.51.100.7")),
        ("::ffff:198.51.100.7", (Kind.IP, "198.51.100.7")),
        ("[2001:DB8::1]:443", (Kind.IP, "2001:db8::1")),
        ("198.51.100.7/24", (Kind.CIDR, "198.51.100.0/24")),
        ("198.51.100.7/32", (Kind.IP, "198.51.100.7")),
        ("2001:db8::/32", (Kind.CIDR, "2001:db8::/32")),
        ("Evil[.]Example.", (Kind.DOMAIN, "evil.example")),
        ("evil(dot)example", (Kind.DOMAIN, "evil.example")),
        ("*.evil.example", (Kind.DOMAIN, "evil.example")),
        ("日本語.example", (Kind.DOMAIN, "xn--wgv71a119e.example")),
        ("hxxps://Evil[.]example:443/A?b=C#d", (Kind.URL, "evil.example/A?b=C")),
        ("hxxp[://]evil.example", (Kind.URL, "evil.example/")),
        ("http://u:p@evil.example:8080/x", (Kind.URL, "evil.example:8080/x")),
        ("evil.example/path", (Kind.URL, "evil.example/path")),
        ("D41D8CD98F00B204E9800998ECF8427E", (Kind.MD5, "d41d8cd98f00b204e9800998ecf8427e")),
        ("a" * 40, (Kind.SHA1, "a" * 40)),
        ("F" * 64, (Kind.SHA256, "f" * 64)),
        ("Bad.Guy[@]Evil[.]example", (Kind.MAIL, "bad.guy@evil.example")),
    ],
)
def test_a_bare_text_is_recognised_and_spelt(text: str, expected: tuple[Kind, str]) -> None:
    assert guess(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", " ", "-", "two words.example", "evil\u202e.example", "a\x00b.example", "x" * 3000,
     "http://", "256.1.1.1", "1.2.3", "a..b", f"{'a' * 64}.example", "@evil.example", "10.0.0.0/99",
     "a b@evil.example", "g" * 32],
    ids=range(16),
)  # fmt: skip
def test_what_is_no_value_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(NotAnIndicator) as caught:
        guess(text)
    assert len(caught.value.message) < 80


def test_a_stated_kind_is_held_to() -> None:
    assert spelt(Kind.HOST, "www.evil.example") == (Kind.HOST, "www.evil.example")
    assert spelt(Kind.CIDR, "198.51.100.7") == (Kind.IP, "198.51.100.7")
    with pytest.raises(NotAnIndicator):
        spelt(Kind.MD5, "a" * 31)
    with pytest.raises(NotAnIndicator):
        spelt(Kind.IP, "evil.example")


def test_plain_text_is_not_mended() -> None:
    assert refang("https://good.example/a[1]") == "https://good.example/a[1]"


@given(st.text(max_size=60))
def test_any_text_gives_a_value_or_a_named_refusal(text: str) -> None:
    try:
        kind, value = guess(text)
    except NotAnIndicator:
        return
    assert spelt(kind, value) == (kind, value), "the spelling is stable"
