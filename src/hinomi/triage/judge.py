"""One finding → what it means for a person: case, whom it is about, level, certainty, and why.

Nothing here knows other findings or incidents; joining is `hinomi.triage.decide`.
"""

from __future__ import annotations

import hashlib
import ipaddress
from typing import TYPE_CHECKING

from hinomi.core.incidents import Judgement
from hinomi.core.words import ActionLevel, Certainty, Disposition, Level
from hinomi.triage.cases import CASES, case_of

if TYPE_CHECKING:
    from hinomi.core.findings import Finding

COUNTED = frozenset({"login_attempts"})  # one of these is a typing mistake, ten are an attack
_KEY_VALUE_MOST = 200

# What a firewall calls the machine behind it; a name before an address.
_INSIDE_FIELDS = ("verdict.inside", "srcname", "src_host", "srchost", "srcip", "src_ip")
_WINDOWS_MARK = "Channel"  # a Windows record is written by the machine it is about

# The severity a rule's author gave it caps what the case says by itself.
_MOST_BY_LEVEL = {
    Level.INFORMATIONAL: ActionLevel.CHECK,
    Level.LOW: ActionLevel.CHECK,
    Level.MEDIUM: ActionLevel.TODAY,
}
# A rule that brings no case (imported) has nothing but its severity.
_LEVEL_OF_OTHER = {
    Level.CRITICAL: ActionLevel.NOW,
    Level.HIGH: ActionLevel.TODAY,
    Level.MEDIUM: ActionLevel.CHECK,
    Level.LOW: ActionLevel.NONE,
    Level.INFORMATIONAL: ActionLevel.NONE,
}
_CERTAINTY_OF = {
    Level.CRITICAL: Certainty.STRONG,
    Level.HIGH: Certainty.STRONG,
    Level.MEDIUM: Certainty.POSSIBLE,
    Level.LOW: Certainty.CHECKING,
    Level.INFORMATIONAL: Certainty.CHECKING,
}


def judge(finding: Finding) -> Judgement:
    """The judgement of one finding alone."""
    kind = finding.case if finding.case in CASES else "other"
    device = subject(finding, kind=kind)
    level, reasons = _level(finding, kind=kind)
    return Judgement(
        kind=kind,
        group_key=_group_key(finding, kind=kind, device=device),
        level=level,
        certainty=finding.certainty or _CERTAINTY_OF[finding.level],
        disposition=finding.disposition,
        device=device,
        first_event_at=finding.event_time,
        last_event_at=finding.event_time,
        count=1,
        late=finding.late,
        slots=dict(finding.slots),
        reasons=(f"case:{kind}", *reasons),
    )


def subject(finding: Finding, *, kind: str) -> str:
    """The machine the finding is about: behind a firewall when the case is about an inside one."""
    if not case_of(kind).about_inside or not finding.evidence:
        return finding.device
    fields = finding.evidence[0].fields
    if _WINDOWS_MARK in fields:
        return finding.device
    inside = (fields[name] for name in _INSIDE_FIELDS if fields.get(name))
    return next((value for value in inside if _may_be_inside(value)), finding.device)


def is_one_of_many(finding: Finding, *, kind: str) -> bool:
    """Whether it means nothing until enough of its kind came. What rests on several events was
    counted already, by a correlation."""
    return kind in COUNTED and len(finding.evidence) < 2


def _level(finding: Finding, *, kind: str) -> tuple[ActionLevel, tuple[str, ...]]:
    """The level and the English codes of what led to it, in order."""
    level, reasons = _level_by_case(finding, kind=kind)
    if finding.action is not None:
        level, reasons = finding.action, ("rule-action",)
    if finding.late and level is ActionLevel.NOW:
        return ActionLevel.TODAY, (*reasons, "late")  # a day has passed: it is no fire drill now
    return level, reasons


def _level_by_case(finding: Finding, *, kind: str) -> tuple[ActionLevel, tuple[str, ...]]:
    verdict = f"verdict:{finding.disposition}"
    if kind == "other":
        cap = ActionLevel.NONE if finding.disposition is Disposition.STOPPED else ActionLevel.NOW
        return _lower(_LEVEL_OF_OTHER[finding.level], cap), (verdict, f"severity:{finding.level}")
    level = case_of(kind).by_verdict(finding.disposition)
    if kind in COUNTED:
        return level, (verdict,)  # the number weighs, not the severity of a single one
    most = _MOST_BY_LEVEL.get(finding.level, ActionLevel.NOW)
    if most.urgency < level.urgency:
        return most, (verdict, f"severity:{finding.level}")
    return level, (verdict,)


def _group_key(finding: Finding, *, kind: str, device: str) -> str:
    """What one incident of this case is about, e.g. `ransomware:device=aoba-soumu1`."""
    name, value = _group(finding, kind=kind, device=device)
    if len(value) > _KEY_VALUE_MOST:
        value = hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{kind}:{name}={value}"


def _group(finding: Finding, *, kind: str, device: str) -> tuple[str, str]:
    candidates = {
        "device": device,
        "user": finding.user or finding.slots.get("user", ""),
        "source_ip": finding.slots.get("source_ip", ""),
    }
    wanted = finding.group_by or "device"
    if wanted == "organisation":
        return "organisation", ""
    # Attackers try from many addresses with many names: failures are counted where they arrive.
    # A machine behind the firewall is named by `device`, whatever the rule calls it.
    if kind in COUNTED or case_of(kind).about_inside:
        wanted = "device"
    if candidates.get(wanted):
        return wanted, candidates[wanted].casefold()
    return ("device", device.casefold()) if device else ("source", finding.source)


def _may_be_inside(value: str) -> bool:
    """A name, or an address of a private network; a public address is somebody else's."""
    try:
        return ipaddress.ip_address(value).is_private
    except ValueError:
        return True


def _lower(first: ActionLevel, second: ActionLevel) -> ActionLevel:
    return min(first, second, key=lambda level: level.urgency)
