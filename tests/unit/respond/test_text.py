"""The text builder: fixed order, only facts, a calm voice for what was stopped."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from hinomi.core.errors import HinomiError
from hinomi.core.words import ActionLevel, Certainty, Disposition
from hinomi.respond.library import (
    DIMENSIONS,
    SLOT_NAMES,
    Node,
    case_text,
    cases,
    choose,
    general,
)
from hinomi.respond.plain import plain
from hinomi.respond.slots import placeholders
from hinomi.respond.text import SMS_LIMIT, TextFacts, build, build_release, choices, headline

WANTED = {
    "attack_blocked", "attack_seen", "c2_communication", "credential_theft", "defence_disabled",
    "emotet", "fake_mail", "fake_warning", "log_erased", "login_attempts", "login_succeeded",
    "malware_on_pc",
    "malware_stopped", "new_admin", "old_pc_malware", "other", "partner_mail_malware",
    "phishing_blocked", "ransomware", "remote_entry", "remote_tools_found", "sensor_silent",
    "suspicious_program", "unknown_device", "unwanted_software",
    "backup_touched", "cloud_login", "cloud_setting", "data_leaving", "inside_search",
    "mail_account_abused", "mail_forwarding", "network_setting", "protection_weak",
    "new_device", "new_program", "unusual_login", "unusual_traffic",
    "watch_partial",
}  # fmt: skip
NAME = "まちの見守り"


def test_there_is_a_text_for_every_case() -> None:
    assert set(cases()) == WANTED


def test_the_blocks_stand_in_the_fixed_order(facts: TextFacts) -> None:
    text = plain(build("c2_communication", facts=facts, service_name=NAME, phone="03-0000-0000"))
    order = [
        "〔今すぐ〕攻撃者のサーバーと通信したと見ています",
        "何が起きたか",
        "この順に行ってください",
        "押すボタン",
        "しないでください",
        "どのくらい危険か",
        "こちらで済ませたこと",
        "このあと",
        "電話 03-0000-0000",
        "受付番号 K-2041",
        "パスワードや暗証番号は聞きません",
    ]
    places = [text.index(piece) for piece in order]
    assert places == sorted(places)


@pytest.mark.parametrize("case", sorted(WANTED))
def test_every_text_offers_a_way_out_and_never_more_than_three_steps(
    case: str, facts: TextFacts
) -> None:
    text = build(case, facts=facts, service_name=NAME)
    assert text.buttons[-1].label == "できない・わからない"
    assert text.buttons[-1].choice == "help"
    assert len(text.buttons) >= 2
    assert 1 <= len(text.steps) <= 3
    assert len(text.sms) <= SMS_LIMIT


@pytest.mark.parametrize("case", sorted(WANTED - {"sensor_silent", "c2_communication"}))
def test_what_was_stopped_says_so_and_asks_nobody_to_pull_a_cable(
    case: str, facts: TextFacts
) -> None:
    """A stopped attack must never become a scare."""
    level = choose(case_text(case).blocks["level"], {"disposition": "stopped"})
    stopped = replace(facts, disposition=Disposition.STOPPED, level=ActionLevel(str(level)))
    text = build(case, facts=stopped, service_name=NAME)
    assert text.level.urgency <= ActionLevel.CHECK.urgency
    assert "止め" in "".join(text.what)
    if case != "old_pc_malware":  # an old system should leave the network all the same
        assert not any("抜" in step for step in text.steps)


@pytest.mark.parametrize("case", sorted(WANTED))
@pytest.mark.parametrize("level", [ActionLevel.CHECK, ActionLevel.NONE])
def test_nobody_pulls_a_cable_only_to_check_something(
    case: str, level: ActionLevel, facts: TextFacts
) -> None:
    text = build(case, facts=replace(facts, level=level), service_name=NAME)
    assert not any("抜" in step for step in (*text.steps, text.sms))


@pytest.mark.parametrize("case", sorted(WANTED))
@pytest.mark.parametrize(
    "disposition", [Disposition.SEEN, Disposition.LET_THROUGH, Disposition.UNKNOWN]
)
def test_nobody_claims_a_stop_that_no_record_shows(
    case: str, disposition: Disposition, facts: TextFacts
) -> None:
    text = build(case, facts=replace(facts, disposition=disposition), service_name=NAME)
    words = "".join((text.title, *text.what, *text.risk, *text.done))
    assert "止めました" not in words
    assert "被害はありません" not in words
    assert "止まっています" not in words


def test_a_virus_on_the_pc_itself_did_not_stop_before_it_arrived(facts: TextFacts) -> None:
    """Only what stands at the gate can stop something on its way in."""
    stopped = replace(facts, disposition=Disposition.STOPPED, level=ActionLevel.NONE)
    gate = plain(build("malware_stopped", facts=stopped, service_name=NAME))
    pc = build("malware_stopped", facts=replace(stopped, guard_kind="windows"), service_name=NAME)
    assert "届く前に" in gate
    assert "届く前に" not in plain(pc)
    assert "ウイルス対策ソフトが止めた" in plain(pc)


@pytest.mark.parametrize(
    ("certainty", "ending"),
    [
        (Certainty.CONFIRMED, "通信しました。"),
        (Certainty.STRONG, "と見ています。"),
        (Certainty.POSSIBLE, "おそれがあります。"),
        (Certainty.CHECKING, "調べています。"),
    ],
)
def test_the_four_phrases_of_certainty(certainty: Certainty, ending: str, facts: TextFacts) -> None:
    text = build("c2_communication", facts=replace(facts, certainty=certainty), service_name=NAME)
    assert text.what[0].endswith(ending)


def test_a_late_record_says_its_date_first(facts: TextFacts) -> None:
    late = replace(facts, late=True, last_event_at=datetime(2026, 11, 17, 3, tzinfo=UTC))
    text = build("malware_on_pc", facts=late, service_name=NAME)
    assert text.what[0] == "これは11月17日（火）の記録です。あとから分かりました。"


def test_times_are_said_in_the_companys_own_zone(facts: TextFacts) -> None:
    here = build("log_erased", facts=facts, service_name=NAME)
    there = build("log_erased", facts=replace(facts, timezone="UTC"), service_name=NAME)
    assert "今日10時12分" in here.what[0]
    assert "今日1時12分" in there.what[0]


def test_yesterday_is_said_by_its_date(facts: TextFacts) -> None:
    tomorrow = replace(facts, now=facts.now + timedelta(days=1))
    text = build("log_erased", facts=tomorrow, service_name=NAME)
    assert "11月20日（金）10時12分" in text.what[0]


def test_one_and_many_are_counted_differently(facts: TextFacts) -> None:
    one = build("login_attempts", facts=facts, service_name=NAME)
    many = build("login_attempts", facts=replace(facts, count=2314), service_name=NAME)
    assert "2,314回以上失敗しています" in many.what[0]
    assert "回" not in one.what[0]


@pytest.mark.parametrize("device", ["", "192.168.1.20", "\x1b[2J", "\u202e"])
def test_without_a_name_no_empty_brackets_are_shown(device: str, facts: TextFacts) -> None:
    text = build("malware_on_pc", facts=replace(facts, device=device), service_name=NAME)
    assert "「」" not in plain(text)
    assert "どのパソコンか分からないときは" in text.steps[-1]


def test_without_a_phone_no_call_is_asked_for(facts: TextFacts) -> None:
    silent = build("ransomware", facts=facts, service_name=NAME)
    spoken = build("ransomware", facts=facts, service_name=NAME, phone="03-0000-0000")
    assert silent.phone == ""
    assert "電話してください" not in plain(silent)
    assert "03-0000-0000に電話してください" in spoken.steps[-1]


def test_a_hostile_device_name_stays_plain_text(facts: TextFacts) -> None:
    hostile = replace(facts, device="<b>{number}</b>%s\r\nBcc: a@example", slots={"user": "{x}"})
    text = build("malware_on_pc", facts=hostile, service_name=NAME)
    assert "「<b>{number}</b>%s Bcc: a@exam…」" in text.what[0]
    assert all("\n" not in line for line in text.what)


def test_a_path_shows_its_file_and_a_user_without_the_domain(facts: TextFacts) -> None:
    known = replace(facts, slots={"file": "file:_C:\\Users\\fumi\\a.exe", "user": "AOBA\\fumi"})
    assert "「a.exe」" in "".join(build("unwanted_software", facts=known, service_name=NAME).what)
    assert "「fumi」" in "".join(build("new_admin", facts=known, service_name=NAME).what)


def test_nothing_to_do_means_no_step_and_no_sms(facts: TextFacts) -> None:
    text = build("phishing_blocked", facts=replace(facts, level=ActionLevel.NONE), service_name="")
    assert text.steps == text.donts == ()
    assert text.sms == ""
    assert [button.choice for button in text.buttons] == ["understood", "help"]


def test_an_unknown_case_gets_the_words_that_claim_least(facts: TextFacts) -> None:
    text = build("nobody_wrote_this", facts=facts, service_name=NAME)
    assert text.case == "other"


def test_a_long_service_name_does_not_make_the_sms_too_long(facts: TextFacts) -> None:
    text = build(
        "emotet", facts=facts, service_name="とても長い名前の見守りサービス" * 3, phone="0" * 20
    )
    assert 0 < len(text.sms) <= SMS_LIMIT


@pytest.mark.parametrize("case", sorted(WANTED))
def test_every_case_has_its_closing_twin(case: str, facts: TextFacts) -> None:
    """Without it people reconnect too early or never."""
    text = build_release(case, facts=facts, service_name=NAME)
    assert text.title == "元に戻してよい合図です"
    assert text.steps
    assert text.buttons[0].choice == "restored"


def test_choices_are_what_the_buttons_say(facts: TextFacts) -> None:
    assert choices("fake_warning", facts=facts) == {"done", "paid", "help"}


def test_a_text_asks_only_for_slots_that_exist() -> None:
    for name in cases():
        text = case_text(name)
        for node in (*text.blocks.values(), *text.release.values(), *general().values()):
            for sentence in _sentences(node):
                assert set(placeholders(sentence)) <= SLOT_NAMES, (name, sentence)


def test_every_choice_in_every_text_is_by_one_known_fact() -> None:
    facts = {name: sorted(values)[0] for name, values in DIMENSIONS.items()}
    for name in cases():
        for node in case_text(name).blocks.values():
            _walk(node, facts)


def test_a_choice_by_no_known_fact_is_refused() -> None:
    with pytest.raises(HinomiError, match="not values of one fact"):
        choose({"stopped": "a", "many": "b"}, {})


def _walk(node: Node, facts: dict[str, str]) -> None:
    if isinstance(node, dict):
        choose(node, facts)
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    for child in children:
        _walk(child, facts)


def _sentences(node: Node | int) -> list[str]:
    if isinstance(node, dict):
        return [each for child in node.values() for each in _sentences(child)]
    if isinstance(node, list):
        return [each for child in node for each in _sentences(child)]
    return [str(node)]


def test_a_stopped_call_to_an_attackers_server_is_calm_and_asks_for_one_check(
    facts: TextFacts,
) -> None:
    """It is due today, because something on the PC asked for it; but nothing got out."""
    stopped = replace(facts, disposition=Disposition.STOPPED, level=ActionLevel.TODAY)
    text = build("c2_communication", facts=stopped, service_name=NAME)
    assert "止めました" in text.title
    assert any("検査を、1回" in step for step in text.steps)
    assert not any("抜" in part for part in (*text.steps, *text.what, text.sms))
    assert {button.choice for button in text.buttons} == {"done", "opened", "help"}


@pytest.mark.parametrize("case", sorted(WANTED))
def test_a_headline_alone_is_the_title_of_the_whole_text(case: str, facts: TextFacts) -> None:
    """Lists show it; a second wording for lists would be a second truth."""
    for level in ActionLevel:
        for disposition in Disposition:
            known = replace(facts, level=level, disposition=disposition)
            whole = build(case, facts=known, service_name=NAME)
            release = build_release(case, facts=known, service_name=NAME)
            assert headline(case, facts=known, service_name=NAME) == whole.title
            alone = headline(case, facts=known, service_name=NAME, is_release=True)
            assert alone == release.title
