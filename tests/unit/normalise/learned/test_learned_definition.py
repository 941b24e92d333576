"""A definition is strict: every fault has its place, and nothing in it can hang a reader."""

from __future__ import annotations

import json
import time

import pytest

from hinomi.core.errors import HinomiError
from hinomi.core.records import Event
from hinomi.core.words import Disposition, ThreatKind
from hinomi.normalise.learned import (
    DefinitionRefused,
    build,
    examples_of,
    prove,
    read_definition,
    read_sample,
    ready,
    write_definition,
)
from hinomi.normalise.learned.template import BadTemplate, read_template

GATE = {
    "hinomi_format": 1,
    "name": "社内ゲート",
    "is_confirmed": True,
    "layouts": [
        {
            "kind": "sentence",
            "id": "virus",
            "template": "{いつ:time} ウイルス {threat:word} を {file_path:text} で駆除しました",
            "disposition": "stopped",
            "verdict": "malware",
        },
        {"kind": "pairs", "id": "pairs", "mark": ":", "between": "、"},
    ],
    "fields": [
        {"name": "送信元", "role": "src_ip"},
        {"name": "宛先", "role": "dst_ip"},
        {"name": "処理", "role": "action"},
    ],
    "time": {"fields": ["いつ"]},
    "dispositions": [{"field": "処理", "values": {"遮断": "stopped", "検知": "seen"}}],
}
VIRUS = "2026年11月20日 10時12分05秒 ウイルス EICAR-Test を C:\\一時 置場\\a.exe で駆除しました"
PAIRS = "<134>Nov 20 10:12:05 gw1 送信元：192.0.2.7:1234、宛先：198.51.100.9、処理：遮断"


def definition(**changes: object) -> str:
    return json.dumps(GATE | changes, ensure_ascii=False)


def event(line: str, **changes: object) -> Event:
    found = read_sample(build(read_definition(definition(**changes)), id="x1"), line)
    assert isinstance(found, Event)
    return found


def test_a_sentence_gives_its_slots_time_disposition_and_verdict() -> None:
    found = event(VIRUS)
    assert found.fields["threat"] == "EICAR-Test"
    assert found.fields["file_path"] == "C:\\一時 置場\\a.exe"
    assert found.event_time.isoformat() == "2026-11-20T01:12:05+00:00"
    assert found.disposition is Disposition.STOPPED
    assert found.fields["verdict.kind"] == ThreatKind.MALWARE
    assert found.fields["learned.format"] == "x1"


def test_pairs_are_kept_under_the_devices_names_and_given_their_roles() -> None:
    found = event(PAIRS)
    assert found.fields["送信元"] == "192.0.2.7:1234"
    assert (found.fields["src_ip"], found.fields["src_port"]) == ("192.0.2.7", "1234")
    assert found.fields["dst_ip"] == "198.51.100.9"
    assert found.device == "gw1"
    assert found.disposition is Disposition.STOPPED


def test_a_word_nobody_listed_is_never_stopped() -> None:
    assert event(PAIRS.replace("遮断", "遮断予定")).disposition is Disposition.UNKNOWN


def test_nothing_counts_as_stopped_before_a_person_confirmed_it() -> None:
    for line in (VIRUS, PAIRS):
        assert event(line, is_confirmed=False).disposition is Disposition.UNKNOWN


def test_a_device_field_that_is_called_like_a_role_makes_room() -> None:
    fields = [{"name": "処理", "role": "action"}]
    layouts = [{"kind": "pairs", "id": "p", "mark": ":", "between": "、"}]
    found = event("action：7、処理：遮断", fields=fields, layouts=layouts, time={})
    assert (found.fields["action"], found.fields["native.action"]) == ("遮断", "7")


def test_a_line_that_does_not_fit_is_set_aside_with_the_formats_name() -> None:
    found = read_sample(build(read_definition(definition()), id="x1"), "まったく別の文です")
    assert not isinstance(found, Event)
    assert "社内ゲート" in found.detail


def test_tests_made_from_lines_hold_and_notice_a_change() -> None:
    first = read_definition(definition())
    tests = json.loads(
        write_definition(
            type(first)(
                hinomi_format=1,
                name=first.name,
                layouts=first.layouts,
                tests=examples_of(first, [VIRUS, PAIRS]),
            )
        )
    )["tests"]
    assert prove(read_definition(definition(tests=tests))) == []
    changed = prove(read_definition(definition(tests=tests, fields=[])))
    assert {fault.name for fault in changed} >= {"src_ip", "dst_ip", "action"}


def test_the_file_comes_back_as_it_was_written() -> None:
    found = read_definition(definition())
    assert read_definition(write_definition(found)) == found


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"hinomi_format": 9}, "$.hinomi_format"),
        ({"name": " "}, "$.name"),
        ({"layouts": []}, "$.layouts"),
        ({"layouts": [{"kind": "magic", "id": "a"}]}, "$.layouts[0].kind"),
        ({"layouts": [{"kind": "sentence", "id": "a", "template": "x {y"}]}, "$.layouts[0]"),
        ({"layouts": [{"kind": "sentence", "id": "a", "template": "{y}"}]}, "$.layouts[0]"),
        ({"layouts": [{"kind": "columns", "id": "a", "columns": ["a", "a"], "between": ","}]},
         "$.layouts[0]"),
        ({"fields": [{"name": "x", "role": "nonesuch"}]}, "$.fields[0].role"),
        ({"fields": [{"name": "_raw", "role": "user"}]}, "$.fields[0]"),
        ({"time": {"fields": ["いつ"], "pattern": "yyyy"}}, "$.time"),
        ({"time": {"fields": ["いつ"], "zone": "Tokyo/Asia"}}, "$.time"),
        ({"dispositions": [{"field": "処理", "values": {"遮断": "halted"}}]}, "$.dispositions[0]"),
        ({"surprise": 1}, "surprise"),
    ],
)  # fmt: skip
def test_every_fault_names_its_place(change: dict[str, object], place: str) -> None:
    with pytest.raises(DefinitionRefused) as caught:
        read_definition(definition(**change), path="gate.json")
    assert place in str(caught.value)
    assert "gate.json" in str(caught.value)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"hinomi_format":"1"}', "null", "\ud800"])
def test_what_is_no_definition_is_refused_and_never_crashes_the_worker(text: str) -> None:
    with pytest.raises(HinomiError):
        read_definition(text)
    assert ready(text, id="x") is None


def test_a_template_of_many_texts_never_hangs() -> None:
    """A pattern of forty free texts over a line of repetitions would be endless as one regex."""
    template = read_template("".join(f"a{{t{number}:text}}" for number in range(40)) + "!")
    begun = time.perf_counter()
    assert template.spans("a" * 16_000) is None
    assert template.spans("a b " * 4_000) is None
    assert time.perf_counter() - begun < 0.5


def test_two_slots_that_touch_are_refused() -> None:
    with pytest.raises(BadTemplate, match="touch"):
        read_template("user {a}{b}")


def test_blanks_in_a_template_stand_for_any_run_of_blanks() -> None:
    template = read_template("from {src_ip:ip} to {dst_ip:ip}.")
    assert template.spans("from  192.0.2.1   to\t2001:db8::1.") is not None


@pytest.mark.parametrize(
    ("text", "pattern", "zone", "wanted"),
    [
        ("令和8年11月20日 午後3時05分", "auto", "source", "2026-11-20T06:05:00+00:00"),
        ("2026/11/20 10:12", "auto", "source", "2026-11-20T01:12:00+00:00"),
        ("20261120101205", "auto", "UTC", "2026-11-20T10:12:05+00:00"),
        ("1795140725", "auto", "source", "2026-11-20T02:12:05+00:00"),
        ("20/11/2026 10:12:05", "dd/MM/yyyy HH:mm:ss", "source", "2026-11-20T01:12:05+00:00"),
        ("Nov-20-2026 03:04 PM", "MMM-dd-yyyy hh:mm tt", "UTC", "2026-11-20T15:04:00+00:00"),
    ],
)
def test_times_are_read_as_written(text: str, pattern: str, zone: str, wanted: str) -> None:
    layouts = [{"kind": "sentence", "id": "a", "template": "[{いつ:text}] {x:text}"}]
    time_ = {"fields": ["いつ"], "pattern": pattern, "zone": zone}
    found = event(f"[{text}] あ", layouts=layouts, time=time_, fields=[])
    assert found.event_time.isoformat() == wanted


def test_a_device_cannot_write_a_verdict_of_its_own() -> None:
    layouts = [{"kind": "json", "id": "j"}]
    found = event('{"verdict.kind": "malware", "a": "1"}', layouts=layouts, fields=[], time={})
    assert "verdict.kind" not in found.fields
    assert found.fields["native.verdict.kind"] == "malware"


def test_three_hundred_hostile_sentences_cost_a_line_little() -> None:
    slots = "".join(f"a{{t{number}:text}} " for number in range(40))
    layouts = [
        {"kind": "sentence", "id": f"s{number}", "template": f"{slots}{number}!"}
        for number in range(300)
    ]
    text = definition(layouts=layouts, fields=[], time={})
    form = build(read_definition(text), id="x1")
    line = "a " * 6_000 + "".join(f"{number}! " for number in range(300)) + "z"
    begun = time.perf_counter()
    assert not isinstance(read_sample(form, line), Event)
    assert time.perf_counter() - begun < 0.5
