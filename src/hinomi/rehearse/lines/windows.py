"""Windows event logs as Winlogbeat 8 writes them: one JSON object per record."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from hinomi.rehearse.moments import zulu

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

# kind → (channel, provider, event id)
KINDS = {
    "process": ("Microsoft-Windows-Sysmon/Operational", "Microsoft-Windows-Sysmon", 1),
    "file": ("Microsoft-Windows-Sysmon/Operational", "Microsoft-Windows-Sysmon", 11),
    "logon": ("Security", "Microsoft-Windows-Security-Auditing", 4624),
    "logon_failed": ("Security", "Microsoft-Windows-Security-Auditing", 4625),
    "logoff": ("Security", "Microsoft-Windows-Security-Auditing", 4634),
    "service": ("System", "Service Control Manager", 7036),
    "threat_found": (
        "Microsoft-Windows-Windows Defender/Operational",
        "Microsoft-Windows-Windows Defender",
        1116,
    ),
    "threat_removed": (
        "Microsoft-Windows-Windows Defender/Operational",
        "Microsoft-Windows-Windows Defender",
        1117,
    ),
}


def line(kind: str, moment: datetime, *, computer: str, data: Mapping[str, str]) -> bytes:
    """One record of this kind; `data` are the event's own fields under Windows' names."""
    channel, provider, number = KINDS[kind]
    record = {
        "@timestamp": zulu(moment),
        "event": {"code": str(number), "kind": "event", "provider": provider},
        "host": {"name": computer.lower()},
        "winlog": {
            "channel": channel,
            "provider_name": provider,
            "event_id": str(number),
            "computer_name": computer,
            "record_id": int(moment.timestamp() * 10) % 10_000_000,
            "event_data": dict(data),
        },
        "agent": {"type": "winlogbeat", "version": "8.15.0"},
    }
    return json.dumps(record, ensure_ascii=False).encode()
