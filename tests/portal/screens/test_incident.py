"""お知らせ 1件: the fixed order, the buttons, what happens next, polling, hostile words."""

from __future__ import annotations

import re

from hinomi.core.findings import Evidence, Finding, Why
from hinomi.core.words import Disposition, Level
from hinomi.portal.access.time import now
from hinomi.portal.incidents.models import Answer, Incident, IncidentFinding
from hinomi.portal.incidents.wording import text_of
from hinomi.store.finding_json import encode_finding
from tests.portal.town import Town, sign_in

NASTY = "<script>alert(1)</script> =cmd|x \x1b[31m {x} %s \"'><img src=x onerror=y> \u202egpj.exe"


def page_of(town: Town, number: str, **headers: str) -> str:
    client = sign_in(town.people["owner", "own"])
    return client.get(f"/incidents/{number}/", headers=headers).content.decode()


def body(page: str) -> str:
    return re.sub(r"<[^>]+>", "", page[page.index("<main") :])


def test_the_blocks_stand_in_the_fixed_order(town: Town) -> None:
    number = town.aoba.incident.number
    text = text_of(
        Incident.objects.select_related("organisation")
        .of(town.aoba.organisation.id)
        .get(number=number)
    )
    page = body(page_of(town, number))
    words = [
        text.level_word,
        text.title,
        "何が起きたか",
        text.what[0],
        "この順に行ってください",
        text.buttons[0].label,
        "しないでください",
        "どのくらい危険か",
        "こちらで済ませたこと",
        "このあと",
        f"受付番号 {number}",
    ]
    rest = page
    for word in words:
        assert word in rest, word
        rest = rest[rest.index(word) + len(word) :]


def test_a_pressed_button_is_stored_and_says_what_happens_next(town: Town) -> None:
    town.aoba.incident.answers.all().delete()
    client = sign_in(town.people["owner", "own"])
    url = f"/incidents/{town.aoba.incident.number}/"
    page = client.post(f"{url}answer/", {"choice": "done"}, follow=True).content.decode()
    assert "を受け取りました" in page
    assert "担当者の画面に出しました" in page
    answer = Answer.objects.of(town.aoba.organisation.id).get()
    assert (answer.choice, answer.by) == ("done", town.people["owner", "own"])


def test_the_same_button_twice_is_one_answer(town: Town) -> None:
    town.aoba.incident.answers.all().delete()
    client = sign_in(town.people["owner", "own"])
    for _ in range(2):
        client.post(f"/incidents/{town.aoba.incident.number}/answer/", {"choice": "help"})
    assert Answer.objects.of(town.aoba.organisation.id).count() == 1


def test_a_button_that_was_never_offered_is_no_answer(town: Town) -> None:
    town.aoba.incident.answers.all().delete()
    client = sign_in(town.people["owner", "own"])
    url = f"/incidents/{town.aoba.incident.number}/answer/"
    page = client.post(url, {"choice": "<b>"}, follow=True).content.decode()
    assert "この返事は受け取れませんでした" in page
    assert not Answer.objects.of(town.aoba.organisation.id).exists()


def test_help_is_always_offered_while_open_and_nothing_when_closed(town: Town) -> None:
    number = town.aoba.incident.number
    assert 'value="help"' in page_of(town, number)
    Incident.objects.of(town.aoba.organisation.id).update(state="done")
    assert 'name="choice"' not in page_of(town, number)


def test_what_is_done_asks_for_nothing_and_says_so(town: Town) -> None:
    """Steps that are over would send people to pull cables again."""
    number = town.aoba.incident.number
    Incident.objects.of(town.aoba.organisation.id).update(state="done")
    page = body(page_of(town, number))
    assert "完了しました" in page
    assert "お願いすることはもうありません" in page
    for asking in ("この順に行ってください", "しないでください", "5分以内"):
        assert asking not in page


def test_polling_costs_a_304_until_something_changes(town: Town) -> None:
    client = sign_in(town.people["owner", "own"])
    url = f"/incidents/{town.aoba.incident.number}/"
    first = client.get(url, headers={"HX-Request": "true"})
    assert b"<html" not in first.content
    same = {"HX-Request": "true", "If-None-Match": first.headers["ETag"]}
    assert client.get(url, headers=same).status_code == 304
    client.post(f"{url}answer/", {"choice": "help"})
    assert client.get(url, headers=same).status_code == 200


def test_a_compressed_part_costs_a_304_too(town: Town) -> None:
    """Browsers ask for gzip, which weakens the tag they send back."""
    client = sign_in(town.people["owner", "own"])
    url = f"/incidents/{town.aoba.incident.number}/"
    asked = {"HX-Request": "true", "Accept-Encoding": "gzip"}
    client.post(f"{url}answer/", {"choice": "help"})
    first = client.get(url, headers=asked)
    assert first.headers["ETag"].startswith("W/")
    again = client.get(url, headers={**asked, "If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304


def test_hostile_words_are_shown_and_do_nothing_anywhere(town: Town) -> None:
    company, incident = town.aoba.organisation, town.aoba.incident
    Incident.objects.of(company.id).update(
        device=NASTY[:200], slots=dict.fromkeys(("user", "file", "threat", "site"), NASTY)
    )
    moment = now()
    finding = Finding(
        id="f1",
        organisation=company.id,
        source=town.aoba.source.id,
        rule_id="r",
        rule_title=NASTY,
        level=Level.HIGH,
        event_time=moment,
        receive_time=moment,
        device=NASTY,
        user=NASTY,
        case="malware_on_pc",
        disposition=Disposition.SEEN,
        tags=(f"attack.{NASTY}",),
        why=(Why(NASTY, NASTY, NASTY, NASTY),),
        evidence=(Evidence("e", moment, {NASTY: NASTY}, NASTY.encode() + b"\xff\x00"),),
        slots={},
        late=False,
        rule_pack="",
        directory_generation=0,
    )
    IncidentFinding.objects.create(
        organisation=company,
        incident=incident,
        finding_id="f1",
        partition=1,
        seq=1,
        event_at=moment,
        body=encode_finding(finding),
    )
    owner, analyst = (sign_in(town.people[role, "own"]) for role in ("owner", "analyst"))
    number = incident.number
    for client, url in (
        (owner, "/home/"),
        (owner, "/incidents/"),
        (owner, f"/incidents/{number}/"),
        (analyst, "/queue/"),
        (analyst, f"/queue/{number}/"),
        (analyst, f"/customers/{company.id}/"),
    ):
        page = client.get(url).content.decode()
        assert "<script>alert" not in page, url
        assert "<img" not in page, url
        assert not set(page) & {"\x1b", "\x00", "\u202e"}, url
    case = analyst.get(f"/queue/{number}/").content.decode()
    assert "&lt;script&gt;" in case
    assert "⟨U+001B⟩" in case
    assert "\\xff" in case


def test_the_analyst_sees_why_it_fired(town: Town) -> None:
    test_hostile_words_are_shown_and_do_nothing_anywhere(town)
    number = town.aoba.incident.number
    page = sign_in(town.people["analyst", "own"]).get(f"/queue/{number}/").content.decode()
    for word in ("なぜ警報が出たか", "条件", "項目", "値", "ルールの書き方", "もとの記録"):
        assert word in page
