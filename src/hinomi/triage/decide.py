"""Findings → decisions: which incident each belongs to, how urgent it is now, whom to tell.

The findings are folded one by one, so that the incidents do not depend on how they were batched.
A finding joins an open incident (1) that has its group key, own or merged, or (2) that tells a
story on the same device whose events lie within an hour: an attack shows as many cases, and a
person needs one text, that of the heaviest case. A key a person split off never joins again.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from hinomi.core.incidents import (
    Decision,
    IncidentFacts,
    JoinIncident,
    Judgement,
    KeepCounting,
    OpenIncident,
)
from hinomi.core.words import ActionLevel, Certainty, Disposition, IncidentState
from hinomi.triage.cases import case_of
from hinomi.triage.judge import COUNTED, is_one_of_many, judge

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from hinomi.core.findings import Finding

STORY_GAP = timedelta(hours=1)
COUNT_NEEDED, COUNT_WITHIN = 10, timedelta(hours=1)
RECENT_KEPT = 100  # event times of a counted case that an incident hands back to us

# Beyond this many new incidents in an hour a company is not written to for each; all are shown.
FLOOD_WITHIN = timedelta(hours=1)
FLOOD_MOST = {ActionLevel.NOW: 20, ActionLevel.TODAY: 5, ActionLevel.CHECK: 5}

# Here the customer was told to go back to normal; the same attack again takes that back.
AFTER_ALL_CLEAR = frozenset({IncidentState.RECOVERING, IncidentState.OBSERVING})

WORSE = (Disposition.STOPPED, Disposition.UNKNOWN, Disposition.SEEN, Disposition.LET_THROUGH)
SURER = (Certainty.CHECKING, Certainty.POSSIBLE, Certainty.STRONG, Certainty.CONFIRMED)


@dataclass(slots=True)
class _Draft:
    """An incident while findings are folded into it; `facts` is None for a new one."""

    facts: IncidentFacts | None
    now: Judgement
    keys: set[str]
    banned: frozenset[str]
    finding_ids: list[str] = field(default_factory=list)
    event_times: list[datetime] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    count: int = 0

    def add(self, alert: Judgement, finding: Finding) -> None:
        self.finding_ids.append(finding.id)
        self.count += 1
        self.keys.add(alert.group_key)
        if is_one_of_many(finding, kind=alert.kind):
            self.event_times.append(finding.event_time)
            alert = self._counted(alert)
        self.reasons += [reason for reason in alert.reasons if reason not in self.reasons]
        self.now = _heavier(self.now, alert)

    def _counted(self, alert: Judgement) -> Judgement:
        """A counted case means nothing until enough of it came within the hour."""
        seen = most_within(self.event_times, COUNT_WITHIN)
        if seen >= COUNT_NEEDED:
            return replace(alert, reasons=(*alert.reasons, f"counted:{COUNT_NEEDED}"))
        return replace(alert, level=ActionLevel.NONE, reasons=(*alert.reasons, "too-few"))


def decide(
    *, findings: Sequence[Finding], open_incidents: Sequence[IncidentFacts], now: datetime
) -> list[Decision]:
    """Decisions for new findings of one organisation, one per incident touched. Groups that are
    only counted so far come in among `open_incidents` with the id 0."""
    drafts = [_resumed(facts) for facts in open_incidents]
    for finding in findings:
        alert = judge(finding)
        draft = _home(alert, drafts)
        if draft is None:
            draft = _Draft(
                facts=None, now=_blank(alert), keys={alert.group_key}, banned=frozenset()
            )
            drafts.append(draft)
        draft.add(alert, finding)
    told = _told_lately(open_incidents, now=now)
    return [_decision(draft, told) for draft in drafts if draft.finding_ids]


def _home(alert: Judgement, drafts: Iterable[_Draft]) -> _Draft | None:
    """Of several that fit, the oldest: a choice that no order of rows or batches changes."""
    allowed = sorted(
        (draft for draft in drafts if alert.group_key not in draft.banned),
        key=lambda draft: (draft.now.first_event_at, draft.now.group_key),
    )
    same = (draft for draft in allowed if alert.group_key in draft.keys)
    return next(same, None) or next(
        (draft for draft in allowed if _is_same_story(alert, draft.now)), None
    )


def _is_same_story(alert: Judgement, incident: Judgement) -> bool:
    if not alert.device or alert.device.casefold() != incident.device.casefold():
        return False
    if not (case_of(alert.kind).is_story and case_of(incident.kind).is_story):
        return False
    return (
        incident.first_event_at - STORY_GAP
        <= alert.first_event_at
        <= incident.last_event_at + STORY_GAP
    )


def _heavier(incident: Judgement, alert: Judgement) -> Judgement:
    """The incident after the alert joined: the heavier case leads, the level never falls."""
    first = min(incident.first_event_at, alert.first_event_at)
    last = max(incident.last_event_at, alert.last_event_at)
    if alert.kind == incident.kind:
        lead = replace(
            incident,
            level=_more_urgent(incident.level, alert.level),
            certainty=max(incident.certainty, alert.certainty, key=SURER.index),
            disposition=max(incident.disposition, alert.disposition, key=WORSE.index),
            slots={**incident.slots, **alert.slots},
        )
    elif _weight(alert) > _weight(incident):
        lead = alert
    else:
        lead = incident
    return replace(
        lead,
        group_key=incident.group_key,
        level=_more_urgent(incident.level, lead.level),
        device=lead.device or incident.device,
        first_event_at=first,
        last_event_at=last,
        late=incident.late and alert.late,
    )


def _decision(draft: _Draft, told: dict[ActionLevel, int]) -> Decision:
    judgement = replace(
        draft.now,
        count=draft.count,
        reasons=tuple(draft.reasons),
        other_keys=tuple(sorted(draft.keys - {draft.now.group_key})),
    )
    opened = draft.facts if draft.facts is not None and draft.facts.id else None
    ids = tuple(draft.finding_ids)
    if opened is None and judgement.kind in COUNTED and judgement.level is ActionLevel.NONE:
        return KeepCounting(judgement=judgement, finding_ids=ids)
    must_act = _must_act_differently(opened, judgement)
    notify = must_act and _has_room(judgement.level, told)
    if must_act and not notify:
        judgement = replace(judgement, reasons=(*judgement.reasons, "flood"))
    if opened is None:
        return OpenIncident(judgement=judgement, finding_ids=ids, notify=notify)
    return JoinIncident(incident_id=opened.id, judgement=judgement, finding_ids=ids, notify=notify)


def _must_act_differently(before: IncidentFacts | None, after: Judgement) -> bool:
    """Write to a person only when they have to do something else than they already know."""
    if after.level is ActionLevel.NONE:
        return False
    if before is None or after.level.urgency > before.level.urgency:
        return True
    is_other_text = after.kind != before.kind
    is_back = before.state in AFTER_ALL_CLEAR and not after.late
    return (is_other_text or is_back) and after.level.urgency >= ActionLevel.TODAY.urgency


def _has_room(level: ActionLevel, told: dict[ActionLevel, int]) -> bool:
    """Counts this one in as told when there is room."""
    if told.get(level, 0) >= FLOOD_MOST[level]:
        return False
    told[level] = told.get(level, 0) + 1
    return True


def _told_lately(incidents: Iterable[IncidentFacts], *, now: datetime) -> dict[ActionLevel, int]:
    told: dict[ActionLevel, int] = {}
    for facts in incidents:
        if facts.opened_at > now - FLOOD_WITHIN:
            told[facts.level] = told.get(facts.level, 0) + 1
    return told


def _resumed(facts: IncidentFacts) -> _Draft:
    judgement = Judgement(
        kind=facts.kind,
        group_key=facts.group_key,
        level=facts.level,
        certainty=facts.certainty,
        disposition=facts.disposition,
        device=facts.device,
        first_event_at=facts.first_event_at or facts.last_event_at,
        last_event_at=facts.last_event_at,
        count=0,
        late=True,  # stays late only while every finding is
    )
    keys = {facts.group_key, *facts.merged_keys} - set(facts.split_keys)
    return _Draft(
        facts=facts,
        now=judgement,
        keys=keys,
        # Its own key cannot be split off: there is one open incident per key.
        banned=frozenset(facts.split_keys) - {facts.group_key},
        event_times=list(facts.recent_event_times),
    )


def _blank(alert: Judgement) -> Judgement:
    """A new incident before its first finding: everything of the alert but its urgency."""
    return replace(alert, level=ActionLevel.NONE, late=True)


def _weight(judgement: Judgement) -> tuple[int, int]:
    return judgement.level.urgency, case_of(judgement.kind).weight


def _more_urgent(first: ActionLevel, second: ActionLevel) -> ActionLevel:
    return max(first, second, key=lambda level: level.urgency)


def most_within(moments: Iterable[datetime], span: timedelta) -> int:
    """The largest number of moments in any window of that length."""
    ordered = sorted(moments)
    most = start = 0
    for end, moment in enumerate(ordered):
        while moment - ordered[start] > span:
            start += 1
        most = max(most, end - start + 1)
    return most
