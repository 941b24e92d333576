"""Passkeys hang on the configured address, whatever a request says of itself."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from django.test import Client, RequestFactory

from hinomi.portal.accounts.refusals import SENTENCES, Reason
from hinomi.portal.accounts.relying import Place, is_offered, place

if TYPE_CHECKING:
    from pytest_django.fixtures import SettingsWrapper


@pytest.mark.parametrize(
    ("public_url", "expected"),
    [
        ("https://mado.example.jp", Place("mado.example.jp", "https://mado.example.jp")),
        ("https://Mado.example.jp:443/hinomi", Place("mado.example.jp", "https://mado.example.jp")),
        ("https://mado.example.jp:8443", Place("mado.example.jp", "https://mado.example.jp:8443")),
        ("http://localhost:8000", Place("localhost", "http://localhost:8000")),
        ("", Place("localhost", "")),
        ("http://mado.example.jp", None),
        ("https://192.0.2.7", None),
        ("https://[2001:db8::1]:8443", None),
    ],
)
def test_the_place_is_the_configured_address(
    settings: SettingsWrapper, public_url: str, expected: Place | None
) -> None:
    settings.HINOMI = replace(settings.HINOMI, public_url=public_url)
    assert place() == expected


@pytest.mark.parametrize(
    ("origin", "is_ours"),
    [
        ("http://localhost", True),
        ("http://localhost:8123", True),
        ("https://localhost:8123", False),
        ("http://localhost.evil.example", False),
        ("http://localhost:8123@evil.example", False),
        ("http://127.0.0.1:8123", False),
    ],
)
def test_without_a_public_address_only_this_machine_is_ours(origin: str, is_ours: bool) -> None:
    assert Place("localhost", "").is_ours(origin) is is_ours


@pytest.mark.parametrize(("host", "offered"), [("testserver", True), ("localhost", False)])
def test_the_button_stands_only_under_the_name_passkeys_hang_on(
    settings: SettingsWrapper, host: str, offered: bool
) -> None:
    settings.HINOMI = replace(settings.HINOMI, public_url="https://testserver")
    assert is_offered(RequestFactory().get("/", headers={"host": host})) is offered


@pytest.mark.django_db
def test_where_browsers_know_no_passkeys_none_are_offered_or_asked_for(
    settings: SettingsWrapper,
) -> None:
    settings.HINOMI = replace(settings.HINOMI, public_url="http://testserver")
    door = Client()
    assert "パスキー" not in door.get("/accounts/sign-in/").content.decode()
    assert door.post("/accounts/sign-in/passkey/question/").status_code == 404
    refused = door.post("/accounts/sign-in/passkey/", {"answer": "{}"})
    assert (refused.status_code, SENTENCES[Reason.LATE] in refused.content.decode()) == (400, True)
