"""Rules of cloud services find their records as the generic reader and as the service's own
format reads them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from hinomi.core.records import Event, RawRecord
from hinomi.detect import Rule, RuleSet, load_rules
from hinomi.normalise import aliases_by_shape, read_record

RULES = Path(__file__).resolve().parents[3] / "rules"
LOADED = load_rules([RULES])
MATCHER = RuleSet(LOADED.rules, aliases=aliases_by_shape())
RECEIVED = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
HITS = [
    pytest.param(rule, str(hit["raw"]), id=f"{Path(rule.path).stem}-{number}")
    for rule in LOADED.rules
    if Path(rule.path).stem.startswith(("entra-", "m365-", "google-"))
    for number, hit in enumerate(rule.handling.hits, 1)
    if "raw" in hit
]


@pytest.mark.parametrize(("rule", "raw"), HITS)
def test_a_cloud_rule_fires_on_what_arrives_without_a_kind(rule: Rule, raw: str) -> None:
    """Rules are tested as generic; a source registered as auto gets the service's own shape."""
    record = RawRecord("E", "aoi", "s", "auto", "Asia/Tokyo", RECEIVED, raw.encode())
    event = read_record(record)
    assert isinstance(event, Event)
    assert rule.id in {match.rule.id for match in MATCHER.match(event)}, event.shape


_PROXY = (
    "c-ip=192.0.2.1 cs-host=www.example.jp s-action=TCP_HIT sc-status=200 "
    'cs-User-Agent="curl/8" c-url=http://www.example.jp/a'
)
_DNS = (
    '"2026-11-20 02:30:49","a","a","192.0.2.1","203.0.113.7","Allowed","1 (A)",'
    '"NOERROR","www.example.jp.","News"'
)
_GATEWAY = (
    '{"resourceId":"/r","category":"ApplicationGatewayAccessLog","properties":'
    '{"requestUri":"/www.example.jp/a","httpMethod":"GET"}}'
)
_IIS = "2026-11-20 02:44:03 192.0.2.80 GET /www.example.jp - 443 - 203.0.113.9 curl/8 - 200 0 0 15"


@pytest.mark.parametrize(
    ("category", "raw"),
    [
        ("proxy", _PROXY),
        ("dns", _DNS),
        ("webserver", _GATEWAY),
        ("webserver", _IIS),
    ],
)
def test_sigmas_categories_read_proxies_and_clouds(category: str, raw: str, tmp_path: Path) -> None:
    names = {"proxy": "c-uri", "dns": "query", "webserver": "c-uri"}
    text = (
        "title: x\nid: 6d0c1f0e-0d07-4f0a-9e1c-3a2b1c0d9e8f\nstatus: test\nlevel: high\n"
        f"logsource: {{category: {category}}}\n"
        f"detection: {{one: {{'{names[category]}|contains': 'www.example.jp'}}, condition: one}}\n"
    )
    (tmp_path / "rule.yml").write_text(text, encoding="utf-8")
    matcher = RuleSet(load_rules([tmp_path]).rules, aliases=aliases_by_shape())
    event = read_record(RawRecord("E", "aoi", "s", "auto", "Asia/Tokyo", RECEIVED, raw.encode()))
    assert isinstance(event, Event)
    assert [match.rule.title for match in matcher.match(event)] == ["x"], event.shape
