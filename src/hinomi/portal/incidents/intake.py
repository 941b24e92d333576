"""Findings come in: the bell's transaction. Triage decides, this carries out, the cursor goes too.

All that one batch causes is saved together: incidents, their findings and history, the 判断の控え,
the outbox and the cursor. A bell that dies before the commit starts the batch again; one that dies
after it starts behind it.
"""

from __future__ import annotations

import json
import logging
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from hinomi.core import crash
from hinomi.core.incidents import JoinIncident, KeepCounting, OpenIncident
from hinomi.portal.access.time import now
from hinomi.portal.incidents import opening
from hinomi.portal.incidents.campaigns.sighting import sight
from hinomi.portal.incidents.decisions import DecisionKind, record_decision
from hinomi.portal.incidents.facts import facts_of_open
from hinomi.portal.incidents.models import BellCursor, IncidentFinding, WaitingFinding
from hinomi.portal.organisations.models import Organisation
from hinomi.store.finding_json import encode_finding
from hinomi.triage import decide
from hinomi.triage.judge import judge
from hinomi.triage.patterns import patterns_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hinomi.core.findings import Finding
    from hinomi.core.incidents import Decision

RULE_MOST = 200
_IDS_KEPT = 20  # of silenced findings in one record; all are in the pipeline's store
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Numbered:
    """A finding with its place in its partition."""

    partition: int
    seq: int
    finding: Finding


def take_in(*, partition: int, rows: Sequence[tuple[int, Finding]]) -> None:
    """Carry out everything that follows from these findings, in the order of their numbers."""
    with transaction.atomic():
        for organisation_id, numbered in _by_company(partition, rows).items():
            _take_in_company(organisation_id, numbered)
        BellCursor.objects.update_or_create(
            partition=partition, defaults={"seq": max(seq for seq, _ in rows)}
        )
        crash.point("bell:before-commit")
    crash.point("bell:after-commit")


def _by_company(
    partition: int, rows: Sequence[tuple[int, Finding]]
) -> dict[str, dict[str, Numbered]]:
    companies: dict[str, dict[str, Numbered]] = defaultdict(dict)
    for seq, finding in rows:
        numbered = Numbered(partition=partition, seq=seq, finding=finding)
        companies[finding.organisation].setdefault(finding.id, numbered)
    return companies


def _take_in_company(organisation_id: str, numbered: dict[str, Numbered]) -> None:
    company = Organisation.objects.of(organisation_id).select_for_update().first()
    if company is None or company.deleted_at is not None:
        log.warning("findings of a company that is not here were passed over: %s", organisation_id)
        return
    for known in _known(organisation_id, list(numbered)):
        numbered.pop(known)
    _record_silenced(organisation_id, [each.finding for each in numbered.values()])
    numbered = {key: each for key, each in numbered.items() if not each.finding.silenced_by}
    if not numbered:
        return
    decisions = decide(
        findings=[each.finding for each in numbered.values()],
        open_incidents=facts_of_open(organisation_id),
        now=now(),
    )
    for decision in decisions:
        _carry_out(company, decision, [numbered[each] for each in decision.finding_ids])


def _record_silenced(organisation_id: str, findings: Sequence[Finding]) -> None:
    """What an exception or a hold keeps from people is a decision too: which, of what, how much."""
    groups: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.silenced_by:
            groups[finding.silenced_by, finding.rule_id].append(finding)
    for (silenced_by, rule_id), group in groups.items():
        record_decision(
            organisation_id=organisation_id,
            kind=DecisionKind.FINDING_SILENCED,
            incident=None,
            body={
                "silenced_by": silenced_by,
                "rule": rule_id,
                "findings": len(group),
                "first": [one.id for one in group[:_IDS_KEPT]],
                "rule_pack": group[0].rule_pack,
                "directory_generation": group[0].directory_generation,
            },
        )


def _carry_out(company: Organisation, decision: Decision, rows: list[Numbered]) -> None:
    """The findings are stored first: the text of the incident is built from them."""
    if isinstance(decision, KeepCounting):
        _keep(company.id, decision, rows)
        return
    if isinstance(decision, OpenIncident):
        incident = opening.new_incident(company, decision)
    else:
        incident = opening.locked(company.id, decision.incident_id)
    stored = _store(company.id, incident.pk, rows)
    stored += _move_waiting(company.id, incident.pk, decision)
    if isinstance(decision, JoinIncident):
        opening.join(incident, decision, count=stored)
    else:
        opening.opened(incident, decision, count=stored)
    sight(incident, [each.finding for each in rows])


def _store(organisation_id: str, incident_id: int, rows: list[Numbered]) -> int:
    IncidentFinding.objects.bulk_create(
        IncidentFinding(
            organisation_id=organisation_id,
            incident_id=incident_id,
            finding_id=each.finding.id,
            partition=each.partition,
            seq=each.seq,
            event_at=each.finding.event_time,
            pattern=patterns_of(each.finding)[0].key,
            rule_id=each.finding.rule_id[:RULE_MOST],
            body=_body(each.finding),
        )
        for each in rows
    )
    return len(rows)


def _keep(organisation_id: str, decision: KeepCounting, rows: list[Numbered]) -> None:
    WaitingFinding.objects.bulk_create(
        WaitingFinding(
            organisation_id=organisation_id,
            group_key=decision.judgement.group_key,
            device=judge(each.finding).device[:255],
            finding_id=each.finding.id,
            partition=each.partition,
            seq=each.seq,
            event_at=each.finding.event_time,
            body=_body(each.finding),
        )
        for each in rows
    )


def _move_waiting(
    organisation_id: str, incident_id: int, decision: OpenIncident | JoinIncident
) -> int:
    """What only waited for its number belongs to the incident now."""
    keys = (decision.judgement.group_key, *decision.judgement.other_keys)
    waiting = WaitingFinding.objects.of(organisation_id).filter(group_key__in=keys)
    moved = IncidentFinding.objects.bulk_create(
        IncidentFinding(
            organisation_id=organisation_id,
            incident_id=incident_id,
            finding_id=row.finding_id,
            partition=row.partition,
            seq=row.seq,
            event_at=row.event_at,
            rule_id=str(row.body.get("rule_id", ""))[:RULE_MOST],
            body=row.body,
        )
        for row in waiting
    )
    waiting.delete()
    return len(moved)


def _known(organisation_id: str, ids: list[str]) -> set[str]:
    """Findings we have already: a hunt or a resend may bring them again."""
    stored = IncidentFinding.objects.of(organisation_id).filter(finding_id__in=ids)
    waiting = WaitingFinding.objects.of(organisation_id).filter(finding_id__in=ids)
    return {
        *stored.values_list("finding_id", flat=True),
        *waiting.values_list("finding_id", flat=True),
    }


def _body(finding: Finding) -> dict[str, object]:
    body: dict[str, object] = json.loads(encode_finding(finding))
    return body
