"""Mails as consoles send them, signed with a key that the test made, and a town that gets them."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from email.message import EmailMessage
from functools import cache
from typing import TYPE_CHECKING

import dkim
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from hinomi.core.directory import (
    Directory,
    Mailbox,
    MailRoute,
    MailSender,
    Organisation,
    Source,
)

if TYPE_CHECKING:
    from pathlib import Path

ADDRESS = "soc@mimamori.example.jp"
CONSOLE = "alert@console.example.jp"
DOMAIN = "console.example.jp"


@cache
def key() -> tuple[bytes, str]:
    """PEM and the text that stands in the name server."""
    made = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    pem = made.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    public = made.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return pem, f"v=DKIM1; k=rsa; p={base64.b64encode(public).decode()}"


def write_keys(folder: Path) -> Path:
    """The name server as a file."""
    path = folder / "dkim-keys.json"
    path.write_text(json.dumps({f"s1._domainkey.{DOMAIN}": key()[1]}))
    return path


def letter(
    body: str,
    *,
    number: str = "1",
    sender: str = CONSOLE,
    subject: str = "ESET PROTECT 脅威が検出されました",
    to: str = ADDRESS,
) -> bytes:
    """Not signed. `number` makes it another mail."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = f"ESET PROTECT <{sender}>", to, subject
    mail["Date"] = "Sat, 21 Nov 2026 10:00:00 +0900"
    mail["Message-ID"] = f"<{number}@console.example.jp>"
    mail.set_content(body, charset="iso-2022-jp")
    return mail.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def signed(raw: bytes, *, domain: str = DOMAIN, **more: object) -> bytes:
    """With a DKIM signature of the console's domain."""
    head = dkim.sign(
        raw,
        b"s1",
        domain.encode(),
        key()[0],
        include_headers=[b"from", b"to", b"subject", b"date", b"message-id"],
        **more,
    )
    return bytes(head) + raw


def alert(company: str, *, device: str = "PC-01", threat: str = "Win32/Sample.A") -> str:
    return f"会社名: {company}\nコンピューター名: {device}\n脅威名: {threat}\nアクション: 検出\n"


def town(**box: object) -> Directory:
    """葵 and 文, one mailbox of one firm, one accepted sender, a route for each company."""
    mailbox = Mailbox("box", "firm", "監視用", "smtp", ADDRESS)
    return Directory(
        organisations=(Organisation("aoi", "葵製作所"), Organisation("fumi", "文商店")),
        sources=(
            Source("aoi_mail", "aoi", "mail", "メール"),
            Source("fumi_mail", "fumi", "mail", "メール"),
        ),
        mailboxes=(replace(mailbox, **box),),  # type: ignore[arg-type]
        mail_senders=(MailSender("box", CONSOLE, DOMAIN),),
        mail_routes=(
            MailRoute("box", "tenant", "株式会社葵製作所", "aoi_mail"),
            MailRoute("box", "tenant", "文商店", "fumi_mail"),
        ),
    )
