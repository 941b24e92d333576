"""Endpoint products: what they did is told by their own word for it, and an unknown word never
counts as stopped."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
import pytest

from hinomi.core.records import Event, SetAside
from hinomi.core.words import Disposition, ThreatKind
from hinomi.normalise import read_record, view
from hinomi.normalise.judging import kind_of, outcome_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from hinomi.core.records import RawRecord

STOPPED, SEEN, LEFT, UNKNOWN = (
    Disposition.STOPPED,
    Disposition.SEEN,
    Disposition.LET_THROUGH,
    Disposition.UNKNOWN,
)
FOLDER = Path(__file__).resolve().parents[2] / "goldens" / "formats"
FIRST = {
    "azure": "azure.jsonl", "bitdefender": "push.jsonl", "bluecoat": "proxy.log",
    "crowdstrike": "falcon.jsonl", "cybereason": "malop.log", "entra": "entra.jsonl",
    "eset": "protect.jsonl", "google_workspace": "reports.jsonl", "harfanglab": "agent.jsonl",
    "iis": "w3c.log", "microsoft_defender": "stream.jsonl", "office_365": "audit.jsonl",
    "sentinelone": "console.jsonl", "trellix": "network.log",
    "trend_micro": "families.log", "umbrella": "logs.csv.log", "withsecure": "events.jsonl",
}  # fmt: skip
HEADERS = (
    "<134>Nov 20 11:00:00 relay01 app[12]: ",
    "<134>Nov 20 11:00:00 relay01 ",
    "<134>1 2026-11-20T02:00:00Z relay01 app 12 - - ",
    "2026-11-20T02:00:00+09:00 relay01 ",
)
_APEX = (
    "CEF:0|Trend Micro|Apex Central|2019|{number}|{name}|3|rt=Nov 20 2026 02:34:00 GMT+00:00 {rest}"
)
_DEEP = "CEF:0|Trend Micro|Deep Security Agent|20|{number}|{name}|3|cn1=1 cn1Label=Host ID {rest}"


@pytest.mark.parametrize(
    ("line", "kind", "expected"),
    [
        (_APEX.format(number="AV:x", name="TROJ_X", rest="cs5Label=VLF_FirstActionResult "
                      "cs5=File deleted"), "malware", STOPPED),
        (_APEX.format(number="AV:x", name="TROJ_X", rest="act=Pass"), "malware", LEFT),
        (_APEX.format(number="AV:x", name="RANSOM_X", rest="act=9999"), "ransomware", SEEN),
        (_APEX.format(number="BM:1000", name="Behavior", rest="act=3"), "suspicious", SEEN),
        (_APEX.format(number="800102", name="Engine Update Status", rest="act=x"), None, UNKNOWN),
        (_DEEP.format(number="1000128", name="Rule", rest="act=IDS:Reset"), "exploit", SEEN),
        (_DEEP.format(number="1000128", name="Rule", rest="act=Reset"), "exploit", STOPPED),
        (_DEEP.format(number="600", name="User signed in", rest=""), None, UNKNOWN),
    ],
)  # fmt: skip
def test_trend_micro(
    event: Callable[..., Event], line: str, kind: str | None, expected: Disposition
) -> None:
    found = event(line)
    assert found.shape == "trend_micro"
    assert (found.fields.get("verdict.kind"), found.disposition) == (kind, expected)


@pytest.mark.parametrize(
    ("engine", "action", "kind", "expected"),
    [
        ("fileScanning", "quarantined", "malware", STOPPED),
        ("fileScanning", "none", "malware", SEEN),
        ("fileScanning", "allowed", "malware", LEFT),
        ("fileScanning", "a new word", "malware", UNKNOWN),
        ("deepGuard", "blocked", "suspicious", STOPPED),
        ("dataGuard", "blocked", "ransomware", STOPPED),
        ("browsingProtection", "reported", "bad_site", SEEN),
        ("edr", "created", "suspicious", SEEN),
        ("systemEventsLog", "reported", None, UNKNOWN),
    ],
)
def test_withsecure(
    event: Callable[..., Event], engine: str, action: str, kind: str | None, expected: Disposition
) -> None:
    record = {
        "engine": engine, "action": action, "serverTimestamp": "2026-11-20T02:00:00Z",
        "persistenceTimestamp": "x", "severity": "warning", "device": {"name": "pc1"},
    }  # fmt: skip
    found = event(json.dumps(record))
    assert (found.shape, found.device) == ("withsecure", "pc1")
    assert (found.fields.get("verdict.kind"), found.disposition) == (kind, expected)


@pytest.mark.parametrize(
    ("told", "flag", "expected"),
    [
        ("Prevention, process killed.", "false", STOPPED),
        ("Detection, standard detection.", "false", SEEN),
        ("Detection, process would have been blocked if the setting was enabled.", "false", SEEN),
        ("Detection, operation blocked.", "true", STOPPED),
    ],
)
def test_crowdstrike(
    event: Callable[..., Event], told: str, flag: str, expected: Disposition
) -> None:
    record = {
        "metadata": {"customerIDString": "c", "eventType": "DetectionSummaryEvent",
                     "eventCreationTime": 1795140000000},
        "event": {"DetectName": "x", "PatternDispositionDescription": told,
                  "PatternDispositionFlags": {"OperationBlocked": flag == "true"}},
    }  # fmt: skip
    assert event(json.dumps(record)).disposition is expected


@pytest.mark.parametrize(
    ("act", "expected"),
    [
        ("IDS_ALERT_ACT_TAK_DEL", STOPPED),
        ("IDS_ACTION_WOULD_BLOCK", SEEN),
        ("IDS_ALERT_ACT_TAK_DEL_FAIL", LEFT),
        ("IDS_THREAT_ACTION_ALLOW", LEFT),
        ("SOMETHING_NEW", SEEN),
    ],
)
def test_trellix(event: Callable[..., Event], act: str, expected: Disposition) -> None:
    record = {"threateventid": 1, "analyzername": "x", "threatcategory": "av.detect",
              "threatname": "EICAR", "threatactiontaken": act}  # fmt: skip
    assert event(json.dumps(record)).disposition is expected


def test_a_comma_inside_a_sentence_is_no_new_column_of_symantec(
    event: Callable[..., Event],
) -> None:
    found = event(
        "SymantecServer: Virus found,Computer name: PC1,Risk name: X,File path: C:\\a, b, c.exe,"
        "Actual action: Cleaned by deletion,Event time: 2026-11-20 11:00:00"
    )
    assert found.fields["File path"] == "C:\\a, b, c.exe"
    assert (found.device, found.disposition) == ("PC1", STOPPED)


def test_detected_but_not_blocked_is_read_in_three_languages(event: Callable[..., Event]) -> None:
    line = (
        "PC1,Event Description: [SID: 3] Web Attack: x {},Local Host IP: 192.0.2.1,Inbound,TCP,,"
        "Begin: 2026-11-20 11:00:00,End Time: 2026-11-20 11:00:00,CIDS Signature ID: 3,"
        "CIDS Signature string: Web Attack: x"
    )
    for text in ("attack detected but not blocked.", "attaque détectée mais pas bloquée.",
                 "攻撃が検出されましたがブロックされませんでした。"):  # fmt: skip
        assert event(line.format(text)).disposition is SEEN, text
    for text in ("attack blocked. Traffic has been blocked.", "攻撃がブロックされました。"):
        assert event(line.format(text)).disposition is STOPPED, text


@pytest.mark.parametrize(
    ("direction", "source"), [("Inbound", "203.0.113.9"), ("Outbound", "192.168.1.5")]
)
def test_an_attack_from_outside_is_not_the_companys_own(
    event: Callable[..., Event], direction: str, source: str
) -> None:
    """Symantec tells local and remote; the text must not accuse the machine that was attacked."""
    found = event(
        "PC1,Event Description: [SID: 3] Web Attack: x,Local Host IP: 192.168.1.5,Remote Host IP: "
        f"203.0.113.9,{direction},TCP,,Begin: 2026-11-20 11:00:00,End Time: 2026-11-20 11:00:00,"
        "Local Port: 80,Remote Port: 5000,CIDS Signature ID: 3,CIDS Signature string: Web Attack: x"
    )
    assert found.fields["verdict.source"] == source
    assert found.fields["verdict.inside"] == "PC1"


def test_a_file_is_malware_whatever_its_family_exploits(event: Callable[..., Event]) -> None:
    found = event(_APEX.format(number="AV:x", name="JS_EXPLOIT.A", rest="act=File deleted"))
    assert found.fields["verdict.kind"] == "malware"


def test_a_blocked_page_is_a_verdict_only_when_its_category_is_dangerous(
    event: Callable[..., Event],
) -> None:
    row = '"2026-11-20 02:30:49","a","a","192.0.2.1","","{}","1 (A)","NOERROR","x.example.","{}"'
    assert event(row.format("Allowed", "News")).disposition is UNKNOWN
    allowed = event(row.format("Allowed", "Malware"))
    assert (allowed.fields["verdict.kind"], allowed.disposition) == ("bad_site", LEFT)
    assert event(row.format("Blocked", "Malware")).disposition is STOPPED


def test_the_process_of_sentinelone_is_the_one_that_really_started_it(
    event: Callable[..., Event],
) -> None:
    found = event(
        '{"dataSource.name":"SentinelOne","src.process.name":"mmc.exe","src.process.pid":5,'
        '"osSrc.process.name":"svchost.exe","osSrc.process.pid":7,"endpoint.name":"pc1"}'
    )
    ecs = view(found, "ecs")
    assert (ecs["process.name"], ecs["process.pid"], found.device) == ("svchost.exe", 7, "pc1")


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("Blocked", STOPPED), ("Cleaned by deleting", STOPPED), ("QUARANTINED", STOPPED),
        ("detected", SEEN), ("would block", SEEN), ("none", SEEN),
        ("not blocked", LEFT), ("Unable to clean file", LEFT), ("left alone", LEFT),
        ("隔離", STOPPED), ("ログのみ", SEEN), ("放置", LEFT), ("Junked", SEEN),
        ("Unable to delete the file", LEFT),
        ("Virus successfully detected, cannot perform the Quarantine action", LEFT),
        ("blockedish", UNKNOWN), ("", UNKNOWN), ("malware", UNKNOWN),
    ],
)  # fmt: skip
def test_words_for_what_was_done(word: str, expected: Disposition) -> None:
    assert outcome_of(word) is expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Ransom.Trojan.X", ThreatKind.RANSOMWARE),
        ("PUA.Toolbar", ThreatKind.UNWANTED),
        ("Exploit.CVE-2026-1", ThreatKind.EXPLOIT),
        ("Trojan.Generic", ThreatKind.MALWARE),
        ("Spam phishing mail", ThreatKind.PHISHING),
        ("Impossible travel activity", ThreatKind.UNUSUAL_LOGIN),
        ("Data exfiltration to a cloud drive", ThreatKind.DATA_LEAVING),
        ("何か新しいもの", ThreatKind.SUSPICIOUS),
    ],
)
def test_kinds_of_threats_by_the_products_own_names(name: str, expected: ThreatKind) -> None:
    assert kind_of(ThreatKind.SUSPICIOUS, name) is expected


_FAILED = "Event::Endpoint::Threat::CleanupFailed"
_AS_JSON = (
    f'{{"type":"{_FAILED}","name":"x","endpoint_id":"e","customer_id":"c","dhost":"PC1",'
    '"source_info":{"ip":"192.0.2.9"}}'
)
_AS_CEF = (
    f"CEF:0|sophos|sophos central|1.0|{_FAILED}|x|5|endpoint_id=e customer_id=c dhost=PC1 "
    'source_info={"ip":"192.0.2.9"}'
)
_AS_PAIRS = (
    f'type="{_FAILED}"; name="x"; endpoint_id="e"; customer_id="c"; dhost="PC1"; '
    'source_info_ip="192.0.2.9"'
)


@pytest.mark.parametrize("line", [_AS_JSON, _AS_CEF, _AS_PAIRS], ids=["json", "cef", "keyvalue"])
def test_sophos_central_reads_the_same_in_all_three_notations(
    event: Callable[..., Event], line: str
) -> None:
    found = event(line)
    assert (found.shape, found.device, found.disposition) == ("sophos_central", "PC1", LEFT)
    assert found.fields["source_info.ip"] == "192.0.2.9"


@pytest.mark.parametrize("shape", sorted(FIRST))
def test_a_relays_header_changes_neither_the_format_nor_what_it_finds(
    event: Callable[..., Event], shape: str
) -> None:
    line = (FOLDER / shape / FIRST[shape]).read_text(encoding="utf-8").splitlines()[0]
    plain = event(line)
    assert plain.shape == shape
    for header in HEADERS:
        found = event(header + line)
        assert (found.shape, found.disposition, found.device, found.user) == (
            plain.shape, plain.disposition, plain.device or "relay01", plain.user,
        ), header  # fmt: skip


def test_a_number_beyond_64_bits_breaks_no_view(event: Callable[..., Event]) -> None:
    """Found by damage to a sample: a size of thirty nines could not be written as JSON."""
    size = "9" * 30
    record = {"type": "Event::Endpoint::X", "name": f"x  File size: {size}  ",
              "endpoint_id": "e", "customer_id": "c", "upload_size": size}  # fmt: skip
    found = event(json.dumps(record))
    orjson.dumps([view(found, "native"), view(found, "ecs"), view(found, "ocsf")])


@pytest.mark.parametrize("number", ["9" * 5_000, "\u00b2", "\u0661", "-1", ""])
def test_an_event_number_that_is_none_raises_nothing(
    event: Callable[..., Event], number: str
) -> None:
    """`int` refuses 4,300 digits, and some characters that call themselves digits."""
    found = event(_DEEP.format(number=number, name="x", rest="act=Reset"))
    assert (found.shape, found.fields.get("verdict.kind")) == ("trend_micro", None)


@pytest.mark.parametrize("kind", ["agent", "discovery", "auto"])
@pytest.mark.parametrize("said", ["[]", '{"a":[1]}', "null", "1e400", "true", "{}"])
def test_what_only_begins_like_a_record_of_our_own_raises_nothing(
    record: Callable[..., RawRecord], kind: str, said: str
) -> None:
    """Found by damage: a kind that is a list or a tree is in no set."""
    found = read_record(record(f'{{"hinomi": {said}, "event": "x"}}'.encode(), kind=kind))
    if kind == "auto":
        assert isinstance(found, Event)
        assert found.shape == "generic"
    else:
        assert isinstance(found, SetAside)
