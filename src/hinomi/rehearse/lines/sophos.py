"""Sophos Firewall, current generation (v19 and later) device-standard syslog (log reference)."""

from __future__ import annotations

from string import Template
from typing import TYPE_CHECKING

from hinomi.rehearse.moments import jst

if TYPE_CHECKING:
    from datetime import datetime

_HEAD = (
    '<$pri>device_name="SFW" timestamp="$timestamp" device_model="XGS116" '
    'device_serial_id="$serial" log_id="$log_id" '
)

LINES = {
    "allowed": _HEAD
    + 'log_type="Firewall" log_component="Firewall Rule" log_subtype="Allowed" log_version=1 '
    'severity="Information" duration="12" fw_rule_id="5" fw_rule_name="LAN_to_WAN" '
    'fw_rule_section="Local rule" fw_rule_type="USER" src_mac="$mac" src_ip="$src" '
    'src_country="R1" dst_ip="$dst" dst_country="JPN" protocol="TCP" src_port="$sport" '
    'dst_port="$dport" packets_sent="14" packets_received="12" bytes_sent="$sent" '
    'bytes_received="$received" src_zone_type="LAN" src_zone="LAN" dst_zone_type="WAN" '
    'dst_zone="WAN" con_event="Stop" con_id="$session"',
    "denied": _HEAD
    + 'log_type="Firewall" log_component="Invalid Traffic" log_subtype="Denied" log_version=1 '
    'severity="Information" src_ip="$src" src_country="NLD" dst_ip="198.51.100.20" '
    'dst_country="JPN" protocol="TCP" src_port="$sport" dst_port="$dport" '
    'message="Could not associate packet to any connection."',
    "web_denied": _HEAD
    + 'log_type="Content Filtering" log_component="HTTP" log_subtype="Denied" log_version=1 '
    'severity="Information" fw_rule_id="5" fw_rule_name="LAN_to_WAN" web_policy_id="1" '
    'http_category="Phishing & Fraud" http_category_type="Objectionable" url="$url" '
    'src_ip="$src" dst_ip="$dst" protocol="TCP" src_port="$sport" dst_port="443" '
    'bytes_sent="0" bytes_received="0" domain="$domain" exceptions="" con_id="$session" '
    'download_file_type="" user_agent="Mozilla/5.0 (Windows NT 10.0; Win64; x64)" '
    'http_status="403" reason="category" action="Block"',
    "virus": _HEAD + 'log_type="Anti-Virus" log_component="HTTP" log_subtype="Virus" log_version=1 '
    'severity="Critical" fw_rule_id="5" av_policy_name="" virus="$virus" url="$url" '
    'domain="$domain" src_ip="$src" src_country="R1" dst_ip="$dst" dst_country="NLD" '
    'protocol="TCP" src_port="$sport" dst_port="443" action="Deny" '
    'quarantine_reason="Infected" file_name="$file" file_size="184320"',
}
_LOG_IDS = {
    "allowed": "010101600001",
    "denied": "010302602002",
    "web_denied": "050902616002",
    "virus": "030906208001",
}
_PRIORITY = {"virus": 26}


def line(kind: str, moment: datetime, **slots: object) -> bytes:
    """One datagram of this kind; the time stands as ISO 8601 with +0900."""
    filled = Template(LINES[kind]).substitute(
        pri=_PRIORITY.get(kind, 30),
        timestamp=jst(moment).strftime("%Y-%m-%dT%H:%M:%S+0900"),
        log_id=_LOG_IDS[kind],
        **{name: str(value) for name, value in slots.items()},
    )
    return filled.encode()
