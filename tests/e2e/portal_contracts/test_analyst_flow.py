"""The analyst's way: the queue, taking, moving, noting; two at once; hostile words in records."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.e2e.contracts.tower import udp
from tests.e2e.portal_contracts.street import fortigate_line, wait_for

if TYPE_CHECKING:
    from tests.e2e.portal_contracts.street import Street

pytestmark = [pytest.mark.journey, pytest.mark.sockets]

HOSTILE = {
    "html": "<img src=x onerror=alert(1)><script>alert(2)</script>",
    "formula": "=cmd|' /C calc'!A0",
    "escape": "\x1b[31mRED\x1b]0;title\x07",
    "backwards": "invoice\u202egnp.exe\u2066",
    "template": "{{ 7|add:7 }}{% debug %}${7*7}",
    "long": "N" * 10_000,
    "header": "SOUMU\r\nBcc: thief@evil.example\r\n\r\nhello",
}
RAW_MARKS = ("<img src=x", "<script>alert", "\x1b", "\x07", "\x00", "\u202e", "\u2066")


def test_one_takes_and_the_other_is_told_who(street: Street) -> None:
    number = _trouble(street, "TORU-01")
    first, second = street.visitor("analyst@ours.example"), street.visitor("manager@ours.example")
    forms = [each.open(f"/queue/{number}/").form("take/") for each in (first, second)]
    assert "を取りました" in first.press(forms[0]).seen
    told = second.press(forms[1])
    assert "先に変更しました" in told.seen
    assert "analyst" in told.seen
    mine = first.open("/queue/?view=mine")
    assert number in mine.seen
    assert number not in second.open("/queue/?view=mine").seen
    assert number not in first.open("/queue/?view=unassigned").seen


def test_of_two_moves_at_once_the_second_is_not_lost_silently(street: Street) -> None:
    number = _trouble(street, "UGOKU-01")
    first, second = street.visitor("analyst@ours.example"), street.visitor("manager@ours.example")
    forms = [each.open(f"/queue/{number}/").form("state/") for each in (first, second)]
    moved = first.press(forms[0], state="investigating", reason="ログを見ています")
    assert "状態を変えました" in moved.seen
    told = second.press(forms[1], state="false_alarm", reason="たぶん問題なし")
    assert "先に変更しました" in told.seen
    assert told.form("state/").values["reason"] == "たぶん問題なし"  # typed words are not lost …
    assert "たぶん問題なし" not in second.open(f"/queue/{number}/").seen  # … nor recorded
    form = first.open(f"/queue/{number}/").form("state/")
    first.press(form, state="contained", reason="抜いてもらいました")
    late = second.press(forms[1], state="assigned", reason="戻します")  # no such way any more
    assert "先に変更しました" in late.seen
    assert "選べません" not in late.seen
    assert _state(street, number) == "contained"


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"state": "investigating", "reason": ""}, "理由を入力してください"),
        ({"state": "", "reason": "x"}, "次の状態を選んでください"),
        ({"state": "new", "reason": "x"}, "いまの状態からは選べません"),
        ({"state": "investigating", "reason": "x", "version": "abc"}, ""),
    ],
    ids=["no reason", "no state", "no such way", "odd version"],
)
def test_a_wrong_form_is_explained_and_changes_nothing(
    street: Street, values: dict[str, str], told: str
) -> None:
    number = _trouble(street, "MACHIGAI-01")
    visitor = street.visitor("analyst@ours.example")
    form = visitor.open(f"/queue/{number}/").form("state/")
    page = visitor.press(form, **values)
    assert page.status == 422
    assert told in page.seen
    assert _state(street, number) == "new"


def test_a_note_reaches_the_customer_only_when_meant_to(street: Street) -> None:
    number = _trouble(street, "MEMO-01")
    analyst, owner = street.visitor("analyst@ours.example"), street.visitor("owner@aoba.example")
    form = analyst.open(f"/queue/{number}/").form("note/")
    analyst.press(form, text="社内だけのメモ <b>太字</b>")
    form = analyst.open(f"/queue/{number}/").form("note/")
    seen = analyst.press(form, text="お客様へのメモ <b>太字</b>", for_customer="on")
    assert "社内だけのメモ <b>太字</b>" in seen.seen
    page = owner.open(f"/incidents/{number}/")
    assert "お客様へのメモ <b>太字</b>" in page.seen  # as text, not as markup
    assert "社内だけのメモ" not in page.text


def test_the_queue_puts_the_most_urgent_first(street: Street) -> None:
    street.botnet("aoba", device="KYUU-01")
    street.number_of("aoba", device="KYUU-01")
    page = street.visitor("analyst@ours.example").open("/queue/?view=all").seen
    body = page.split("状態 担当", 1)[1]
    last_now = body.rfind(" 今すぐ ")
    for later in (" 今日中 ", " 対応は不要 "):
        assert body.find(later) == -1 or body.find(later) > last_now, later


@pytest.mark.parametrize("kind", list(HOSTILE))
def test_hostile_words_of_a_record_are_only_shown(street: Street, kind: str) -> None:
    company, word = street.companies["umi"], HOSTILE[kind]
    udp(company.source.address, fortigate_line(srcname=f"WARU-{kind}", attack=f"Beacon{word}"))
    udp(company.source.address, fortigate_line(srcname=f"{kind}{word}", msg=f"botnet: {word}"))
    rows = street.tower.incidents(
        company.id,
        until=lambda rows: (
            sum(kind in str(row["device"]) for row in rows) >= 2 - (kind == "header")
        ),
    )
    ours = [row for row in rows if kind in str(row["device"])]
    assert ours
    analyst, owner = street.visitor("analyst@other.example"), street.visitor("owner@umi.example")
    for row in ours:
        pages = [analyst.open(f"/queue/{row['id']}/"), owner.open(f"/incidents/{row['id']}/")]
        for page in (*pages, analyst.open("/queue/?view=all"), owner.open("/incidents/")):
            assert page.status == 200, page.path
            assert not [mark for mark in RAW_MARKS if mark in page.text], (page.path, kind)
            assert len(page.body) < 400_000
        mails = wait_for(partial(street.mails_about, str(row["id"])))
        assert mails, row["id"]
        for mail in mails:
            assert "thief" not in str(mail.message.items())
            assert len(mail.message.get_all("Subject", [])) == 1
            assert not [mark for mark in RAW_MARKS[2:] if mark in mail.text]
            assert {each.endswith("@umi.example") for each in mail.recipients} == {True}
            assert len(mail.text) < 4000


def test_strangers_are_shown_to_staff_and_harmless(street: Street) -> None:
    ingest = street.tower.endpoints["syslog"].rpartition(":")
    hostile = b"<13>stranger <script>alert(1)</script>\x1b[2J\x00\xff\xe2\x80\xae"
    udp((ingest[0], int(ingest[2])), hostile)
    visitor = street.visitor("analyst@ours.example")
    page = wait_for(
        lambda: next((p for p in [visitor.open("/sources/unknown/")] if "stranger" in p.seen), None)
    )
    assert page, "the stranger's line is not shown"
    assert not [mark for mark in RAW_MARKS if mark in page.text]


def _trouble(street: Street, device: str) -> str:
    street.botnet("aoba", device=device)
    return street.number_of("aoba", device=device)


def _state(street: Street, number: str) -> str:
    rows = street.tower.incidents(street.companies["aoba"].id)
    return str(next(row["state"] for row in rows if row["id"] == number))
