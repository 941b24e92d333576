"""The owner's way without JavaScript: what the page says, what each button does and what it
cannot do any more."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.e2e.portal_contracts.street import wait_for

if TYPE_CHECKING:
    from tests.e2e.portal_contracts.street import Street
    from tests.e2e.portal_contracts.visitor import Answer

pytestmark = [pytest.mark.journey, pytest.mark.sockets]

ORDER = (  # reference: the notice's fixed order
    "今すぐ",
    "何が起きたか",
    "この順に行ってください",
    "しないでください",
    "どのくらい危険か",
    "こちらで済ませたこと",
    "このあと",
    "いまの状態",
    "受付番号",
)


def test_the_notice_has_its_parts_in_the_fixed_order(street: Street) -> None:
    number = _trouble(street, "JUN-01")
    page = street.visitor("owner@aoba.example").open(f"/incidents/{number}/")
    body = page.seen.split("ログアウト", 1)[1]
    places = [body.find(part) for part in ORDER]
    assert -1 not in places, list(zip(ORDER, places, strict=True))
    assert places == sorted(places)
    assert "JUN-01" in body
    assert number in body


def test_home_shows_the_most_urgent_with_its_buttons(street: Street) -> None:
    number = _trouble(street, "IE-01")
    home = street.visitor("staff@aoba.example").open("/")
    assert home.path == "/home/"
    assert "お願いが" in home.seen
    assert "今すぐ" in home.seen
    assert (
        any(link.endswith(f"/incidents/{number}/") for link in home.links) or "ほかの" in home.seen
    )


@pytest.mark.parametrize(
    ("choice", "label"), [("done", "切り離した"), ("help", "できない")], ids=["done", "help"]
)
def test_a_button_says_what_was_taken_and_what_comes(
    street: Street, choice: str, label: str
) -> None:
    number = _trouble(street, f"OSU-{choice.upper()}")
    visitor = street.visitor("staff@aoba.example")
    page = visitor.open(f"/incidents/{number}/")
    told = visitor.press(page.form("answer/"), choice)
    assert (told.status, told.path) == (200, f"/incidents/{number}/")
    assert f"「{label}" in told.seen
    assert "を受け取りました" in told.seen
    analyst = street.visitor("analyst@ours.example")
    seen = wait_for(lambda: _when(analyst.open(f"/queue/{number}/"), "が押されました"))
    assert seen, "the analyst's page never told of the answer"
    assert ("担当者からの連絡が必要です" in seen.seen) == (choice == "help")
    assert street.number_of("aoba", device=f"OSU-{choice.upper()}") == number  # nothing closed it
    row = _row(street, number)
    assert row["state"] not in ("done", "contained"), "a press proves nothing"


def test_pressing_twice_counts_once(street: Street) -> None:
    number = _trouble(street, "NIDO-01")
    visitor = street.visitor("owner@aoba.example")
    form = visitor.open(f"/incidents/{number}/").form("answer/")
    assert [visitor.submit(form, "done").status for _ in range(3)] == [302, 302, 302]
    analyst = street.visitor("analyst@ours.example")
    wait_for(lambda: _when(analyst.open(f"/queue/{number}/"), "が押されました"))
    assert analyst.open(f"/queue/{number}/").seen.count("が押されました") == 1


def test_two_people_answering_at_once_are_both_heard(street: Street) -> None:
    number = _trouble(street, "FUTARI-01")
    people = [street.visitor(f"{role}@aoba.example") for role in ("owner", "staff")]
    forms = [person.open(f"/incidents/{number}/").form("answer/") for person in people]
    with ThreadPoolExecutor(2) as pool:
        pressed = zip(people, forms, ("done", "help"), strict=True)
        sent = list(pool.map(lambda each: each[0].submit(each[1], each[2]).status, pressed))
    assert sent == [302, 302]
    analyst = street.visitor("analyst@ours.example")
    page = wait_for(
        lambda: _when(analyst.open(f"/queue/{number}/"), "が押されました", times=2), seconds=10
    )
    assert page, "one of two answers was lost"
    assert "担当者からの連絡が必要です" in page.seen


def test_an_old_page_cannot_answer_what_is_closed(street: Street) -> None:
    number = _trouble(street, "FURUI-01")
    owner, analyst = street.visitor("owner@aoba.example"), street.visitor("analyst@ours.example")
    form = owner.open(f"/incidents/{number}/").form("answer/")
    case = analyst.open(f"/queue/{number}/").form("state/")
    moved = analyst.press(case, state="false_alarm", reason="試験の通信でした")
    assert "状態を変えました" in moved.seen
    assert _row(street, number)["state"] == "false_alarm"
    told = owner.press(form, "done")
    assert "この返事は受け取れませんでした" in told.seen
    assert "問題ありませんでした" in told.seen
    assert "試験の通信でした" not in told.text  # the reason stays inside the house
    assert not [form for form in told.forms if form.action.endswith("answer/")]


@pytest.mark.parametrize(
    "choice",
    ["", "DONE", "paid", "x" * 5000, "done\x00"],
    ids=["empty", "capitals", "other", "long", "nul"],
)
def test_what_no_button_offers_is_no_answer(street: Street, choice: str) -> None:
    number = street.number_of("aoba") if _has_any(street) else _trouble(street, "NASHI-01")
    visitor = street.visitor("owner@aoba.example")
    visitor.open(f"/incidents/{number}/")
    refused = visitor.post(f"/incidents/{number}/answer/", {"choice": choice})
    assert refused.status in (302, 400, 422)
    assert f"「{choice}」を受け取りました" not in visitor.open(f"/incidents/{number}/").seen


def test_a_stopped_attack_is_no_scare_and_no_mail(street: Street) -> None:
    street.botnet(
        "bunkyo",
        device="TOMETA-01",
        action="dropped",
        attack="Apache.Log4j.Error.Log.Remote.Code.Execution",
        direction="incoming",
        msg="applications3: Apache.Log4j.Error.Log.Remote.Code.Execution",
    )
    rows = street.tower.incidents(
        street.companies["bunkyo"].id,
        until=lambda rows: any(row["disposition"] == "stopped" for row in rows),
    )
    (stopped,) = [row for row in rows if row["disposition"] == "stopped"]
    assert stopped["level"] == "none"
    page = street.visitor("owner@bunkyo.example").open(f"/incidents/{stopped['id']}/")
    for word in ("今すぐ", "今日中", "この順に行ってください", "危険です"):
        assert word not in page.seen, word
    assert "止めました" in page.seen
    sent = street.tower.ask("outbox", "list", "--organisation", street.companies["bunkyo"].id)
    assert not [mail for mail in sent if mail["incident"] == stopped["id"]]


def test_without_records_home_is_never_calm(street: Street) -> None:
    company = street.tower.organisation("凪の宿", "--firm", street.firms["other"])
    mail = "owner@nagi.example"
    street.tower.ask("user", "add", mail, "--organisation", company, "--role", "owner")
    visitor = street.visitor(mail)
    empty = visitor.open("/home/")
    street.tower.source(company, "fortigate", "玄関の見守り機器")
    silent = visitor.open("/home/")
    for page in (empty, silent):
        assert "まだ見守りが始まっていません" in page.seen
        assert "お願いすることはありません" not in page.seen
        assert 'data-state="good"' not in page.text
    assert "1台のうち 0台" in silent.seen


def _trouble(street: Street, device: str) -> str:
    street.botnet("aoba", device=device)
    return street.number_of("aoba", device=device)


def _has_any(street: Street) -> bool:
    rows = street.tower.ask("incidents", "list", "--organisation", street.companies["aoba"].id)
    return bool(rows) and rows[0]["state"] == "new"


def _row(street: Street, number: str) -> dict[str, object]:
    rows = street.tower.incidents(street.companies["aoba"].id)
    return next(row for row in rows if row["id"] == number)


def _when(page: Answer, words: str, *, times: int = 1) -> Answer | None:
    """The page once it says so that often."""
    return page if page.seen.count(words) >= times else None
