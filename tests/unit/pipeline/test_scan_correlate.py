"""A scan correlates over all its files, in the order of event time, and names the records."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hinomi.core.words import Level
from hinomi.pipeline.report.tally import Tally
from hinomi.pipeline.scan import Scan, prepare_rules, scan

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from hinomi.pipeline.report.tally import Hit

RULES = """
title: Failed
id: failed
name: failed
level: low
logsource: {product: linux, service: sshd}
detection: {s: {message|startswith: Failed password}, condition: s}
---
title: Guessing
id: guessing
level: high
correlation:
  type: event_count
  rules: [failed]
  group-by: [src_ip]
  timespan: 5m
  condition: {gte: 3}
"""
LINE = "Nov 20 03:12:{second:02} {host} sshd[1]: Failed password for x from 1.2.3.4 port 5 ssh2\n"


def hits(tmp_path: Path, *, rules: str = RULES, level: Level = Level.INFORMATIONAL) -> list[Hit]:
    """Two files: the later events are read first."""
    (tmp_path / "r.yml").write_text(rules)
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "a.log").write_text(
        LINE.format(second=30, host="sv") + LINE.format(second=40, host="sv")
    )
    (logs / "b.log").write_text(LINE.format(second=10, host="sv2"))
    request = Scan(
        paths=(str(logs),),
        timezone="Asia/Tokyo",
        receive_time=datetime(2026, 11, 21, tzinfo=UTC),
        on_bytes=lambda _: None,
    )
    return list(scan(request, prepare_rules([tmp_path / "r.yml"], min_level=level), Tally()))


def test_hits_of_several_files_are_joined_and_their_records_named(tmp_path: Path) -> None:
    (hit,) = hits(tmp_path)
    assert hit.rule.id == "guessing"
    assert (hit.source[-5:], hit.record) == ("a.log", 2)
    places = hit.finding.why[-1].value
    assert [place[-7:] for place in places.split(", ")] == ["b.log:1", "a.log:1", "a.log:2"]
    assert len(hit.finding.evidence) == 3


def test_the_rules_it_needs_fire_alone_when_it_says_generate(tmp_path: Path) -> None:
    rules = RULES.replace("timespan: 5m", "timespan: 5m\n  generate: true")
    assert [hit.rule.id for hit in hits(tmp_path, rules=rules)] == ["failed"] * 3 + ["guessing"]


def test_a_level_hides_the_rules_a_correlation_needs_but_does_not_lose_them(
    tmp_path: Path,
) -> None:
    rules = RULES.replace("timespan: 5m", "timespan: 5m\n  generate: true")
    assert [hit.rule.id for hit in hits(tmp_path, rules=rules, level=Level.HIGH)] == ["guessing"]


def test_more_hits_than_are_sorted_together_are_still_joined(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hinomi.pipeline.scan_correlate.MOST_WAITING", 2)
    assert [hit.rule.id for hit in hits(tmp_path)] == ["guessing"]
