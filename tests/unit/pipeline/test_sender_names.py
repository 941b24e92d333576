"""What the DNS says of the sender's domain, and what to publish where it says too little."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hinomi.pipeline.sender_names import dkim, dmarc, spf

if TYPE_CHECKING:
    from collections.abc import Callable

DOMAIN = "mail.example.jp"


def said(**records: list[str]) -> Callable[[str], list[str]]:
    return lambda name: records.get(name, [])


def at(name: str, *texts: str) -> Callable[[str], list[str]]:
    return said(**{name: list(texts)})


@pytest.mark.parametrize(
    ("texts", "fit"),
    [
        (["v=spf1 include:_spf.example.net -all", "other=1"], True),
        (["v=spf1 mx ~all"], True),
        (["v=spf1 redirect=_spf.example.net"], True),
        ([], False),
        (["v=spf10 -all"], False),
        (["v=spf1 -all", "v=spf1 mx -all"], False),
        (["v=spf1 +all"], False),
        (["v=spf1 ?all"], False),
        (["v=spf1 " + " ".join(f"include:{n}.example" for n in range(11)) + " -all"], False),
    ],
)
def test_spf_is_judged_as_receivers_do(texts: list[str], fit: bool) -> None:
    is_fit, what, advice = spf(DOMAIN, ask=at(DOMAIN, *texts))
    assert is_fit is fit
    assert DOMAIN in what
    assert bool(advice) is not fit


@pytest.mark.parametrize(
    ("texts", "fit"),
    [(["v=DKIM1; k=rsa; p=MIIB"], True), (["v=DKIM1; p="], False), (["hello"], False)],
)
def test_a_dkim_key_is_found_under_the_usual_names(texts: list[str], fit: bool) -> None:
    is_fit, _, advice = dkim(DOMAIN, ask=at(f"selector1._domainkey.{DOMAIN}", *texts))
    assert is_fit is fit
    assert bool(advice) is not fit


@pytest.mark.parametrize(
    ("name", "text", "fit"),
    [
        (DOMAIN, "v=DMARC1; p=reject", True),
        (DOMAIN, "v=DMARC1;p=none; rua=mailto:a@b", False),
        ("example.jp", "v=DMARC1; p=quarantine", True),
        ("example.jp", "v=DMARC1; p=reject; sp=none", False),
        ("jp", "v=DMARC1; p=reject", False),
        ("other.jp", "v=DMARC1; p=reject", False),
    ],
)
def test_dmarc_holds_for_the_domain_and_its_children(name: str, text: str, fit: bool) -> None:
    is_fit, _, advice = dmarc(DOMAIN, ask=at(f"_dmarc.{name}", text))
    assert is_fit is fit
    assert bool(advice) is not fit


def test_what_to_publish_is_said_in_full() -> None:
    nothing = said()
    assert f"_dmarc.{DOMAIN}" in dmarc(DOMAIN, ask=nothing)[2]
    assert "v=spf1" in spf(DOMAIN, ask=nothing)[2]
    assert DOMAIN in dkim(DOMAIN, ask=nothing)[2]
