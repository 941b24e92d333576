"""The checks see what they must see, and every text we have passes them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from hinomi.respond.announcement import NAMES
from hinomi.respond.check import (
    REPLACEMENTS,
    document_check,
    kanji_share,
    sentences,
    texts_check,
)
from hinomi.respond.library import cases
from hinomi.respond.listing import SLOT_SETS, texts_list

if TYPE_CHECKING:
    from pathlib import Path


def rules(text: str) -> set[str]:
    return {fault.rule for fault in texts_check(text)}


def test_every_customer_text_passes_with_every_set_of_slots() -> None:
    texts = texts_list()
    faults = [(text.id, str(fault)) for text in texts for fault in texts_check(text.text)]
    assert faults == []
    listed = {text.id.split(".")[0] for text in texts}
    assert listed == {*cases(), *NAMES}
    assert len({text.id for text in texts}) == len(texts)


def test_hostile_and_long_values_are_really_in_the_list() -> None:
    texts = "".join(text.text for text in texts_list())
    assert "<script>alert(1)</script＞>>" in texts
    assert "…>>" in texts
    assert "\x1b" not in texts
    assert "\u202e" not in texts
    assert len(SLOT_SETS) >= 5


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        ("端末を調べます。", "使わない言葉"),
        ("プログラムが動きました。", "使わない言葉"),
        ("至急、電話してください。", "使わない言葉"),
        ("3日以内に知らせます。", "使わない言葉"),
        ("0120-000-000に電話してください。", "使わない言葉"),
        ("すぐに電話してください！", "使わない言葉"),
        ("もう大丈夫です。", "証拠のいる言葉"),
        ("被害はありません。", "証拠のいる言葉"),
        ("侵入されていません。", "言い切り"),
        ("11時までに、担当の佐藤が電話します。", "約束の時刻"),
        ("明日9時までに直します。", "約束の時刻"),
        ("のちほど電話します。", "約束の時刻"),
        ("そのままではないとはいえません。", "二重否定"),
        ("https://example.jp を開いてください。", "リンク"),
        ("あ" * 51 + "。", "長い文"),
        (
            "これは三十字よりも長い文をいくつもならべて、平均をたしかめる文です。" * 3,
            "文の長さの平均",
        ),
        ("記録確認作業実行完了報告書類送付先住所変更届出書類。" * 4, "漢字の多さ"),
        ("【まちの見守り】今すぐ：" + "あ" * 60, "長いSMS"),
    ],
)
def test_a_planted_fault_is_found(words: str, rule: str) -> None:
    assert rule in rules(words)


@pytest.mark.parametrize(
    "words",
    ["ログインできました。", "SOC2という名の<<SOC>>", "被害はありません。届く前に止めました。"],
)
def test_close_to_a_fault_is_not_always_one(words: str) -> None:
    assert "証拠のいる言葉" not in rules(words)
    assert "<<" not in "".join(fault.found for fault in texts_check(words))


def test_what_stands_in_a_slot_is_not_judged() -> None:
    assert texts_check("「<<マルウェア端末！>>」を見てください。") == []


def test_every_word_on_the_list_is_found_when_planted() -> None:
    for word in ("UTM", "EDR", "SOC", "C&C", "IOC", "パッチ", "御中", "無効", "CVE", "アカウント"):
        assert texts_check(f"{word}です。"), word
    assert len(REPLACEMENTS) > 30


def test_a_notice_without_the_way_out_or_with_four_steps_is_found() -> None:
    notice = (
        "〔今すぐ〕見出し\n\n■ 何が起きたか\n記録です。\n\n■ この順に行ってください\n"
        "1. 一。\n2. 二。\n3. 三。\n4. 四。\n\n■ 押すボタン\n［できた］"
    )
    assert {"手順の数", "ボタン", "結びの文"} <= rules(notice)


def test_sentences_and_kanji_are_counted_as_a_reader_would() -> None:
    assert sentences("1. 一つ目です。二つ目です。\n・三つ目です") == [
        "一つ目です。",
        "二つ目です。",
        "三つ目です",
    ]
    assert kanji_share("漢字かな") == pytest.approx(0.5)


def test_the_twelve_texts_of_the_standard_pass_but_for_their_promised_times(
    shared: Path,
) -> None:
    """They are the standard of tone; promised times there are examples of booked slots."""
    for alert in json.loads((shared / "ux" / "alerts_12.json").read_text(encoding="utf-8")):
        body = "\n".join((alert["what"], alert["bad"], *alert["do"], *alert["dont"], alert["did"]))
        allowed = {"証拠のいる言葉"}  # 「責めなくて大丈夫です」, 「被害はありません」 in no. 11
        assert rules(body) <= allowed, alert["id"]


def test_a_listing_is_checked_text_by_text() -> None:
    """`hinomi texts list | hinomi texts check -` must judge what a customer reads, not JSON."""
    listed = [{"id": text.id, "text": text.text} for text in texts_list()[:40]]
    lines = "\n".join(json.dumps(row) for row in listed)
    assert document_check(lines) == document_check(json.dumps(listed)) == []
    planted = json.dumps({"id": "x", "text": "端末を見てください。"})
    assert [fault.found for fault in document_check(f"{lines}\n{planted}")] == ["端末"]


@pytest.mark.parametrize("document", ["", "{", "[1, 2]", '{"id": "x"}', "ふつうの文です。"])
def test_anything_else_is_checked_as_it_is(document: str) -> None:
    assert document_check(document) == texts_check(document)
