"""Mails in: fetching from mailboxes, taking in over SMTP, who sent it, and whose it is."""

from __future__ import annotations
