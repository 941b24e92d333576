"""Stopped, seen or let through: from what the product says it did, never from its category."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hinomi.core.words import Disposition

if TYPE_CHECKING:
    from collections.abc import Callable

    from hinomi.core.records import Event

_FORTIGATE = 'devid="FGT60F" logid="1" type="{kind}" subtype="{sub}" level="alert" vd="root" {rest}'
_SOPHOS = 'device_serial_id="X1" log_id="1" log_type="{kind}" log_subtype="{sub}" {rest}'
_DEFENDER = (
    '{{"EventID":{event},"SourceName":"Microsoft-Windows-Windows Defender",'
    '"Channel":"Microsoft-Windows-Windows Defender/Operational","Action Name":"{action}",'
    '"Error Code":"{error}"}}'
)


@pytest.mark.parametrize(
    ("kind", "sub", "rest", "expected"),
    [
        ("utm", "virus", 'action="blocked" virus="X"', Disposition.STOPPED),
        ("utm", "ips", "action=dropped", Disposition.STOPPED),
        ("utm", "ips", "action=detected", Disposition.SEEN),
        ("utm", "webfilter", 'action="passthrough" catdesc="Malicious Websites"',
         Disposition.LET_THROUGH),
        ("utm", "virus", 'action="monitored"', Disposition.SEEN),
        ("anomaly", "anomaly", "action=clear_session", Disposition.STOPPED),
        ("traffic", "forward", "action=deny", Disposition.UNKNOWN),
        ("traffic", "forward", 'action="close" utmaction="block"', Disposition.STOPPED),
        ("event", "system", 'action="login" status="failed"', Disposition.UNKNOWN),
        ("utm", "ips", "action=something-new", Disposition.UNKNOWN),
    ],
)  # fmt: skip
def test_fortigate(
    event: Callable[..., Event], kind: str, sub: str, rest: str, expected: Disposition
) -> None:
    found = event(_FORTIGATE.format(kind=kind, sub=sub, rest=rest))
    assert (found.shape, found.disposition) == ("fortigate", expected)


@pytest.mark.parametrize(
    ("kind", "sub", "rest", "expected"),
    [
        ("IDP", "Detect", 'classification="Blocked by nobody"', Disposition.SEEN),
        ("IDP", "Drop", "", Disposition.STOPPED),
        ("Anti-Virus", "Virus", "", Disposition.SEEN),
        ("Anti-Virus", "Virus", 'action="Quarantine"', Disposition.STOPPED),
        ("Content Filtering", "Denied", "", Disposition.STOPPED),
        ("Content Filtering", "Allowed", 'category="Malware"', Disposition.LET_THROUGH),
        ("Firewall", "Denied", "", Disposition.UNKNOWN),
        ("Event", "Admin", "", Disposition.UNKNOWN),
    ],
)
def test_sophos(
    event: Callable[..., Event], kind: str, sub: str, rest: str, expected: Disposition
) -> None:
    found = event(_SOPHOS.format(kind=kind, sub=sub, rest=rest))
    assert (found.shape, found.disposition) == ("sophos", expected)


@pytest.mark.parametrize(
    ("number", "action", "error", "expected"),
    [
        (1116, "Quarantine", "0x00000000", Disposition.SEEN),
        (1117, "Quarantine", "0x00000000", Disposition.STOPPED),
        (1117, "%%809", "0x00000000", Disposition.STOPPED),
        (1117, "検疫", "0", Disposition.STOPPED),
        (1117, "Allow", "0x00000000", Disposition.LET_THROUGH),
        (1117, "Remove", "0x80508022", Disposition.LET_THROUGH),
        (1118, "Quarantine", "0x80508022", Disposition.LET_THROUGH),
        (1119, "Quarantine", "0x80508022", Disposition.LET_THROUGH),
        (1121, "", "", Disposition.STOPPED),
        (5001, "", "", Disposition.UNKNOWN),
    ],
)
def test_defender(
    event: Callable[..., Event], number: int, action: str, error: str, expected: Disposition
) -> None:
    found = event(_DEFENDER.format(event=number, action=action, error=error))
    assert (found.shape, found.disposition) == ("windows", expected)
