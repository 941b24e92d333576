"""Trust in our words: is it genuine, and a fake in our name told to all in two clicks."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.test import Client

from hinomi.core.clock import FixedClock
from hinomi.portal.access.models import AuditEntry
from hinomi.portal.access.time import now
from hinomi.portal.forgeries import rates, services
from hinomi.portal.forgeries.models import FakeWarning, SuspectReport, Verdict
from hinomi.portal.forgeries.queries import number_in
from hinomi.portal.notices.models import Notice, NoticeState
from tests.portal.town import sign_in

if TYPE_CHECKING:
    from pytest_django.fixtures import SettingsWrapper

    from tests.portal.town import Company, Town

pytestmark = pytest.mark.django_db


def sent(company: Company) -> None:
    Notice.objects.of(company.organisation.id).update(state=NoticeState.SENT, sent_at=now())


def warned(company: Company) -> int:
    rows = Notice.objects.of(company.organisation.id).filter(dedupe_key__contains="forgery:")
    return rows.count()


def ordered() -> int:
    return FakeWarning.objects.across_all(reason="the test looks").count()


def later(settings: SettingsWrapper, **by: float) -> None:
    settings.HINOMI = replace(settings.HINOMI, clock=FixedClock(now() + timedelta(**by)))


@pytest.mark.parametrize("text", ["K-2041", "k2041", "Ｋ－２０４１", " K‐2041 ", "Kー2041"])
def test_a_number_is_read_in_any_spelling(text: str) -> None:
    assert number_in(text) == "K-2041"


@pytest.mark.parametrize("text", ["2041", "K-", "K-12x", "", "K-2041 OR 1", "K-" + "9" * 40])
def test_what_is_no_number_is_none(text: str) -> None:
    assert number_in(text) == ""


def test_a_stranger_learns_time_and_title_and_nothing_else(town: Town) -> None:
    sent(town.aoba)
    page = Client().post("/genuine/", {"number": town.aoba.incident.number})
    assert page.context["found"].title
    text = page.content.decode()
    assert page.context["found"].title in text
    for secret in (town.aoba.canary, "青葉", "火の見サービス"):
        assert secret not in text


def test_only_what_really_went_out_is_genuine(town: Town) -> None:
    number = town.aoba.incident.number
    for each in (number, "K-9999999"):
        page = Client().post("/genuine/", {"number": each})
        assert page.status_code == 200
        assert page.context["found"] is None
        assert "送った記録はありません" in page.content.decode()


def test_guessing_numbers_does_not_pay(town: Town) -> None:
    sent(town.aoba)
    asking = [
        Client().post("/genuine/", {"number": f"K-{number}"}).status_code
        for number in range(2000, 2000 + rates.PER_ADDRESS + 2)
    ]
    assert asking == [200] * rates.PER_ADDRESS + [429, 429]
    late = Client().post("/genuine/", {"number": town.aoba.incident.number})
    assert "found" not in late.context
    assert late["Retry-After"] == str(rates.WINDOW_S)
    other = Client(REMOTE_ADDR="192.0.2.7").post("/genuine/", {"number": "K-1"})
    assert other.status_code == 200


def test_a_customer_reports_once_however_often_the_button_is_pressed(town: Town) -> None:
    owner = sign_in(town.people["owner", "own"])
    fields = {"way": "mail", "text": "至急\x07こちらへ https://fake.example/"}
    for _ in range(2):
        assert owner.post("/suspicious/", fields).status_code == 302
    row = SuspectReport.objects.of(town.aoba.organisation.id).get()
    assert "\x07" not in row.text
    assert "確かめています" in owner.get("/suspicious/").content.decode()
    empty = owner.post("/suspicious/", {"way": "mail", "text": "", "did_something": "on"})
    assert empty.status_code == 422
    assert AuditEntry.objects.filter(what="forgeries:forgery:report").count() == 1


def made(town: Town) -> SuspectReport:
    return services.report(
        organisation_id=town.aoba.organisation.id,
        way="mail",
        text="にせ",
        did_something=False,
        user=town.people["owner", "own"],
    )


def test_two_clicks_warn_every_customer_of_the_firm_and_of_no_other(
    town: Town, settings: SettingsWrapper
) -> None:
    report = made(town)
    analyst = sign_in(town.people["analyst", "own"])
    first = analyst.get("/forgeries/warn/", {"report": report.pk})
    assert "2社に注意を出しますか" in first.content.decode()
    assert "にせの連絡が出ています" in first.content.decode()
    assert FakeWarning.objects.across_all(reason="the test looks").count() == 0, (
        "a look orders nothing"
    )
    for _ in range(2):
        assert analyst.post("/forgeries/warn/", {"report": report.pk}).status_code == 302
    assert ordered() == 1
    assert services.send_due() == 0, "a minute to undo"
    later(settings, seconds=61)
    assert services.send_due() == 2
    assert services.send_due() == 0
    assert warned(town.aoba) == 2, "owner and staff"
    assert warned(town.umi) == 0
    report.refresh_from_db()
    assert report.verdict == Verdict.FAKE
    acts = list(
        AuditEntry.objects.filter(what__startswith="forgeries:warning").values_list(
            "what", flat=True
        )
    )
    assert sorted(acts) == ["forgeries:warning:order", "forgeries:warning:send"]


def test_until_the_first_is_sent_the_warning_can_be_undone(
    town: Town, settings: SettingsWrapper
) -> None:
    report, manager = made(town), sign_in(town.people["manager", "own"])
    manager.post("/forgeries/warn/", {"report": report.pk})
    warning = FakeWarning.objects.of_firm(town.firm.id).get()
    stranger = sign_in(town.people["manager", "other firm"])
    assert stranger.post("/forgeries/undo/", {"warning": warning.pk}).status_code == 404
    manager.post("/forgeries/undo/", {"warning": warning.pk})
    later(settings, seconds=61)
    assert services.send_due() == 0
    assert warned(town.aoba) == 0
    report.refresh_from_db()
    assert report.verdict == Verdict.WAITING
    manager.post("/forgeries/warn/", {})
    later(settings, seconds=61)
    services.send_due()
    second = FakeWarning.objects.of_firm(town.firm.id).latest("pk")
    with pytest.raises(services.TooLate):
        services.undo_warning(warning=second, user=town.people["manager", "own"])


def test_a_warning_goes_on_after_a_kill_between_two_batches_and_doubles_nothing(
    town: Town, settings: SettingsWrapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "BATCH", 1)
    services.order_warning(firm_id=town.firm.id, report=None, user=town.people["manager", "own"])
    later(settings, seconds=61)

    def die(name: str) -> None:
        raise KeyboardInterrupt(name)

    assert services.send_due() == 1
    with monkeypatch.context() as killed:
        killed.setattr("hinomi.portal.forgeries.services.crash.point", die)
        with pytest.raises(KeyboardInterrupt):
            services.send_due()
    told = [services.send_due() for _ in range(3)]
    assert told == [1, 0, 0]
    assert warned(town.aoba) == warned(town.fumi) > 0


def test_a_genuine_message_is_told_so_and_another_firm_sees_no_report(town: Town) -> None:
    report = made(town)
    stranger = sign_in(town.people["analyst", "other firm"])
    assert "にせ</span>" not in stranger.get("/forgeries/").content.decode()
    assert stranger.post("/forgeries/genuine/", {"report": report.pk}).status_code == 404
    assert stranger.get("/forgeries/warn/", {"report": report.pk}).status_code == 404
    analyst = sign_in(town.people["analyst", "own"])
    analyst.post("/forgeries/genuine/", {"report": report.pk})
    owner = sign_in(town.people["owner", "own"])
    assert "わたしたちが送ったものでした" in owner.get("/suspicious/").content.decode()
