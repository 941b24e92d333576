"""Correlations tell the same in scan and stream, and never count two companies together."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tests.e2e.attacks.sequences import SEQUENCES, lines

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.attacks.conftest import Ground

pytestmark = [pytest.mark.journey, pytest.mark.sockets]
_ALL = sum(findings for _, _, findings in SEQUENCES.values())
_END = Counter({"x-marker": 1})


@pytest.fixture(scope="module")
def sent() -> list[str]:
    """The same lines for both."""
    return lines(datetime.now(UTC))


@pytest.fixture(scope="module")
def scanned(
    ground: Ground, sent: list[str], tmp_path_factory: pytest.TempPathFactory
) -> Counter[str]:
    """Findings by rule, of `hinomi scan`."""
    rows = ground.scanned(ground.sequences, sent, tmp_path_factory.mktemp("log"))
    return Counter(row["rule_id"] for row in rows)


@pytest.fixture(scope="module")
def streamed(ground: Ground, sent: list[str]) -> Counter[str]:
    """Findings by rule, of the running tower."""
    source = ground.tower.source(ground.fumi, "generic")
    assert ground.tower.post("\n".join(sent).encode(), source.token).status == 200
    ground.end_marker(ground.fumi, source)
    return Counter(one.rule_id for one in ground.findings(ground.fumi))


@pytest.fixture(scope="module")
def hunted(ground: Ground, streamed: Counter[str]) -> Counter[str]:
    """Findings by rule, of `hinomi hunt` over the lake."""
    assert streamed
    ground.fill_lake()
    hunt = ("hunt", "--rules", str(ground.sequences), "--organisation", ground.fumi)
    rows = ground.told(*hunt, "--format", "jsonl", on_data=True)
    return Counter(row["rule_id"] for row in rows)


@pytest.mark.parametrize("name", SEQUENCES)
def test_scan_stream_and_hunt_tell_a_sequence_as_often_as_it_happened(
    name: str, scanned: Counter[str], streamed: Counter[str], hunted: Counter[str]
) -> None:
    rule, expected = f"x-{name}", SEQUENCES[name][2]
    assert (scanned[rule], streamed[rule], hunted[rule]) == (expected, expected, expected)


def test_rules_that_only_feed_a_correlation_tell_nothing(
    scanned: Counter[str], streamed: Counter[str]
) -> None:
    for found in (scanned, streamed):
        assert {rule for rule in found if rule.startswith("y-")} == {"y-generating-a"}


def test_what_two_companies_send_is_never_one_sequence(
    ground: Ground, sent: list[str], tmp_path: Path
) -> None:
    """Every second record to another company, same users, one worker: each as if it were alone."""
    told, alone = [], []
    for number in (0, 1):
        company, half = ground.tower.organisation(f"半分 {number}"), sent[number::2]
        source = ground.tower.source(company, "generic")
        assert ground.tower.post("\n".join(half).encode(), source.token).status == 200
        ground.end_marker(company, source)
        told.append(Counter(one.rule_id for one in ground.findings(company)) - _END)
        alone.append(
            Counter(r["rule_id"] for r in ground.scanned(ground.sequences, half, tmp_path))
        )
    assert told == alone
    assert sum(map(Counter.total, alone)) < _ALL
