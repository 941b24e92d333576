"""Setting up a way, trying it and posting letters, as a person at the screen does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hinomi.portal.access.models import AuditEntry
from hinomi.portal.access.time import now
from hinomi.portal.ways import letters, services
from hinomi.portal.ways.models import Letter, WayAccount, WayPrice
from hinomi.respond.channels.channel import Message
from hinomi.respond.channels.registry import maker_class
from tests.portal.town import sign_in
from tests.respond.carrier_server import Answer, CarrierServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.test import Client

    from tests.portal.town import Town

pytestmark = [pytest.mark.sockets, pytest.mark.usefixtures("rehearsal")]

KEY = "s3cr3t-token-9f8e"
NASTY = "<script>alert(1)</script>"


@pytest.fixture
def carrier() -> Iterator[CarrierServer]:
    server = CarrierServer()
    yield server
    server.close()


@pytest.fixture
def client(town: Town) -> Client:
    return sign_in(town.people["manager", "own"])


def fields(carrier: CarrierServer, **changes: str) -> dict[str, str]:
    return {
        "set_key": KEY, "set_base_url": carrier.url, "monthly_quota": "10", "unit_yen": "5.5",
        **changes,
    }  # fmt: skip


def connected(client: Client, carrier: CarrierServer, town: Town) -> WayAccount:
    answer = client.post("/ways/new/?maker=line", fields(carrier))
    assert answer.status_code == 302
    return WayAccount.objects.of_firm(town.firm.id).get(kind="line")


def test_the_form_is_drawn_from_the_class(client: Client) -> None:
    for maker in ("sms_http", "voice_twilio", "line_works", "fax_mail", "webhook", "letter"):
        page = client.get(f"/ways/new/?maker={maker}")
        assert page.status_code == 200
        assert b"monthly_quota" in page.content
        assert f"<h1>{maker_class(maker).title_ja}</h1>" in page.content.decode()
    assert "Developers" in client.get("/ways/new/?maker=line").content.decode()


def test_what_may_be_added_is_named(client: Client, carrier: CarrierServer, town: Town) -> None:
    connected(client, carrier, town)
    page = client.get("/ways/new/").content.decode()
    assert ">SMS（Twilio）</a>" in page
    assert 'href="?maker=fax_mail"' in page
    assert 'href="?maker=line"' not in page


def test_a_way_is_set_up_tried_and_counted(
    client: Client, carrier: CarrierServer, town: Town
) -> None:
    way = connected(client, carrier, town)
    carrier.usual = Answer(body=b'{"sentMessages":[{"id":"1"}]}')
    page = client.post(f"/ways/{way.pk}/try/", {"to": "U1"}, follow=True)
    assert "渡しました" in page.content.decode()
    assert "試しのお知らせ" in carrier.asked[0].body.decode()
    shown = client.get("/ways/").content.decode()
    assert "使っています" in shown
    assert "1 / 10通" in shown
    assert KEY not in shown + client.get(f"/ways/{way.pk}/settings/").content.decode()


def test_two_clicks_send_one_trial(client: Client, carrier: CarrierServer, town: Town) -> None:
    way = connected(client, carrier, town)
    client.post(f"/ways/{way.pk}/try/", {"to": "U1"})
    again = client.post(f"/ways/{way.pk}/try/", {"to": "U1"})
    assert again.status_code == 422
    assert len(carrier.asked) == 1


def test_a_trial_that_fails_says_why_and_keeps_what_was_typed(
    client: Client, carrier: CarrierServer, town: Town
) -> None:
    way = connected(client, carrier, town)
    carrier.usual = Answer(401, body=KEY.encode())
    page = client.post(f"/ways/{way.pk}/try/", {"to": NASTY})
    text = page.content.decode()
    assert page.status_code == 422
    assert "いまは送れませんでした" in text
    assert NASTY not in text
    assert "&lt;script&gt;" in text
    assert KEY not in text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"set_key": ""}, "入力してください"),
        ({"set_base_url": "ftp://x"}, "https:// で始まる"),
        ({"set_base_url": "javascript:alert(1)"}, "https:// で始まる"),
        ({"set_key": "日本語の鍵"}, "この設定では送れません"),
        ({"monthly_quota": "many"}, "数字で"),
        ({"unit_yen": "-1"}, "数字で"),
    ],
)
def test_what_cannot_be_used_is_not_kept(
    client: Client, carrier: CarrierServer, town: Town, changes: dict[str, str], said: str
) -> None:
    page = client.post("/ways/new/?maker=line", fields(carrier, **changes))
    assert page.status_code == 422
    assert said in page.content.decode()
    assert not WayAccount.objects.of_firm(town.firm.id).filter(kind="line").exists()


def test_a_second_of_a_kind_is_refused_and_two_clicks_make_one(
    client: Client, carrier: CarrierServer, town: Town
) -> None:
    connected(client, carrier, town)
    page = client.post("/ways/new/?maker=line", fields(carrier))
    assert page.status_code == 422
    assert "もうあります" in page.content.decode()


def test_settings_change_under_two_people_is_told(
    client: Client, carrier: CarrierServer, town: Town
) -> None:
    way = connected(client, carrier, town)
    first = fields(carrier, set_key="", version="1", unit_yen="7")
    assert client.post(f"/ways/{way.pk}/settings/", first).status_code == 302
    assert client.post(f"/ways/{way.pk}/settings/", first).status_code == 409
    prices = WayPrice.objects.across_all(reason="a test looks").filter(way=way)
    assert [str(row.yen) for row in prices] == ["7.00"]


def test_what_was_removed_can_be_taken_back_once_and_is_audited(
    client: Client, carrier: CarrierServer, town: Town
) -> None:
    way = connected(client, carrier, town)
    client.post(f"/ways/{way.pk}/remove/")
    client.post(f"/ways/{way.pk}/remove/")
    assert "line" not in services.channels_of(town.firm.id)
    assert "元に戻す" in client.get("/ways/").content.decode()
    client.post(f"/ways/{way.pk}/take-back/")
    assert "line" in services.channels_of(town.firm.id)
    acts = AuditEntry.objects.filter(what__startswith="ways:way:", detail__way=way.pk)
    assert [entry.what.rpartition(":")[2] for entry in acts.order_by("pk")] == [
        "connect", "remove", "take_back",
    ]  # fmt: skip


def test_the_page_warns_before_the_quota_is_used_up(
    client: Client, carrier: CarrierServer, town: Town
) -> None:
    connected(client, carrier, town)
    from hinomi.respond.channels.channel import Receipt

    for number in range(8):
        services.count(
            town.firm.id, "line", Receipt(f"x{number}"), now(),
            organisation_id=town.aoba.organisation.id,
        )  # fmt: skip
    page = client.get("/ways/").content.decode()
    assert "8割を使いました" in page
    assert "青葉工務店" in page
    assert "44円" in page


def test_a_letter_is_printed_and_posted_once(client: Client, town: Town) -> None:
    desk = sign_in(town.people["desk", "own"])
    for _ in range(2):
        letters.put_letter(
            firm_id=town.firm.id,
            message=Message(
                to="〒604-0000\n京都市\n青葉 様", subject="今すぐ", body_text="本文",
                message_id="l-1", number="K-2041", organisation_id=town.aoba.organisation.id,
            ),
        )  # fmt: skip
    (waiting,) = Letter.objects.of_firm(town.firm.id).filter(message_id="l-1")
    assert "今すぐ" in desk.get("/ways/letters/").content.decode()
    pdf = desk.get(f"/ways/letters/{waiting.pk}/")
    assert pdf["Content-Type"] == "application/pdf"
    assert pdf.content.startswith(b"%PDF")
    for _ in range(2):
        desk.post(f"/ways/letters/{waiting.pk}/posted/")
    assert AuditEntry.objects.filter(what="ways:letter:post").count() == 1
    waiting.refresh_from_db()
    assert waiting.posted_by_id == town.people["desk", "own"].pk


def test_another_firms_letters_and_ways_do_not_exist(town: Town) -> None:
    stranger = sign_in(town.people["manager", "other firm"])
    assert stranger.get(f"/ways/{town.aoba.way.pk}/").status_code == 404
    assert stranger.get(f"/ways/letters/{town.aoba.postal.pk}/").status_code == 404
    assert town.aoba.canary not in stranger.get("/ways/letters/").content.decode()
