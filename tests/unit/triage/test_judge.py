"""What one finding alone means for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hinomi.core.words import ActionLevel, Certainty, Disposition, Level
from hinomi.respond.library import case_text, cases, choose
from hinomi.triage.cases import CASES
from hinomi.triage.judge import judge

if TYPE_CHECKING:
    from tests.unit.triage.conftest import Maker

OUTSIDE = {"source_ip": "8.8.8.8"}
STOPPED_MAY_BE = {ActionLevel.NONE, ActionLevel.CHECK}


@pytest.mark.parametrize("case", sorted(set(CASES) - {"c2_communication", "sensor_silent"}))
@pytest.mark.parametrize("severity", list(Level))
def test_what_was_stopped_is_at_most_to_be_checked(case: str, severity: Level, make: Maker) -> None:
    finding = make.finding(case=case, level=severity, disposition=Disposition.STOPPED)
    assert judge(finding).level in STOPPED_MAY_BE


def test_a_stopped_connection_to_an_attacker_still_means_a_pc_to_look_at(make: Maker) -> None:
    """Something on the PC asked for that server; the firewall only hid the answer."""
    finding = make.finding(case="c2_communication", disposition=Disposition.STOPPED)
    assert judge(finding).level is ActionLevel.TODAY


@pytest.mark.parametrize("case", sorted(CASES))
def test_what_comes_a_day_late_is_never_to_be_done_at_once(case: str, make: Maker) -> None:
    finding = make.finding(case=case, late=True, action=ActionLevel.NOW)
    assert judge(finding).level is ActionLevel.TODAY
    assert "late" in judge(finding).reasons


@pytest.mark.parametrize("case", sorted(set(CASES) - {"other"}))
@pytest.mark.parametrize("disposition", list(Disposition))
def test_the_texts_are_written_for_the_levels_that_triage_gives(
    case: str, disposition: Disposition, make: Maker
) -> None:
    written = choose(case_text(case).blocks["level"], {"disposition": disposition.value})
    assert judge(make.finding(case=case, disposition=disposition)).level.value == written


def test_every_case_has_a_row_and_a_text() -> None:
    assert set(CASES) == set(cases())


@pytest.mark.parametrize(
    ("severity", "level"),
    [
        (Level.CRITICAL, ActionLevel.NOW),
        (Level.HIGH, ActionLevel.TODAY),
        (Level.MEDIUM, ActionLevel.CHECK),
        (Level.LOW, ActionLevel.NONE),
    ],
)
def test_a_rule_without_a_case_is_judged_by_its_severity(
    severity: Level, level: ActionLevel, make: Maker
) -> None:
    judged = judge(make.finding(case="", level=severity))
    assert (judged.kind, judged.level) == ("other", level)


@pytest.mark.parametrize(
    ("severity", "level"),
    [
        (Level.HIGH, ActionLevel.NOW),
        (Level.MEDIUM, ActionLevel.TODAY),
        (Level.LOW, ActionLevel.CHECK),
    ],
)
def test_a_weak_rule_does_not_ring_the_loud_bell(
    severity: Level, level: ActionLevel, make: Maker
) -> None:
    assert judge(make.finding(case="emotet", level=severity)).level is level


def test_a_rule_may_say_the_level_itself(make: Maker) -> None:
    finding = make.finding(
        case="c2_communication", action=ActionLevel.NOW, disposition=Disposition.STOPPED
    )
    assert judge(finding).level is ActionLevel.NOW


def test_a_rules_own_certainty_wins_over_its_severity(make: Maker) -> None:
    assert judge(make.finding(level=Level.MEDIUM)).certainty is Certainty.POSSIBLE
    finding = make.finding(level=Level.MEDIUM, certainty=Certainty.CONFIRMED)
    assert judge(finding).certainty is Certainty.CONFIRMED


def test_a_firewalls_record_is_about_the_pc_behind_it(make: Maker) -> None:
    fields = {"devname": "AOBA-FGT", "srcip": "192.168.11.21"}
    finding = make.finding(case="c2_communication", device="AOBA-FGT", fields=fields)
    assert judge(finding).device == "192.168.11.21"
    named = make.finding(
        case="c2_communication", device="AOBA-FGT", fields={**fields, "srcname": "SOUMU1"}
    )
    assert judge(named).device == "SOUMU1"


def test_an_outside_address_is_never_the_pc(make: Maker) -> None:
    fields = {"devname": "AOBA-FGT", "srcip": "8.8.8.8"}
    finding = make.finding(case="malware_on_pc", device="AOBA-FGT", fields=fields)
    assert judge(finding).device == "AOBA-FGT"


def test_a_login_at_the_firewall_is_about_the_firewall(make: Maker) -> None:
    fields = {"devname": "AOBA-FGT", "srcip": "192.168.11.21"}
    finding = make.finding(case="login_succeeded", device="AOBA-FGT", fields=fields)
    assert judge(finding).device == "AOBA-FGT"


@pytest.mark.parametrize(
    ("case", "changes", "key"),
    [
        ("emotet", {}, "emotet:device=soumu1"),
        ("emotet", {"device": ""}, "emotet:source=src_1"),
        ("new_admin", {"group_by": "user", "user": "Aoi"}, "new_admin:user=aoi"),
        ("other", {"group_by": "organisation"}, "other:organisation="),
        ("other", {"group_by": "source_ip", "slots": OUTSIDE}, "other:source_ip=8.8.8.8"),
        ("attack_seen", {"group_by": "source_ip"}, "attack_seen:device=soumu1"),
        ("login_attempts", {"group_by": "user", "slots": OUTSIDE}, "login_attempts:device=soumu1"),
    ],
)  # fmt: skip
def test_what_one_incident_is_about(
    case: str, changes: dict[str, object], key: str, make: Maker
) -> None:
    assert judge(make.finding(case=case, **changes)).group_key == key


def test_a_key_stays_short_whatever_the_device_is_called(make: Maker) -> None:
    assert len(judge(make.finding(device="あ" * 5_000)).group_key) < 300
