"""Mails of a console about both companies: handed in over SMTP, and fetched from a real server.

`hinomi up` asks the name server for DKIM keys, and these have none there. So what is handed in is
judged as the mailroom keeps it; what is fetched carries the server's word on its signature and goes
all the way to its company.
"""

from __future__ import annotations

import json
import smtplib
import ssl
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.collect import dovecot
from tests.collect.letters import CONSOLE, DOMAIN, alert, letter

from benchmarks._senders.pairs import Pair, Promise

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks._senders.pairs import Sender, Way

JUDGE = "mx.tower.example"
SMTP, IMAP = "SMTP", "IMAP"
_FEW = 2  # mails a round: a console writes seldom


@contextmanager
def smtp(way: Way) -> Iterator[Sender]:
    """As mail servers do: again until it reads 250."""
    trust = ssl.create_default_context(cafile=str(way.authority))

    def send(texts: Sequence[str]) -> Sequence[str]:
        with smtplib.SMTP(way.host, way.port, timeout=30) as client:
            client.starttls(context=trust)
            for text in texts:
                client.sendmail(CONSOLE, [way.token], mail(text))
        return texts

    yield send


@contextmanager
def imap(way: Way) -> Iterator[Sender]:
    """Delivered into the folder; the tower fetches it from there."""
    if way.authority is None:
        raise ValueError("the IMAP server's certificate is needed")
    server = dovecot.Dovecot(0, way.port, way.authority)
    word = f"Authentication-Results: {JUDGE}; dkim=pass header.d={DOMAIN}\r\n".encode()

    def send(texts: Sequence[str]) -> Sequence[str]:
        for text in texts:
            server.deliver(word + mail(text))
        return ()

    yield send


def mail(text: str) -> bytes:
    """`text` is the company and the machine."""
    company, _, device = text.partition(" ")
    return letter(alert(company, device=device), number=device + company)


def machine(company: str, number: int) -> str:
    """What a console tells of."""
    return f"{company} PC-{number}"


def whole(raw: bytes) -> str:
    """Of a kept mail; equal to the last byte or an error."""
    body = raw.partition(b"\r\n\r\n")[2].decode("iso-2022-jp")
    labels = {
        name: value for name, _, value in (line.partition(": ") for line in body.split("\r\n"))
    }
    text = f"{labels['会社名']} {labels['コンピューター名']}"
    if mail(text) != raw:
        raise ValueError("changed on the way")
    return text


def piece(raw: bytes) -> str:
    """Of the record that a mail became."""
    labels = dict(json.loads(raw)["labels"])
    return f"{labels['会社名']} {labels['コンピューター名']}"


PAIRS = (
    Pair(
        "smtplib",
        SMTP,
        "mail",
        Promise.ONCE,
        smtp,
        whole,
        sends_again=True,
        tells_acks=True,
        write=machine,
        each=_FEW,
    ),
    Pair(
        "Dovecot",
        IMAP,
        "mail",
        Promise.ONCE,
        imap,
        piece,
        write=machine,
        missing=dovecot.missing,
        each=_FEW,
    ),
)
