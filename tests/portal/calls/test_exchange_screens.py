"""A manager sets up an exchange: its secret is shown once, sealed, renewed and removed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from hinomi.portal.access.models import AuditEntry
from hinomi.portal.calls.exchanges import secret_of
from hinomi.portal.calls.models import Exchange
from tests.portal.calls.exchanges import Pbx, pbx_of
from tests.portal.town import sign_in

if TYPE_CHECKING:
    from django.test import Client
    from pytest_django.fixtures import SettingsWrapper

    from tests.portal.town import Town

FORM = {"name": "本社の電話", "speaks": "json"}
SECRET = re.compile(r"hinomi_ex_[\w-]{43}")


@pytest.fixture
def manager(town: Town) -> Client:
    return sign_in(town.people["manager", "own"])


def made(town: Town) -> Exchange:
    return Exchange.objects.of_firm(town.firm.id).get(name="本社の電話", removed_at=None)


def test_the_secret_is_shown_once_with_the_address_and_kept_sealed(
    town: Town, manager: Client
) -> None:
    answer = manager.post("/calls/exchanges/new/", FORM)
    page, row = answer.content.decode(), made(town)
    shown = SECRET.search(page)
    assert shown is not None
    assert "no-store" in answer["Cache-Control"]
    assert f"/calls/events/{row.pk}/" in page
    assert shown[0] == secret_of(row)
    assert shown[0] not in row.secret
    later = manager.get(f"/calls/exchanges/{row.pk}/").content.decode()
    assert not SECRET.search(later)
    assert f"/calls/events/{row.pk}/" in later
    assert shown[0] not in str(list(AuditEntry.objects.values_list("detail", flat=True)))


def test_a_second_press_makes_no_second_exchange(town: Town, manager: Client) -> None:
    manager.post("/calls/exchanges/new/", FORM)
    assert manager.post("/calls/exchanges/new/", FORM).status_code == 422
    assert made(town)


@pytest.mark.parametrize(
    "form",
    [
        {}, {"name": "本社"}, {"name": " \u202e ", "speaks": "json"},
        {"name": "本社", "speaks": "morse"}, {"name": "本社", "speaks": "twilio"},
        {"name": "本" * 61, "speaks": "json"},
    ],
)  # fmt: skip
def test_what_is_missing_is_said_and_what_was_typed_stays(
    town: Town, manager: Client, form: dict[str, str]
) -> None:
    before = Exchange.objects.of_firm(town.firm.id).count()
    answer = manager.post("/calls/exchanges/new/", form)
    assert answer.status_code == 422
    assert form.get("name", "").strip(" \u202e") in answer.content.decode()
    assert Exchange.objects.of_firm(town.firm.id).count() == before


def test_twilio_s_own_token_is_sealed_and_never_shown(town: Town, manager: Client) -> None:
    form = {"name": "本社の電話", "speaks": "twilio", "token": "their-own-token"}
    page = manager.post("/calls/exchanges/new/", form, follow=True).content.decode()
    row = made(town)
    assert "their-own-token" not in page + row.secret
    assert secret_of(row) == "their-own-token"
    assert manager.post(f"/calls/exchanges/{row.pk}/renew/", {}).status_code == 422
    manager.post(f"/calls/exchanges/{row.pk}/renew/", {"token": "another"})
    assert secret_of(made(town)) == "another"


def test_renewing_and_removing_ask_first(
    town: Town, manager: Client, settings: SettingsWrapper
) -> None:
    pbx = pbx_of(town, settings)
    for act in ("renew", "remove"):
        assert manager.get(f"/calls/exchanges/{pbx.exchange.pk}/{act}/").status_code == 200
    assert secret_of(pbx.seen()) == pbx.secret
    page = manager.post(f"/calls/exchanges/{pbx.exchange.pk}/renew/").content.decode()
    new = SECRET.search(page)
    assert new is not None
    assert new[0] == secret_of(pbx.seen()) != pbx.secret
    for _ in range(2):
        manager.post(f"/calls/exchanges/{pbx.exchange.pk}/remove/")
    assert (pbx.seen().secret, pbx.seen().removed_at is None) == ("", False)
    assert AuditEntry.objects.filter(what="calls:exchange:remove").count() == 1
    manager.post(f"/calls/exchanges/{pbx.exchange.pk}/renew/")
    assert pbx.seen().secret == ""


def test_the_page_says_what_came_last_and_what_was_refused(
    town: Town, manager: Client, settings: SettingsWrapper
) -> None:
    pbx: Pbx = pbx_of(town, settings)
    page = f"/calls/exchanges/{pbx.exchange.pk}/"
    assert "まだありません" in manager.get(page).content.decode()
    pbx.tell("ringing")
    pbx.post(b"{")
    shown = manager.get(page).content.decode()
    assert "まだありません" not in shown
    assert "The body is not JSON." in shown


def test_an_exchange_of_another_firm_does_not_exist(town: Town, settings: SettingsWrapper) -> None:
    pbx = pbx_of(town, settings)
    stranger = sign_in(town.people["manager", "other firm"])
    assert "本社の電話" not in stranger.get("/calls/exchanges/").content.decode()
    for act in ("", "renew/", "remove/"):
        assert stranger.get(f"/calls/exchanges/{pbx.exchange.pk}/{act}").status_code == 404
        assert stranger.post(f"/calls/exchanges/{pbx.exchange.pk}/{act}").status_code in {404, 405}
    assert secret_of(pbx.seen()) == pbx.secret
