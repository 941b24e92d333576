"""Mails of consoles: from MIME bytes to pieces, one per alert or row. Pure, and afraid of nothing.

Loaded by the reader process and by tests, never by collect itself.
"""

from __future__ import annotations

from hinomi.normalise.mail.pieces import ReadMail, read_mail

__all__ = ["ReadMail", "read_mail"]
