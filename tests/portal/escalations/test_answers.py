"""The two doors at which people answer from outside: a key in our call, a button behind a mail."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.test import Client

from hinomi.portal.escalations import promises
from hinomi.portal.escalations.models import CallBack, KeyPress
from hinomi.portal.incidents.models import Answer, Incident
from hinomi.portal.notices.models import Notice
from hinomi.portal.notices.presses import press_url, tap_url
from tests.portal.town import configured, sign_in

if TYPE_CHECKING:
    from django.http import HttpResponse

    from tests.portal.escalations.conftest import Night

TOKEN = re.compile(r"https://tower\.example(/k/[^/\s]+/)")


@pytest.fixture
def called(night: Night) -> Notice:
    """葵 is being called."""
    night.settings.HINOMI = configured(public_url="https://tower.example")
    night.attack()
    night.at()
    night.at(minutes=2)
    return night.calls()[0]


def post(notice: Notice, digits: str) -> HttpResponse:
    path = press_url(notice.pk).removeprefix("https://tower.example")
    return Client(enforce_csrf_checks=True).post(path, {"Digits": digits})


def answers(night: Night) -> list[str]:
    return list(Answer.objects.of(night.company).order_by("pk").values_list("choice", flat=True))


def test_a_key_in_our_call_is_the_answer_and_hears_what_was_understood(
    night: Night, called: Notice
) -> None:
    said = post(called, "1")
    assert (said.status_code, answers(night)) == (200, ["done"])
    assert "「線を抜いた」を受け取りました。" in said.content.decode()
    assert "<Hangup/>" in said.content.decode()
    assert (night.escalation().how, night.escalation().who) == ("call", "葵")


def test_the_same_key_posted_again_changes_nothing_and_hears_the_same(
    night: Night, called: Notice
) -> None:
    first, again, other = post(called, "1"), post(called, "1"), post(called, "2")
    assert first.content == again.content
    assert other.status_code == 200
    assert answers(night) == ["done"]
    assert KeyPress.objects.of(night.company).get().key == "1"


def test_three_says_it_again_and_is_no_answer(night: Night, called: Notice) -> None:
    said = post(called, "3").content.decode()
    assert "受付番号は" in said
    assert "<Gather" in said
    assert (answers(night), night.escalation().how) == ([], "")


def test_nobody_answers_with_get_head_or_a_made_up_token(night: Night, called: Notice) -> None:
    path = press_url(called.pk).removeprefix("https://tower.example")
    client = Client()
    assert client.get(path).status_code == client.head(path).status_code == 405
    assert client.post("/calls/keys/made-up/", {"Digits": "1"}).status_code == 404
    assert client.post(f"{path[:-3]}x/", {"Digits": "1"}).status_code == 404
    assert (answers(night), night.escalation().how) == ([], "")


def test_guessing_is_slowed_down(night: Night, called: Notice) -> None:
    client = Client()
    codes = [client.post(f"/calls/keys/{n}/", {"Digits": "1"}).status_code for n in range(25)]
    assert codes[0] == 404
    assert codes[-1] == 429


def test_a_key_after_the_end_is_told_so(night: Night, called: Notice) -> None:
    Incident.objects.of(night.company).update(state="done")
    assert "終わりました" in post(called, "1").content.decode()
    assert answers(night) == []


def test_help_in_a_call_is_promised_only_what_was_booked(
    night: Night, called: Notice, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = post(called, "2").content.decode()
    assert "担当者の画面に出しました。" in said
    assert "電話します" not in said
    assert CallBack.objects.of(night.company).get().booking is None


def links(night: Night) -> list[str]:
    mails = Notice.objects.of(night.company).filter(channel="mail").exclude(dedupe_key="opened")
    return [TOKEN.findall(mail.body_text)[0] for mail in mails.order_by("pk")]


def test_a_scanner_that_opens_every_link_answers_nothing(night: Night, called: Notice) -> None:
    client = Client()
    for link in links(night):
        for _ in range(3):
            assert client.get(link).status_code == client.head(link).status_code == 200
    assert (answers(night), night.escalation().how) == ([], "")


def test_the_page_of_a_mail_shows_the_steps_and_nothing_about_anybody(
    night: Night, called: Notice
) -> None:
    shown = Client().get(links(night)[0]).content.decode()
    assert "この順に行ってください" in shown
    for name in (night.town.aoba.organisation.name, "SOUMU1", "葵", "aoba.example"):
        assert name not in shown


def test_a_button_there_is_the_answer_of_who_got_the_mail(night: Night, called: Notice) -> None:
    link, client = links(night)[0], Client()
    assert client.post(link, {"choice": "done"}).status_code == 302
    assert client.post(link, {"choice": "done"}).status_code == 302
    assert (answers(night), night.escalation().how) == (["done"], "link")
    assert night.escalation().who == "葵"
    assert "「線を抜いた」を受け取りました" in client.get(link).content.decode()


def test_an_old_or_forged_link_is_told_where_to_ring(night: Night, called: Notice) -> None:
    link = links(night)[0]
    night.settings.HINOMI = configured(provider_phone="03-9999-0000")
    forged = Client().get(f"{link[:-4]}xxx/")
    night.turn(days=1, seconds=1)
    late = Client().post(link, {"choice": "done"})
    assert forged.status_code == late.status_code == 404
    assert "03-9999-0000" in late.content.decode()
    assert answers(night) == []


def test_the_link_of_one_company_names_no_notice_of_another(night: Night, called: Notice) -> None:
    night.settings.HINOMI = configured(public_url="https://tower.example")
    key = Notice.objects.of(night.company).filter(channel="mail").latest("pk").dedupe_key
    other = tap_url(night.town.umi.organisation.id, key).removeprefix("https://tower.example")
    assert Client().get(other).status_code == 404


def test_the_desk_writes_who_it_reached_and_an_empty_note_stays_open(night: Night) -> None:
    incident = night.attack()
    night.at()
    desk = sign_in(night.town.people["desk", "own"])
    page = f"/escalations/{incident.number}/"
    assert desk.post(page, {"who": "葵", "said": ""}).status_code == 422
    assert night.escalation().how == ""
    assert desk.post(page, {"who": "葵", "said": "線を抜いた"}).status_code == 302
    assert night.escalation().how == "desk"
    assert "線を抜いた" in desk.get(page).content.decode()


def test_the_list_shows_who_was_not_reached_yet_to_its_own_firm_only(night: Night) -> None:
    incident = night.attack()
    night.at()
    own = sign_in(night.town.people["desk", "own"]).get("/escalations/").content.decode()
    other = sign_in(night.town.people["desk", "other firm"]).get("/escalations/").content.decode()
    assert incident.number in own
    assert incident.number not in other


def test_a_promise_that_was_not_kept_is_told_the_chief_once(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hinomi.portal.duties.models import Booking

    person = night.town.people["desk", "own"]
    Booking.objects.of(night.company).create(
        organisation_id=night.company,
        firm_id=night.town.firm.id,
        user=person,
        what="K-1",
        promised_at=night.moment - timedelta(minutes=1),
        half_hour=night.moment,
        place=0,
    )
    assert [promises.tell_missed(), promises.tell_missed()] == [1, 0]
    assert [row.subject for row in night.ours()] == ["【まちの見守り】約束の電話が済んでいません"]
