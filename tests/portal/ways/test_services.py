"""A firm's ways are kept sealed, opened for sending and counted."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from hinomi.config import SmtpServer
from hinomi.portal.access.time import now
from hinomi.portal.ways import queries, services
from hinomi.portal.ways.models import WayAccount, WayUse
from hinomi.respond.channels.channel import Receipt
from hinomi.respond.channels.mail import Mail
from tests.portal.town import configured

if TYPE_CHECKING:
    from pytest_django.fixtures import SettingsWrapper

    from tests.portal.town import Town

SECRET = "s3cret-of-the-mail-server"
NEW_YEAR = datetime(2026, 12, 31, 15, 30, tzinfo=UTC)  # 00:30 on 1 January in Japan
NEVER = "a test looks"


def mail_way(**changes: object) -> services.Wanted:
    values: dict[str, object] = {
        "maker": "mail",
        "options": {
            "host": "smtp.example", "port": "465", "security": "tls", "user": "u",
            "sender": "見守り <tower@example.jp>", "charset": "iso-2022-jp",
        },
        "secrets": {"password": SECRET},
    }  # fmt: skip
    return services.Wanted(**(values | changes))  # type: ignore[arg-type]


def test_a_way_is_opened_with_its_own_settings(town: Town) -> None:
    services.connect(firm_id=town.firm.id, wanted=mail_way(), user=None)
    mail = services.channels_of(town.firm.id)["mail"]
    assert isinstance(mail, Mail)
    assert (mail.server.host, mail.server.password) == ("smtp.example", SECRET)
    assert mail.charset == "iso-2022-jp"
    assert SECRET not in repr(mail)


def test_no_secret_lies_open_in_the_database(town: Town) -> None:
    way = services.connect(firm_id=town.firm.id, wanted=mail_way(), user=None)
    row = WayAccount.objects.of_firm(town.firm.id).filter(pk=way.pk).values().get()
    assert SECRET not in str(row)


def test_mail_falls_back_to_the_houses_own(town: Town, settings: SettingsWrapper) -> None:
    assert "mail" not in services.channels_of(town.firm.id)
    settings.HINOMI = configured(smtp=SmtpServer("house.example", 25))
    mail = services.channels_of(town.firm.id)["mail"]
    assert isinstance(mail, Mail)
    assert mail.server.host == "house.example"


def test_another_firms_way_is_never_used(town: Town) -> None:
    services.connect(firm_id=town.firm.id, wanted=mail_way(), user=None)
    other = town.people["manager", "other firm"].memberships.get().firm_id
    assert dict(services.channels_of(other)) == {}


def test_what_is_paused_or_removed_is_not_used(town: Town) -> None:
    way = services.connect(firm_id=town.firm.id, wanted=mail_way(), user=None)
    services.pause(way=way, user=None)
    assert "mail" not in services.channels_of(town.firm.id)
    services.resume(way=way, user=None)
    assert "mail" in services.channels_of(town.firm.id)
    services.remove(way=way, user=None)
    assert "mail" not in services.channels_of(town.firm.id)
    services.take_back(way=way, user=None)
    assert "mail" in services.channels_of(town.firm.id)


def test_one_that_cannot_be_opened_keeps_no_other_from_sending(
    town: Town, settings: SettingsWrapper, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("WARNING", logger="hinomi.portal.ways.opening")
    way = services.connect(firm_id=town.firm.id, wanted=mail_way(), user=None)
    WayAccount.objects.of_firm(town.firm.id).filter(pk=way.pk).update(secrets="1:AAAA")
    settings.HINOMI = configured(smtp=SmtpServer("house.example", 25))
    mail = services.channels_of(town.firm.id)["mail"]
    assert isinstance(mail, Mail)
    assert mail.server.host == "house.example"
    assert way.pk in caplog.text


def test_a_second_way_of_a_kind_is_refused(town: Town) -> None:
    services.connect(firm_id=town.firm.id, wanted=mail_way(), user=None)
    with pytest.raises(services.KindTaken):
        services.connect(firm_id=town.firm.id, wanted=mail_way(), user=None)


def test_two_people_do_not_overwrite_each_other(town: Town) -> None:
    way = services.connect(firm_id=town.firm.id, wanted=mail_way(), user=None)
    services.change(way=way, wanted=mail_way(), version=1, user=None)
    with pytest.raises(services.ChangedMeanwhile):
        services.change(way=way, wanted=mail_way(), version=1, user=None)


def test_a_secret_left_empty_stays(town: Town) -> None:
    way = services.connect(firm_id=town.firm.id, wanted=mail_way(), user=None)
    services.change(way=way, wanted=mail_way(secrets={"password": ""}), version=1, user=None)
    mail = services.channels_of(town.firm.id)["mail"]
    assert isinstance(mail, Mail)
    assert mail.server.password == SECRET


def test_messages_are_counted_by_month_of_japan_and_company(town: Town) -> None:
    services.connect(firm_id=town.firm.id, wanted=mail_way(unit_yen=Decimal("9.90")), user=None)
    company = town.aoba.organisation.id
    for _ in range(2):  # the same message told twice
        services.count(
            town.firm.id, "mail", Receipt("m-1", units=2), NEW_YEAR, organisation_id=company
        )
    services.count(town.firm.id, "mail", Receipt("m-2"), NEW_YEAR)
    month = queries.month(firm_id=town.firm.id, kind="mail", moment=NEW_YEAR)
    assert (month.messages, month.units, month.cost_yen) == (2, 3, Decimal("29.70"))
    rows = WayUse.objects.across_all(reason=NEVER).values_list("month", "organisation_id", "units")
    assert sorted(rows, key=str) == sorted(
        [(NEW_YEAR.date().replace(year=2027, month=1, day=1), None, 1),
         (NEW_YEAR.date().replace(year=2027, month=1, day=1), company, 2)], key=str,
    )  # fmt: skip


def test_a_price_holds_from_its_day_on(town: Town) -> None:
    wanted = mail_way(unit_yen=Decimal("10"))
    way = services.connect(firm_id=town.firm.id, wanted=wanted, user=None)
    before = datetime(2020, 1, 1, tzinfo=UTC)
    services.count(town.firm.id, "mail", Receipt("old"), before)
    assert queries.month(firm_id=town.firm.id, kind="mail", moment=before).cost_yen == 0
    services.count(town.firm.id, "mail", Receipt("new"), now())
    assert queries.month(firm_id=town.firm.id, kind="mail", moment=now()).cost_yen == 10
    assert way.prices.count() == 1


def test_a_month_that_is_used_up_is_outside_the_quota(town: Town) -> None:
    services.connect(firm_id=town.firm.id, wanted=mail_way(monthly_quota=2), user=None)
    for number in range(2):
        assert queries.is_within_quota(town.firm.id, "mail", now())
        services.count(town.firm.id, "mail", Receipt(f"m-{number}"), now())
    assert not queries.is_within_quota(town.firm.id, "mail", now())
    assert queries.is_within_quota(town.firm.id, "sms", now())
    assert [each.kind for each in queries.over_quota(firm_id=town.firm.id, moment=now())] == [
        "mail"
    ]
