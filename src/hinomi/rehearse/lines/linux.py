"""A Linux server's auth.log over syslog (OpenSSH, sudo, cron; RFC 3164 header)."""

from __future__ import annotations

from string import Template
from typing import TYPE_CHECKING

from hinomi.rehearse.moments import bsd

if TYPE_CHECKING:
    from datetime import datetime

LINES = {
    "accepted_key": "<86>$time $host sshd[$pid]: Accepted publickey for $user from $src port "
    "$sport ssh2: ED25519 SHA256:ZqkOvyBPbLc8gqV0JY9Hn1cXc2sZkq3dVdNfTn6rS0w",
    "failed_password": "<86>$time $host sshd[$pid]: Failed password for invalid user $user from "
    "$src port $sport ssh2",
    "accepted_password": "<86>$time $host sshd[$pid]: Accepted password for $user from $src port "
    "$sport ssh2",
    "session": "<86>$time $host sshd[$pid]: pam_unix(sshd:session): session opened for user $user"
    "(uid=1000) by (uid=0)",
    "sudo": "<85>$time $host sudo: $user : TTY=pts/0 ; PWD=/home/$user ; USER=root ; "
    "COMMAND=/usr/bin/apt-get update",
    "cron": "<78>$time $host CRON[$pid]: (root) CMD (/usr/local/bin/backup.sh)",
}


def line(kind: str, moment: datetime, **slots: object) -> bytes:
    """One line of this kind; the header has no year and no zone."""
    filled = Template(LINES[kind]).substitute(
        time=bsd(moment), **{name: str(value) for name, value in slots.items()}
    )
    return filled.encode()
