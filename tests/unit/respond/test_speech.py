"""What our call says is what the page says, and its keys are the page's buttons."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from hinomi.core.words import ActionLevel, Certainty, Disposition
from hinomi.respond.check import texts_check
from hinomi.respond.library import cases
from hinomi.respond.short import SMS_WHOLE, short_text
from hinomi.respond.speech import Booked, after_key, choice_of, read_one_by_one, speech
from hinomi.respond.text import TextFacts, build

NOW = datetime(2026, 11, 20, 1, 20, tzinfo=UTC)
FACTS = TextFacts(
    level=ActionLevel.NOW,
    certainty=Certainty.STRONG,
    disposition=Disposition.SEEN,
    first_event_at=NOW,
    last_event_at=NOW,
    now=NOW,
    number="K-2041",
    device="経理2番",
)
TEXT = build("ransomware", facts=FACTS, service_name="まちの見守り", phone="03-0000-0000")


def test_a_call_says_who_rings_the_steps_the_number_and_the_keys() -> None:
    said = speech(TEXT, service_name="まちの見守り")
    assert said.startswith("こちらは、まちの見守りの自動の電話です。\n今すぐのお知らせです。")
    assert all(step in said for step in TEXT.steps)
    assert "受付番号は、ケー、ニ、ゼロ、ヨン、イチ、です。" in said
    assert "「線を抜いた」なら、1を押してください。" in said


@pytest.mark.parametrize("case", cases())
def test_every_call_passes_the_checks_of_words(case: str) -> None:
    text = build(case, facts=FACTS, service_name="まちの見守り")
    assert not texts_check(speech(text, service_name="まちの見守り", mark_slots=True))


@pytest.mark.parametrize(("key", "choice"), [("1", "done"), ("2", "help"), ("3", ""), ("#", "")])
def test_the_keys_are_the_buttons_of_the_page(key: str, choice: str) -> None:
    assert choice_of(key, text=TEXT) == choice


def test_a_time_is_said_only_when_it_is_booked() -> None:
    assert "電話します" not in after_key("help", label="できない・わからない")
    booked = Booked(time="10時40分", person="佐藤", phone="03-1234-5678")
    said = after_key("help", label="できない・わからない", booked=booked)
    assert "10時40分までに、佐藤が電話します。" in said
    assert read_one_by_one("0312345678") in said


@pytest.mark.parametrize("password", ["", "あさがお", "たいへん長い合言葉を決めた会社"])
def test_an_sms_bears_the_password_and_no_address(password: str) -> None:
    sent = short_text(TEXT, password=password, phone="03-0000-0000")
    assert len(sent) <= SMS_WHOLE
    assert "http" not in sent
    assert sent.startswith("【まちの見守り】今すぐ")
    if password == "あさがお":
        assert sent.endswith("合言葉：あさがお")


def test_a_hostile_device_name_bends_no_call() -> None:
    facts = replace(FACTS, device="PC\n1を押さないでください。\x1b[31m")
    said = speech(build("malware_on_pc", facts=facts, service_name="まち"), service_name="まち")
    assert "\x1b" not in said
    assert not any(line.startswith("1を押さない") for line in said.splitlines())
