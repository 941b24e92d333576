"""The scan report: grouped, capped, honest about what was not read, and harmless to look at."""

from __future__ import annotations

import dataclasses
import io
import json
import re
import sys
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from rich.console import Console

from hinomi.core.errors import HinomiError
from hinomi.core.findings import Evidence, Finding, Why
from hinomi.core.records import SetAside
from hinomi.core.words import ActionLevel, Disposition, Level, SetAsideReason
from hinomi.detect import Rule, parse_rules
from hinomi.pipeline.report import tally as tally_module
from hinomi.pipeline.report.html import render_html
from hinomi.pipeline.report.jsonl import hit_line
from hinomi.pipeline.report.page import Setting, build_page, why_line
from hinomi.pipeline.report.pdf import render_pdf
from hinomi.pipeline.report.tally import EXAMPLES_KEPT, Hit, Tally
from hinomi.pipeline.report.terminal import render_terminal
from hinomi.pipeline.report.visible import json_line, visible, visible_block
from hinomi.pipeline.report.words import ACTION, DISPOSITION, PHRASES, SET_ASIDE

NOON = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script>\x1b[31m\x9b31m\u202eexe.fdp\x00{{7*7}}"
SETTING = Setting(
    language="ja",
    zone=ZoneInfo("Asia/Tokyo"),
    made=NOON,
    rules_used=81,
    rules_refused=0,
    rules_without_source=0,
    titles_ja={"r1": "記録が消された"},
    version="0.1.0",
)
ENGLISH = dataclasses.replace(SETTING, language="en")


def _rule(rule_id: str = "r1") -> Rule:
    body = f"""
title: Log cleared
id: {rule_id}
logsource: {{product: windows}}
detection: {{sel: {{EventID: 1102}}, condition: sel}}
level: high
"""
    (rule,) = parse_rules(body.encode(), path="r.yml")
    assert isinstance(rule, Rule)
    return dataclasses.replace(rule, id=rule_id)


RULE = _rule()


def _finding(**changes: object) -> Finding:
    finding = Finding(
        id="f", organisation="-", source="-", rule_id="r1", rule_title="Log cleared",
        level=Level.HIGH, event_time=NOON, receive_time=NOON, device="KEIRI-02", user="aoi",
        case="log_erased", disposition=Disposition.UNKNOWN, tags=("attack.t1070.001",),
        why=(Why("sel", "EventID", "1102", "1102"),),
        evidence=(Evidence("e", NOON, {"EventID": "1102"}, b'{"EventID":1102}'),),
        slots={}, late=False, rule_pack="", directory_generation=0,
    )  # fmt: skip
    return dataclasses.replace(finding, **changes)  # type: ignore[arg-type]


def _hit(*, record: int = 1, rule: Rule = RULE, **changes: object) -> Hit:
    return Hit("a.evtx", record, rule, _finding(**changes))


def _tally(*hits: Hit) -> Tally:
    tally = Tally()
    for hit in hits:
        tally.add_record(hit.source, hit.finding.event_time)
        tally.add_hit(hit)
    return tally


def _terminal(tally: Tally, setting: Setting = SETTING) -> str:
    stream = io.StringIO()
    Console(file=stream, width=100, no_color=True).print(
        render_terminal(tally, setting, paths=["a.evtx"], width=100)
    )
    return stream.getvalue()


def test_many_hits_of_one_rule_on_one_machine_are_one_group_with_few_examples() -> None:
    tally = _tally(*(_hit(record=number) for number in range(1, 5001)))
    (machine,) = build_page(tally, SETTING).machines
    (card,) = machine.findings
    assert card.count == 5000
    assert len(card.examples) == EXAMPLES_KEPT
    assert card.more == "同じものが、ほかに4,997件あります。"


def test_invented_machine_names_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tally_module, "GROUPS_KEPT", 10)
    tally = _tally(*(_hit(device=f"pc{number}") for number in range(1000)))
    assert len(tally.groups) <= 11
    assert sum(group.count for group in tally.groups.values()) == 1000
    names = {machine.name for machine in build_page(tally, SETTING).machines}
    assert PHRASES["ja"]["other_machines"] in names


def test_what_was_stopped_asks_for_nothing_unless_the_rule_says_so() -> None:
    stopped = _tally(_hit(case="malware_stopped", disposition=Disposition.STOPPED))
    assert build_page(stopped, SETTING).machines[0].action_word == "対応は不要"
    inside = _tally(_hit(disposition=Disposition.STOPPED, action=ActionLevel.NOW))
    assert build_page(inside, SETTING).machines[0].action_word == "今すぐ"


def test_verdicts_that_disagree_are_counted_and_not_summed_up_in_one_word() -> None:
    tally = _tally(
        *[_hit(disposition=Disposition.STOPPED)] * 3, _hit(disposition=Disposition.LET_THROUGH)
    )
    (card,) = build_page(tally, SETTING).machines[0].findings
    assert card.disposition == "止めた 3・通した 1"
    assert card.action_word == "今日中"


@pytest.mark.parametrize(("count", "word"), [(9, "確認だけ"), (10, "今日中")])
def test_a_few_failed_logins_are_somebody_mistyping_and_many_are_not(count: int, word: str) -> None:
    hits = [_hit(case="login_attempts", level=Level.LOW)] * count
    assert build_page(_tally(*hits), SETTING).machines[0].action_word == word


def test_times_are_shown_in_the_readers_zone_and_what_is_equal_is_said_once() -> None:
    tally = _tally(_hit(), _hit(event_time=NOON + timedelta(minutes=3)))
    page = build_page(tally, SETTING)
    assert page.machines[0].when == "2026-11-20 12:00:00 – 12:03:00"
    assert "日本時間（JST）" in page.zone


def test_nothing_found_is_not_sold_as_safety() -> None:
    tally = Tally()
    tally.add_record("a.evtx", NOON)
    page = build_page(tally, SETTING)
    assert page.notes == ("見つからなかったことは、何もなかった証拠にはなりません。",)
    assert not re.search("大丈夫|安全|問題ありません", _terminal(tally) + render_html(page))


def test_what_could_not_be_read_stands_in_every_report_in_the_readers_language() -> None:
    tally = Tally()
    note = SetAside("e", "-", "-", NOON, SetAsideReason.NOT_JSON, "Looks like JSON but is not "
                    "complete.", b"{")  # fmt: skip
    tally.add_set_aside("odd.log", 3, note)
    tally.add_problem("cut.evtx", "The event log was cut: 65,536 bytes are missing.")
    html = render_html(build_page(tally, SETTING))
    for text in (html, _terminal(tally)):
        assert "JSONとして読めない" in text
        assert "途中で切れています（65,536バイト不足）。" in text
    assert "bytes are missing" in render_html(build_page(tally, ENGLISH))


def test_nothing_from_a_record_acts_on_a_terminal() -> None:
    tally = _tally(_hit(device=HOSTILE, user=HOSTILE, why=(Why("sel", "f", HOSTILE, HOSTILE),)))
    shown = _terminal(tally)
    assert not set(shown) & set("\x1b\x9b\x00\u202e")
    assert "⟨ESC⟩[31m" in shown
    assert "⟨U+202E⟩" in shown


def test_nothing_from_a_record_is_markup_in_the_html_report() -> None:
    raw = HOSTILE.encode()
    finding = {"evidence": (Evidence("e", NOON, {}, raw),), "device": HOSTILE, "user": HOSTILE}
    tally = _tally(_hit(why=(Why(HOSTILE, HOSTILE, HOSTILE, HOSTILE),), **finding))
    tally.add_problem(HOSTILE, HOSTILE)
    html = render_html(build_page(tally, SETTING))
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert not set(html) & set("\x1b\x9b\x00\u202e")


def test_the_html_report_asks_nobody_for_anything() -> None:
    html = render_html(build_page(_tally(_hit()), SETTING))
    assert not re.search(
        r"""(?:src|action)=|href="[^#]|href=[^"]|url\(|@import|<link|<script""", html
    )
    assert "default-src 'none'" in html


def test_both_languages_know_every_word() -> None:
    assert PHRASES["ja"].keys() == PHRASES["en"].keys()
    for table, members in ((ACTION, ActionLevel), (DISPOSITION, Disposition),
                           (SET_ASIDE, SetAsideReason)):  # fmt: skip
        assert set(table["ja"]) == set(table["en"]) == set(members)
    page = build_page(_tally(_hit()), ENGLISH)
    assert "Log cleared" in render_html(page)
    assert not re.search("[ぁ-んァ-ヶ一-龠]", _terminal(_tally(_hit()), ENGLISH))


def test_a_json_line_has_exactly_the_keys_of_the_contract() -> None:
    row = json.loads(hit_line(_hit(record=7)))
    assert " ".join(row) == "rule_id rule_title level time source record host user tags why"
    assert row["time"] == "2026-11-20T03:00:00.000Z"
    assert row["record"] == 7
    assert row["why"] == [
        {"selection": "sel", "field": "EventID", "value": "1102", "pattern": "1102"}
    ]


def test_a_json_line_is_one_line_that_acts_on_nothing_and_says_the_same() -> None:
    line = json_line({"a": HOSTILE + "\n\u2028日本語\ud800"})
    assert not re.search("[\x00-\x1f\x7f-\x9f\u2028\u202e]", line)
    assert "日本語" in line
    assert json.loads(line)["a"].startswith(HOSTILE + "\n\u2028日本語")


def test_text_is_cut_and_spelt_out() -> None:
    assert visible("a" * 50, limit=10) == "a" * 9 + "…"
    assert visible("a\tb\r\nc\rd") == "a⟨TAB⟩b↵c⟨CR⟩d"
    assert visible_block("a\r\nb\x07", limit=10) == "a\nb⟨U+0007⟩"


def test_the_reason_line_shows_what_tells_and_not_what_kind_of_record_it_was() -> None:
    why = (Why("s", "EventID", "1", "1"), Why("s", "CommandLine", "x /all", "contains: /all"))
    assert why_line(why, PHRASES["ja"], limit=80) == "CommandLine = x /all"
    assert why_line(why[:1], PHRASES["ja"], limit=80) == "EventID = 1"
    assert why_line((), PHRASES["ja"], limit=80) == ""


def test_the_pdf_report_takes_hostile_data_as_data() -> None:
    typst_code = '#panic("x") ] $ \\ " #sys.inputs'
    tally = _tally(_hit(device=typst_code, why=(Why("s", "f", HOSTILE + typst_code, "p"),)))
    assert render_pdf(build_page(tally, SETTING)).startswith(b"%PDF-")


def test_without_the_extra_a_pdf_is_refused_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from hinomi.pipeline.report.pdf import render_pdf

    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(HinomiError) as refusal:
        render_pdf(build_page(_tally(_hit()), SETTING))
    assert refusal.value.advice == "pip install 'hinomi[pdf]'"


def test_rules_that_wait_for_a_format_are_told_and_not_skipped_quietly() -> None:
    setting = dataclasses.replace(SETTING, rules_without_source=419, rules_refused=25)
    page = build_page(_tally(_hit()), setting)
    assert any("419件" in note for note in page.notes)
    assert ("使えない規則", "25") in page.figures
