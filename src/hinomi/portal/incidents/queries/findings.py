"""A finding as people read it: which rule, why it fired, what the device really wrote."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from hinomi.core.findings import LATE_AFTER
from hinomi.normalise.browsing import veil
from hinomi.portal.incidents.queries.reasons import Reason, reason_of
from hinomi.portal.incidents.queries.words import LEVELS
from hinomi.portal.sources.models import Source
from hinomi.portal.ui.visible import visible, visible_bytes
from hinomi.store.finding_json import decode_finding

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from hinomi.core.findings import Evidence, Finding
    from hinomi.portal.incidents.models import IncidentFinding

DISPOSITIONS_JA = {
    "stopped": "止めた",
    "seen": "見つけただけ",
    "let_through": "通した",
    "unknown": "記録からは分からない",
}


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """One event of the evidence, hidden characters shown."""

    event_id: str
    at: datetime
    fields: tuple[tuple[str, str], ...]
    raw: str


@dataclass(frozen=True, slots=True)
class FindingView:
    """One finding. `attack` are its ATT&CK tags, `other_tags` the rest. `rule_title` is Japanese
    where the rule brings one, `level` is in Japanese."""

    id: str
    rule_id: str
    rule_title: str
    level: str
    at: datetime
    received_at: datetime
    device: str
    user: str
    disposition: str
    late: bool
    source: str
    rule_pack: str
    attack: tuple[str, ...]
    other_tags: tuple[str, ...]
    why: tuple[Reason, ...]
    evidence: tuple[EvidenceView, ...]

    @property
    def disposition_ja(self) -> str:
        """What the device itself says it did."""
        return DISPOSITIONS_JA[self.disposition]

    @property
    def late_ja(self) -> str:
        """Whether the record came late, or we understood it late; "" when neither."""
        if not self.late:
            return ""
        is_delivered_late = self.received_at - self.at > LATE_AFTER
        return "遅れて届いた記録" if is_delivered_late else "あとから見つけた記録"


def views(rows: Iterable[IncidentFinding]) -> list[FindingView]:
    """The findings ready to show; one query for the sources' names."""
    found = [finding_of(row) for row in rows]
    companies = {finding.organisation for finding in found}
    names = {source.id: source.name for each in companies for source in Source.objects.of(each)}
    return [_view(finding, source=names.get(finding.source, finding.source)) for finding in found]


def finding_of(row: IncidentFinding) -> Finding:
    """The finding as detection wrote it."""
    return decode_finding(_text(row.body))


def veiled(view: FindingView) -> FindingView:
    """The finding for the company's own page: its evidence without the sites somebody opened."""
    evidence = (replace(each, fields=(), raw=veil(each.raw)) for each in view.evidence)
    return replace(view, evidence=tuple(evidence), why=())


def _text(body: object) -> str:
    return body if isinstance(body, str) else json.dumps(body)


def _view(finding: Finding, *, source: str) -> FindingView:
    tags = tuple(visible(tag) for tag in finding.tags)
    attack = tuple(tag for tag in tags if tag.startswith("attack."))
    return FindingView(
        id=finding.id,
        rule_id=visible(finding.rule_id),
        rule_title=visible(finding.rule_title_ja or finding.rule_title),
        level=LEVELS[finding.level.value],
        at=finding.event_time,
        received_at=finding.receive_time,
        device=visible(finding.device),
        user=visible(finding.user),
        disposition=finding.disposition.value,
        late=finding.late,
        source=source,
        rule_pack=finding.rule_pack,
        attack=tuple(tag.removeprefix("attack.") for tag in attack),
        other_tags=tuple(tag for tag in tags if tag not in attack),
        why=tuple(reason_of(each, slots=finding.slots) for each in finding.why),
        evidence=tuple(_evidence(each) for each in finding.evidence),
    )


def _evidence(evidence: Evidence) -> EvidenceView:
    return EvidenceView(
        event_id=evidence.event_id,
        at=evidence.event_time,
        fields=tuple((visible(name), visible(value)) for name, value in evidence.fields.items()),
        raw=visible_bytes(evidence.raw),
    )
