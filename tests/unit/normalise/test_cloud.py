"""Microsoft's clouds: evidence out of lists, flows out of tuples, and rules that still see them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import orjson
import pytest

from hinomi.core.words import Disposition
from hinomi.normalise import view

if TYPE_CHECKING:
    from collections.abc import Callable

    from hinomi.core.records import Event

FOLDER = Path(__file__).resolve().parents[2] / "goldens" / "formats"


def _alert(**more: object) -> str:
    base = {
        "id": "a", "incidentId": "1", "detectionSource": "antivirus", "severity": "high",
        "title": "'X' malware was detected", "category": "Malware",
        "createdDateTime": "2026-11-20T09:00:00Z", "evidence": [],
    }  # fmt: skip
    return orjson.dumps(base | more).decode()


def test_evidence_is_found_wherever_it_stands_in_the_list(event: Callable[..., Event]) -> None:
    device = {"@odata.type": "#microsoft.graph.security.deviceEvidence", "deviceDnsName": "pc1"}
    others = [{"@odata.type": "#microsoft.graph.security.ipEvidence", "ipAddress": "192.0.2.1"}]
    found = event(_alert(evidence=[*others * 3, device]))
    assert found.shape == "microsoft_defender"
    assert found.device == "pc1"
    assert view(found, "ecs")["source.ip"] == "192.0.2.1"


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("'X' malware was detected", Disposition.SEEN),
        ("'X' malware was prevented", Disposition.STOPPED),
        ("Suspicious behavior was blocked", Disposition.STOPPED),
        ("Malware that is never blocked", Disposition.SEEN),
    ],
)
def test_only_a_finished_act_counts_as_stopped(
    event: Callable[..., Event], title: str, expected: Disposition
) -> None:
    assert event(_alert(title=title)).disposition is expected


def test_a_remediation_that_failed_is_not_hidden_by_the_title(
    event: Callable[..., Event],
) -> None:
    file = {"@odata.type": "#microsoft.graph.security.fileEvidence", "detectionStatus": "allowed"}
    found = event(_alert(title="'X' malware was prevented", evidence=[file]))
    assert found.disposition is Disposition.LET_THROUGH


def test_both_versions_of_a_flow_tuple_say_who_talked_to_whom(event: Callable[..., Event]) -> None:
    old = event(
        '{"resourceId":"/r","operationName":"NetworkSecurityGroupFlowEvents","rule":"x",'
        '"flow":["1607984156,192.0.2.1,198.51.100.2,36422,8086,T,O,A,E,1,74,2,75"]}'
    )
    new = event(
        '{"flowLogVersion":4,"macAddress":"AA","operationName":"FlowLogFlowEvent","rule":"x",'
        '"flow":["1663146003606,192.0.2.1,198.51.100.2,36422,8086,6,O,D,NX,1,74,2,75"]}'
    )
    for found, action in ((old, "allow"), (new, "deny")):
        ecs = view(found, "ecs")
        assert (ecs["source.ip"], ecs["destination.port"]) == ("192.0.2.1", 8086)
        assert (ecs["source.bytes"], ecs["destination.bytes"]) == (74, 75)
        assert (ecs["event.action"], ecs["network.transport"]) == (action, "tcp")


def test_a_windows_event_that_azure_exports_is_a_windows_event(
    event: Callable[..., Event],
) -> None:
    """So that every Windows rule reads it."""
    xml = (
        "<Event><System><Provider Name='P'/><EventID>4625</EventID><Channel>Security</Channel>"
        "<Computer>sv1</Computer></System><EventData><Data Name='IpAddress'>192.0.2.9</Data>"
        "</EventData></Event>"
    )
    record = {"category": "WindowsEventLogsTable", "properties": {"EventId": 1, "RawXml": xml}}
    found = event(orjson.dumps(record))
    assert (found.shape, found.fields["EventID"], found.device) == ("windows", "4625", "sv1")


def test_an_alert_is_about_a_person_not_about_the_service_that_wrote_it(
    event: Callable[..., Event],
) -> None:
    found = event(
        '{"Operation":"AlertEntityGenerated","RecordType":40,"CreationTime":"2026-11-20T09:00:00",'
        '"UserId":"SecurityComplianceAlerts","UserKey":"SecurityComplianceAlerts",'
        '"Data":"{\\"suid\\":\\"keiri@aoi.example\\"}"}'
    )
    assert found.user == "keiri@aoi.example"
    assert view(found, "ecs")["user.email"] == "keiri@aoi.example"


def test_a_time_without_zone_is_utc_in_microsofts_audit_log(event: Callable[..., Event]) -> None:
    line = '{"Operation":"X","Workload":"Exchange","CreationTime":"2026-11-20T03:00:00"}'
    assert event(line, timezone="Asia/Tokyo").event_time.isoformat() == "2026-11-20T03:00:00+00:00"
