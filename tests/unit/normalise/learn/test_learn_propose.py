"""What is proposed for devices that nobody described, without correction by a person."""

from __future__ import annotations

import pytest

from hinomi.core.errors import NotThisFormat
from hinomi.core.records import Event
from hinomi.core.words import Disposition, ThreatKind
from hinomi.normalise.learn import propose
from hinomi.normalise.learn.words import disposition_of_value
from hinomi.normalise.learned import coverage

VIRUS, ATTACK = "[UTM] ウイルスを検知し駆除しました", "[UTM] 不正侵入を遮断しました"
SENTENCES = [
    f"2026/11/20 10:12:05 {VIRUS} 端末：PC-07 ファイル：C:\\Users\\a\\見 書.zip 検出名：EICAR-Test",
    f"2026/11/20 10:15:00 {VIRUS} 端末：KEIRI-2 ファイル：C:\\b.exe 検出名：W32/Test.A",
    f"2026/11/20 11:15:00 {ATTACK} 送信元：203.0.113.9:4431 宛先：192.168.1.10:445 シグネチャ：SMB",
    f"2026/11/20 11:25:00 {ATTACK} 送信元：203.0.113.19:13 宛先：192.168.1.10:445 シグネチャ：RDP",
]
COLUMNS = [
    "発生日時,機器名,種別,送信元IP,宛先IP,処理,検出名,利用者",
    "2026/11/20 10:12,GW-01,ウイルス,192.0.2.7,198.51.100.2,遮断,EICAR,yamada",
    "2026/11/20 10:13,GW-01,URLフィルタ,192.0.2.8,198.51.100.3,許可,-,sato",
]
BARS = [
    "<134>20261120101205|GW01|IPS|192.0.2.9|51234|198.51.100.7|443|DROP|Test.Signature",
    "<134>20261120101209|GW01|AV|192.0.2.10|51235|198.51.100.7|80|ALERT|Trojan.Test",
]
SLASHES = [
    "【検知】日時：令和8年11月20日 10時12分 / 端末名：総務2番 / 利用者：山田 太郎 / 処置：隔離",
    "【検知】日時：令和8年11月20日 10時14分 / 端末名：営業1番 / 利用者：鈴木 / 処置：検知のみ",
]
IDS = "Nov 20 10:00:01 sx01 IDS: blocked connection from"
ENGLISH = [
    f"{IDS} 203.0.113.5 port 4444 to 192.168.0.10 port 22",
    f"{IDS} 203.0.113.77 port 1111 to 192.168.0.12 port 22",
    "Nov 20 10:01:00 sx01 auth: login failed for user admin from 203.0.113.5",
]


def read(lines: list[str]) -> list[Event]:
    """All that the proposal reads of its own lines."""
    events, _ = coverage(propose(lines, name="試し"), lines)
    return [each for each in events if isinstance(each, Event)]


def test_japanese_sentences_become_templates_with_roles() -> None:
    virus, _, attack, _ = read(SENTENCES)
    assert virus.device == "PC-07"
    assert virus.fields["file_path"] == "C:\\Users\\a\\見 書.zip"
    assert virus.fields["threat"] == "EICAR-Test"
    assert virus.fields["verdict.kind"] == ThreatKind.MALWARE
    assert virus.event_time.isoformat() == "2026-11-20T01:12:05+00:00"
    assert (attack.fields["src_ip"], attack.fields["src_port"]) == ("203.0.113.9", "4431")
    assert attack.fields["verdict.kind"] == ThreatKind.INTRUSION


def test_a_proposal_never_says_stopped_by_itself() -> None:
    """The words propose it, but a person has to confirm it."""
    proposal = propose(SENTENCES, name="試し")
    assert {layout.disposition for layout in proposal.layouts} == {Disposition.STOPPED}
    assert {each.disposition for each in read(SENTENCES)} == {Disposition.UNKNOWN}


def test_a_row_of_headings_names_the_columns_and_is_no_record() -> None:
    virus, site = read(COLUMNS)
    assert virus.fields["src_ip"] == "192.0.2.7"
    assert virus.user == "yamada"
    assert virus.fields["verdict.kind"] == ThreatKind.MALWARE
    assert site.fields["verdict.kind"] == ThreatKind.BAD_SITE
    (outcomes,) = propose(COLUMNS, name="試し").dispositions
    assert outcomes.values == {"遮断": Disposition.STOPPED, "許可": Disposition.LET_THROUGH}


def test_columns_without_headings_are_named_by_what_stands_in_them() -> None:
    first, second = read(BARS)
    assert first.fields["src_ip"] == "192.0.2.9"
    assert first.fields["dst_port"] == "443"
    assert first.event_time.isoformat() == "2026-11-20T01:12:05+00:00"
    assert first.fields["verdict.kind"] == ThreatKind.INTRUSION
    assert second.fields["verdict.kind"] == ThreatKind.MALWARE


def test_named_parts_with_blanks_in_their_values_are_read() -> None:
    first, second = read(SLASHES)
    assert (first.device, first.user) == ("総務2番", "山田 太郎")
    assert first.fields["action"] == "隔離"
    assert second.event_time.isoformat() == "2026-11-20T01:14:00+00:00"


def test_english_sentences_find_both_ends_and_the_user() -> None:
    blocked, _, login = read(ENGLISH)
    assert (blocked.fields["src_ip"], blocked.fields["src_port"]) == ("203.0.113.5", "4444")
    assert (blocked.fields["dst_ip"], blocked.fields["dst_port"]) == ("192.168.0.10", "22")
    assert login.user == "admin"
    assert login.fields["verdict.kind"] == ThreatKind.LOGIN_FAILED


def test_days_before_months_are_noticed() -> None:
    lines = [f"{day}/11/2026 10:00:0{at};gw;DROP;192.0.2.{at}" for at, day in enumerate((3, 4, 20))]
    assert [event.event_time.day for event in read(lines)] == [3, 4, 20]


@pytest.mark.parametrize("lines", [[], [""], ["   ", "\t"]])
def test_nothing_to_learn_from_is_said(lines: list[str]) -> None:
    with pytest.raises(NotThisFormat):
        propose(lines, name="試し")


def test_what_stands_before_pairs_and_the_programs_name_say_what_a_line_is() -> None:
    head = "<134>Nov 20 10:12:05 gate"
    lines = [
        f"{head} AV: Virus detected. name=EICAR, src=192.168.1.23, action=delete",
        f"{head} IPS: Attack blocked. name=SQL Injection, src=203.0.113.5:5512, action=drop",
    ]
    virus, attack = read(lines)
    assert virus.fields["verdict.kind"] == ThreatKind.MALWARE
    assert virus.fields["verdict.name"] == "EICAR"
    assert attack.fields["verdict.kind"] == ThreatKind.INTRUSION
    assert attack.fields["src_ip"] == "203.0.113.5"


def test_a_list_of_detections_is_one_of_suspicious_things() -> None:
    lines = [
        "検知日時,端末名,検知対象,対処",
        "2026/11/20 10:12:05,KEIRI-2,a.exe,停止",
        "2026/11/20 10:13:05,SOUMU-1,b.exe,検出のみ",
    ]
    assert {event.fields["verdict.kind"] for event in read(lines)} == {ThreatKind.SUSPICIOUS}


def test_day_and_clock_in_two_columns_are_one_time() -> None:
    lines = [f"{day}/11/2026\t10:12:05\tfw\tDENY\t192.0.2.7" for day in (20, 21, 22)]
    assert [event.event_time.day for event in read(lines)] == [20, 21, 22]


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("駆除", Disposition.STOPPED),
        ("駆除失敗", Disposition.LET_THROUGH),
        ("clean failed", Disposition.LET_THROUGH),
        ("login failed", Disposition.UNKNOWN),
        ("not blocked", Disposition.LET_THROUGH),
        ("検知のみ", Disposition.SEEN),
        ("要確認", Disposition.UNKNOWN),
        ("ブロックできませんでした", Disposition.LET_THROUGH),
    ],
)
def test_a_deed_that_failed_was_not_done(word: str, said: Disposition) -> None:
    assert disposition_of_value(word) is said


def test_sentences_that_say_different_deeds_are_never_one() -> None:
    lines = [
        "[門] ウイルスを駆除しました 端末：KEIRI-2 検出名：W32/Test.A",
        "[門] ウイルスを検知しました 端末：SOUMU-1 検出名：EICAR",
        "[門] ウイルスを検知しました 端末：SOUMU-2 検出名：EICAR",
    ]
    said = {layout.template: layout.disposition for layout in propose(lines, name="x").layouts}
    assert sorted(said.values()) == [Disposition.SEEN, Disposition.STOPPED]


def test_a_japanese_label_and_a_blank_name_the_next_word_even_in_one_line() -> None:
    (event,) = read(["2026/11/20 10:14:05 SYS ログイン失敗 ユーザー guest 接続元 192.168.10.5"])
    assert (event.user, event.fields["src_ip"]) == ("guest", "192.168.10.5")
    assert event.fields["verdict.kind"] == ThreatKind.LOGIN_FAILED
