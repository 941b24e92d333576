"""Yamaha RTX: priority and text, no time and no name (command reference, syslog chapter)."""

from __future__ import annotations

from string import Template
from typing import TYPE_CHECKING

from hinomi.rehearse.moments import jst

if TYPE_CHECKING:
    from datetime import datetime

LINES = {
    "inspect": "<134>[INSPECT] PP[01][out][101099] TCP $src:$sport > $dst:$dport ($opened)",
    "rejected": "<134>PP[01] Rejected at IN(2000) filter: TCP $src:$sport > 192.0.2.30:$dport",
    "lease": "<134>[DHCPD] LAN1(port2) Extends $lan: $mac",
    "login_failed": "<134>Login failed for SSH: $src",
    "login_failed_user": "<134>Login failed for SSH: $src $user",
    "tunnel_up": "<134>IP Tunnel[1] Up",
}


def line(kind: str, moment: datetime, **slots: object) -> bytes:
    """One datagram of this kind. Only INSPECT carries a time, and it is the session's start."""
    opened = jst(moment).strftime("%Y/%m/%d %H:%M:%S")
    filled = Template(LINES[kind]).substitute(
        opened=opened, **{name: str(value) for name, value in slots.items()}
    )
    return filled.encode()
