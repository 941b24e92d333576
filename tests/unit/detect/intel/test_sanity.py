"""A poisoned feed accuses nobody: what is not believable is held, with the reason."""

from __future__ import annotations

import pytest

from hinomi.core.indicators import Kind
from hinomi.detect.intel import Doubt, Indicator, Sanity
from hinomi.detect.intel.sanity import well_known
from hinomi.detect.intel.values import guess, spelt

SANITY = Sanity(declared=["203.0.113.77", "8.26.56.0/24", "not an address"])


def doubt(text: str, kind: Kind | None = None) -> Doubt | None:
    found, value = spelt(kind, text) if kind else guess(text)
    return SANITY.doubt(Indicator(found, value))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("0.0.0.0/0", Doubt.TOO_WIDE),
        ("::/0", Doubt.TOO_WIDE),
        ("45.0.0.0/15", Doubt.TOO_WIDE),
        ("2a00::/31", Doubt.TOO_WIDE),
        ("10.1.2.3", Doubt.PRIVATE),
        ("192.168.0.0/16", Doubt.PRIVATE),
        ("127.0.0.1", Doubt.PRIVATE),
        ("169.254.1.1", Doubt.PRIVATE),
        ("224.0.0.251", Doubt.PRIVATE),
        ("fe80::1", Doubt.PRIVATE),
        ("100.64.0.1", Doubt.PRIVATE),
        ("8.8.8.8", Doubt.WELL_KNOWN),
        ("1.1.1.0/24", Doubt.WELL_KNOWN),
        ("google.com", Doubt.WELL_KNOWN),
        ("www.google.com", Doubt.WELL_KNOWN),
        ("windowsupdate.com", Doubt.WELL_KNOWN),
        ("line.me", Doubt.WELL_KNOWN),
        ("yahoo.co.jp", Doubt.WELL_KNOWN),
        ("www.rakuten.co.jp", Doubt.WELL_KNOWN),
        ("login.microsoftonline.com", Doubt.WELL_KNOWN),
        ("t.co", Doubt.WELL_KNOWN),
        ("https://github.com/", Doubt.WELL_KNOWN),
        ("https://8.8.8.8/", Doubt.WELL_KNOWN),
        ("co.jp", Doubt.SUFFIX),
        ("github.io", Doubt.SUFFIX),
        ("8.26.56.9", Doubt.CUSTOMER),
        ("d41d8cd98f00b204e9800998ecf8427e", Doubt.COMMON_FILE),
        ("0" * 64, Doubt.COMMON_FILE),
        ("F" * 32, Doubt.COMMON_FILE),
        ("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", Doubt.COMMON_FILE),
    ],
)
def test_what_would_accuse_everybody_is_held(text: str, reason: Doubt) -> None:
    assert doubt(text) is reason
    assert reason.words


def test_a_top_level_domain_is_held() -> None:
    assert doubt("com", Kind.DOMAIN) is Doubt.SUFFIX


@pytest.mark.parametrize(
    "text",
    ["45.155.205.233", "45.155.0.0/16", "2a0a:1234::1", "evil.example", "evil.github.io",
     "https://github.com/evil/repository/raw/x.exe", "https://docs.google.com/forms/d/x",
     "bad@gmail.com", "a" * 64, "google.com.evil.example"],
)  # fmt: skip
def test_what_attackers_really_use_passes(text: str) -> None:
    assert doubt(text) is None


def test_our_own_list_is_written_as_indicators_are() -> None:
    """A slip in the file would silently protect nobody."""
    known = well_known()
    for name in known.names | known.suffixes:
        assert guess(name) == (Kind.DOMAIN, name)
    for address in known.addresses:
        assert guess(address) == (Kind.IP, address)
    assert min(map(len, (known.names, known.addresses, known.suffixes, known.hashes))) > 5
