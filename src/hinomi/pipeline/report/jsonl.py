"""One JSON object per finding, with exactly the keys of the contract (architecture §7)."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from hinomi.pipeline.report.visible import json_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.core.findings import Finding
    from hinomi.pipeline.report.tally import Hit


def hit_line(hit: Hit) -> str:
    """Without the line feed."""
    place = {"source": hit.source, "record": hit.record}
    return json_line(finding_object(hit.finding, place=place))


def finding_object(finding: Finding, *, place: Mapping[str, object]) -> dict[str, object]:
    """`place` says where the record stands; `time` is UTC; values are cut at 1,000 characters by
    the finding."""
    return {
        "rule_id": finding.rule_id,
        "rule_title": finding.rule_title,
        "level": finding.level.value,
        "time": finding.event_time.astimezone(UTC)
        .isoformat(timespec="milliseconds")
        .replace("+00:00", "Z"),
        **place,
        "host": finding.device,
        "user": finding.user,
        "tags": list(finding.tags),
        "why": [
            {
                "selection": reason.selection,
                "field": reason.field,
                "value": reason.value,
                "pattern": reason.pattern,
            }
            for reason in finding.why
        ],
    }
