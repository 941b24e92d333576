"""A catch-all mailbox for rehearsals and tests: real SMTP in, a small page to read the mails.

It accepts every address and keeps every mail in memory. Nothing leaves the machine.
"""

from __future__ import annotations

import contextlib
import email
import email.policy
import html
import socketserver
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, ClassVar, cast

from hinomi.rehearse.moments import jst

if TYPE_CHECKING:
    from email.message import EmailMessage

_MAX_MAIL_BYTES = 10_000_000


@dataclass(frozen=True, slots=True)
class Caught:
    """One mail: its envelope recipients, when it arrived and its bytes as sent."""

    recipients: tuple[str, ...]
    arrived: datetime
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        """The mail, parsed."""
        return email.message_from_bytes(self.raw, policy=email.policy.default)

    @property
    def text(self) -> str:
        """The plain-text body."""
        part = self.message.get_body(("plain", "html"))
        return str(part.get_content()) if part else ""


@dataclass(slots=True)
class Mailbox:
    """Starts both servers on loopback; use as a context manager. Ports of 0 mean any free one."""

    smtp_port: int = 0
    page_port: int = 0
    mails: list[Caught] = field(default_factory=list)
    _servers: list[socketserver.BaseServer] = field(default_factory=list)

    def __enter__(self) -> Mailbox:
        smtp = _SmtpServer(("127.0.0.1", self.smtp_port), _SmtpHandler)
        smtp.mailbox = self
        page = _PageServer(("127.0.0.1", self.page_port), _PageHandler)
        page.mailbox = self
        self.smtp_port, self.page_port = smtp.server_address[1], page.server_address[1]
        self._servers = [smtp, page]
        for server in self._servers:
            threading.Thread(target=server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()

    @property
    def smtp_url(self) -> str:
        """What HINOMI_SMTP should say."""
        return f"smtp://127.0.0.1:{self.smtp_port}"

    @property
    def page_url(self) -> str:
        """Where a person reads the caught mails."""
        return f"http://127.0.0.1:{self.page_port}/"


class _SmtpServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    mailbox: Mailbox


class _PageServer(ThreadingHTTPServer):
    daemon_threads = True
    mailbox: Mailbox


class _SmtpHandler(socketserver.StreamRequestHandler):
    """The few verbs of RFC 5321 that a sender needs."""

    ANSWERS: ClassVar[dict[str, str]] = {
        "HELO": "250 rehearsal",
        "EHLO": "250-rehearsal\r\n250-8BITMIME\r\n250 SMTPUTF8",
        "MAIL": "250 ok",
        "RSET": "250 ok",
        "NOOP": "250 ok",
        "QUIT": "221 bye",
    }

    def handle(self) -> None:
        """One connection: greet, answer each verb, keep each mail."""
        recipients: list[str] = []
        with contextlib.suppress(ConnectionError):
            self._say("220 rehearsal mailbox")
            while verb := self._verb(recipients):
                if verb == "QUIT":
                    return

    def _verb(self, recipients: list[str]) -> str:
        line = self.rfile.readline(2_000).decode(errors="replace").strip()
        if not line:
            return ""
        verb = line.split(" ", 1)[0].upper()
        if verb == "RCPT":
            recipients.append(line.partition("<")[2].partition(">")[0])
            self._say("250 ok")
        elif verb == "DATA":
            self._say("354 go on")
            self._keep(recipients)
        else:
            if verb in ("MAIL", "RSET"):
                recipients.clear()
            self._say(self.ANSWERS.get(verb, "502 not here"))
        return verb

    def _keep(self, recipients: list[str]) -> None:
        lines: list[bytes] = []
        while (line := self.rfile.readline(_MAX_MAIL_BYTES)) not in (b".\r\n", b".\n", b""):
            lines.append(line[1:] if line.startswith(b"..") else line)
        server = cast("_SmtpServer", self.server)
        server.mailbox.mails.append(Caught(tuple(recipients), datetime.now(UTC), b"".join(lines)))
        self._say("250 kept")

    def _say(self, answer: str) -> None:
        self.wfile.write(f"{answer}\r\n".encode())


class _PageHandler(BaseHTTPRequestHandler):
    """All mails on one page, newest first."""

    def do_GET(self) -> None:
        """The page; every word of a mail is escaped."""
        mails = cast("_PageServer", self.server).mailbox.mails
        body = _page(list(mails)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet: the demo's own lines are what a person reads."""


def _page(mails: list[Caught]) -> str:
    items = "".join(_item(mail) for mail in reversed(mails))
    empty = "<p>まだ1通も届いていません。届いたら、この画面を開き直してください。</p>"
    return (
        '<!doctype html><html lang="ja"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><title>予行演習のメール箱</title>'
        "<style>body{font:16px/1.7 'BIZ UDPGothic','Hiragino Sans','Noto Sans JP',sans-serif;"
        "max-width:44rem;margin:1.5rem auto;padding:0 1rem;color:#1a1a1c}"
        "article{border:1px solid #949494;border-radius:8px;padding:1rem;margin:1rem 0}"
        "h2{font-size:1.1rem;margin:.25rem 0}small{color:#4d4d4d}"
        "pre{white-space:pre-wrap;overflow-wrap:anywhere;font:inherit;margin:.75rem 0 0}</style>"
        f"<main><h1>予行演習のメール箱</h1><p>受け取ったメール：{len(mails)}通</p>"
        f"{items or empty}</main></html>"
    )


def _item(mail: Caught) -> str:
    local = jst(mail.arrived)
    when = f"{local.month}月{local.day}日 {local.hour}時{local.minute:02d}分"
    to = html.escape("、".join(mail.recipients))
    subject = html.escape(str(mail.message["subject"] or "（件名なし）"))
    return (
        f"<article><small>{when}　{to} あて</small><h2>{subject}</h2>"
        f"<pre>{html.escape(mail.text)}</pre></article>"
    )
