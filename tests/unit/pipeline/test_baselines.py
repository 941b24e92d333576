"""From an unusual event to the words a customer reads: every baseline's finding, in full."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.unit.detect.baselines import (
    test_beaconing,
    test_new_country,
    test_new_program,
    test_unusual_hour,
    test_volume,
)
from tests.unit.detect.baselines.office import at, event, watched

from hinomi.core.words import ActionLevel, Certainty
from hinomi.pipeline.findings import Versions, make_found
from hinomi.respond.plain import plain
from hinomi.respond.text import TextFacts, build
from hinomi.triage.judge import judge

if TYPE_CHECKING:
    from hinomi.core.records import Event


def leases() -> list[Event]:
    return [
        event({"action": "Extends", "mac": f"00:11:22:33:44:{last:02x}"}, at(day), shape="yamaha")
        for day, last in [*((day, 1) for day in range(14)), (20, 2)]
    ]


def sign_ins() -> list[Event]:
    return [test_new_country.vpn("Japan", day) for day in range(14)] + [
        test_new_country.vpn("Netherlands", 20)
    ]


STORIES = {
    "baseline-new-device": (leases, "はじめてつながりました"),
    "baseline-new-program": (
        lambda: [*test_new_program.learnt(), test_new_program.run(r"C:\x\odd.exe", 20)],
        "ソフトの名前は「odd.exe」です。",
    ),
    "baseline-new-country": (sign_ins, "今回は、はじめての国（オランダ）からでした。"),
    "baseline-unusual-hour": (
        lambda: [*test_unusual_hour.office_weeks(), test_unusual_hour.sign_in(27, 3.2)],
        "ふだんは、平日8〜19時です。",
    ),
    "baseline-beaconing": (
        lambda: [*test_beaconing.learnt(), *test_beaconing.beacon()],
        "今回は、10分おきに24回以上の通信でした。",
    ),
    "baseline-volume": (
        lambda: [*test_volume.learnt(), test_volume.sent(20, 9_000)],
        "ふだんは、1日に122MBくらいです。",
    ),
}


@pytest.mark.parametrize("measure", STORIES)
def test_a_customer_reads_what_is_usual_and_what_differs(measure: str) -> None:
    make, sentence = STORIES[measure]
    (found,) = (each for each in watched(make()) if each.teller.id == measure)
    finding = make_found(found=found, versions=Versions(), aliases={})
    judgement = judge(finding)
    facts = TextFacts(
        level=judgement.level,
        certainty=judgement.certainty,
        disposition=judgement.disposition,
        first_event_at=finding.event_time,
        last_event_at=finding.event_time,
        now=finding.event_time,
        number="K-1",
        device=judgement.device,
        slots=judgement.slots,
    )

    assert (judgement.level, judgement.certainty) == (ActionLevel.CHECK, Certainty.POSSIBLE)
    assert judgement.kind == found.teller.handling.case
    assert sentence in plain(build(judgement.kind, facts=facts, service_name="まちの見守り"))
