"""What carriers tell later is believed only when it is signed, and about a message of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.test import Client

from hinomi.portal.access.time import now
from hinomi.portal.ways import services
from hinomi.portal.ways.arrivals import note_arrival, reports_after
from hinomi.portal.ways.models import Arrival, WayAccount
from hinomi.respond.channels.channel import Receipt
from hinomi.respond.channels.twilio import signature
from tests.portal.town import configured

if TYPE_CHECKING:
    from django.http import HttpResponse
    from pytest_django.fixtures import SettingsWrapper

    from tests.portal.town import Town

KEY = "twilio-auth-token"
PUBLIC = "https://tower.example"


@pytest.fixture
def way(town: Town, settings: SettingsWrapper) -> WayAccount:
    settings.HINOMI = configured(public_url=PUBLIC)
    wanted = services.Wanted(
        maker="sms_twilio",
        options={"account": "AC1", "sender": "+8150", "base_url": "https://api.twilio.com"},
        secrets={"key": KEY},
    )
    made = services.connect(firm_id=town.firm.id, wanted=wanted, user=None)
    services.count(town.firm.id, "sms", Receipt("SM1"), now())
    return made


def tell(way: WayAccount, form: dict[str, str], *, key: str = KEY) -> HttpResponse:
    path = f"/ways/reports/{way.pk}/"
    signed = signature(key, url=PUBLIC + path, form=form)
    return Client().post(path, form, headers={"X-Twilio-Signature": signed})  # type: ignore[return-value]


def found() -> list[tuple[str, str, str]]:
    return [(row.handed.provider_id, row.arrival, row.reason) for row in reports_after(0)]


def test_a_signed_report_becomes_a_row_once(way: WayAccount) -> None:
    form = {"MessageSid": "SM1", "MessageStatus": "undelivered", "ErrorCode": "30003"}
    for _ in range(2):
        assert tell(way, form).status_code == 204
    assert found() == [("SM1", "hard", "30003")]


def test_an_unsigned_or_changed_report_is_refused(way: WayAccount) -> None:
    form = {"MessageSid": "SM1", "MessageStatus": "delivered"}
    assert tell(way, form, key="another").status_code == 403
    path = f"/ways/reports/{way.pk}/"
    assert Client().post(path, form).status_code == 403
    signed = signature(KEY, url=PUBLIC + path, form=form)
    changed = {**form, "MessageStatus": "failed"}
    answer = Client().post(path, changed, headers={"X-Twilio-Signature": signed})
    assert answer.status_code == 403
    assert found() == []


def test_a_way_without_a_key_believes_nothing(way: WayAccount) -> None:
    """An empty key would let everybody sign."""
    WayAccount.objects.of_firm(way.firm_id).filter(pk=way.pk).update(secrets="")
    form = {"MessageSid": "SM1", "MessageStatus": "delivered"}
    assert tell(way, form, key="").status_code == 403


def test_a_report_about_a_strangers_message_changes_nothing(way: WayAccount, town: Town) -> None:
    other = town.people["manager", "other firm"].memberships.get().firm_id
    services.count(other, "sms", Receipt("SM-other"), now())
    for sid in ("SM-other", "SM-unknown"):
        assert tell(way, {"MessageSid": sid, "MessageStatus": "failed"}).status_code == 204
    assert found() == []


def test_a_state_on_the_way_says_nothing_yet(way: WayAccount) -> None:
    assert tell(way, {"MessageSid": "SM1", "MessageStatus": "queued"}).status_code == 204
    assert found() == []


def test_an_unknown_account_or_another_makers_is_not_found(town: Town) -> None:
    assert Client().post("/ways/reports/way_none/", {}).status_code == 404
    assert Client().post(f"/ways/reports/{town.aoba.way.pk}/", {}).status_code == 404


def test_the_known_signature_of_twilios_own_example() -> None:
    """From its documentation on security."""
    form = {
        "CallSid": "CA1234567890ABCDE", "Caller": "+12349013030", "Digits": "1234",
        "From": "+12349013030", "To": "+18005551212",
    }  # fmt: skip
    made = signature("12345", url="https://mycompany.com/myapp.php?foo=1&bar=2", form=form)
    assert made == "0/KCTR6DLpKmkAf8muzZqo1nDgQ="


def test_reports_are_read_in_order_with_a_cursor(way: WayAccount) -> None:
    for arrival in (Arrival.SOFT, Arrival.DELIVERED):
        assert note_arrival(kind="sms", provider_id="SM1", arrival=arrival, moment=now())
    first, second = reports_after(0)
    assert [row.pk for row in reports_after(first.pk)] == [second.pk]
