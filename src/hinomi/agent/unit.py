"""What makes the agent run by itself: a systemd unit, and a hook for going to sleep."""

from __future__ import annotations

UNIT = "hinomi-agent.service"
UNIT_PATH = f"/etc/systemd/system/{UNIT}"
SLEEP_PATH = "/usr/lib/systemd/system-sleep/hinomi-agent"

# Root only for what needs it: the audit (CONTROL, READ), other people's /proc and log files.
_UNIT = """\
[Unit]
Description=hinomi agent: watches this machine for its company
After=network-online.target
Wants=network-online.target

[Service]
ExecStart={command} agent run --data {data}
Restart=always
RestartSec=10
TimeoutStopSec=15
Nice=5
MemoryMax=80M
CPUQuota=20%
CapabilityBoundingSet=CAP_AUDIT_CONTROL CAP_AUDIT_READ CAP_NET_ADMIN
CapabilityBoundingSet=CAP_SYS_PTRACE CAP_DAC_READ_SEARCH
NoNewPrivileges=yes
ProtectSystem=full
ProtectHome=read-only
PrivateTmp=yes
ProtectKernelModules=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
ReadWritePaths={data}

[Install]
WantedBy=multi-user.target
"""
_SLEEP = """\
#!/bin/sh
# Tells the tower that this machine sleeps: its silence is no trouble then.
[ "$1" = pre ] && systemctl kill --kill-whom=main --signal=SIGUSR1 {unit} && sleep 1
exit 0
"""


def unit_text(*, command: str, data: str) -> str:
    """The unit file. Neither path may hold what systemd reads as more than a path."""
    return _UNIT.format(command=command, data=data)


def sleep_text() -> str:
    """The hook that systemd runs before the machine sleeps."""
    return _SLEEP.format(unit=UNIT)
