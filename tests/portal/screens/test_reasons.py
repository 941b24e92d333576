"""What detection says in English is said in Japanese beside it, or not at all."""

from __future__ import annotations

import pytest

from hinomi.core.findings import Why
from hinomi.portal.incidents.queries.reasons import reason_of

USUAL = {"usual": "前からある機器だけ", "differs": "はじめての機器"}


@pytest.mark.parametrize(
    ("selection", "field", "value", "pattern", "meaning"),
    [
        (
            "correlation",
            "src_ip",
            "192.0.2.1",
            "event_count gte 5 within 10m; it was 6",
            "「src_ip」が同じ記録で、10分のあいだに、記録の数が5以上。実際は6",
        ),
        (
            "correlation",
            "(all)",
            "every event",
            "value_count(user) gt 3 and lt 9 within 2h; it was 4",
            "会社のどの記録でも、2時間のあいだに、「user」の異なる値の数が3より多い、9より少ない。実際は4",
        ),
        (
            "correlation",
            "src_ip",
            "192.0.2.1",
            "temporal a and (b or c) within 1h",
            "「src_ip」が同じ記録で、1時間のあいだに、そろった条件の数が「a and (b or c)」",
        ),
        ("correlation", "src_ip", "192.0.2.1", "something new", ""),
        (
            "Many failures",
            "events",
            "2 events from 2026-11-21T17:18:50Z to 2026-11-21T17:19:50Z",
            "rule abc: event_count gte 10 within 10m",
            "「10分のあいだに、記録の数が10以上」になったのは2回",
        ),
        (
            "Login",
            "events",
            "1 event at 2026-11-21T17:18:50Z",
            "rule abc",
            "この条件に合った記録は1件",
        ),
        (
            "baseline",
            "src_mac",
            "00:1a:8c:00:00:31",
            "first seen: MAC address",
            "ふだんは「前からある機器だけ」、今回は「はじめての機器」",
        ),
        (
            "indicator",
            "hostname",
            "evil.example",
            "domain: evil.example",
            "取り込んだ脅威情報にある値と一致",
        ),
        ("selection", "Image", "C:\\x.exe", "endswith: x.exe", ""),
    ],
)
def test_a_reason_has_its_meaning(
    selection: str, field: str, value: str, pattern: str, meaning: str
) -> None:
    reason = reason_of(Why(selection, field, value, pattern), slots=USUAL)
    assert reason.meaning == meaning
    assert (reason.selection, reason.field, reason.value, reason.pattern) == (
        selection,
        field,
        value,
        pattern,
    )
