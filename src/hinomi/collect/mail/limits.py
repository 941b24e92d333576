"""Every threshold of the mailbox in one place; tests pass their own."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class MailLimits:
    """Sizes in bytes, times in seconds. What is larger than `mail_bytes` is not taken, and shown.

    `room_bytes`: what the mailroom may hold before new mails stay where they are; of it at most
    `strangers_bytes` for mails that nobody signed and nobody accepted.
    """

    mail_bytes: int = 10 * MIB
    room_bytes: int = 2_000_000_000
    strangers_bytes: int = 300_000_000
    imap_timeout_s: float = 30.0
    least_every_s: int = 10
    first_backoff_s: float = 5.0
    most_backoff_s: float = 900.0
    refused_backoff_s: float = 300.0  # a wrong password too often locks the account
    first_look_days: int = 7  # of a mailbox that was connected just now
    mails_a_look: int = 500
    smtp_connections: int = 50
    smtp_bodies: int = 3  # mails whose text is being received at the same moment
    smtp_timeout_s: float = 120.0
    smtp_recipients: int = 20
