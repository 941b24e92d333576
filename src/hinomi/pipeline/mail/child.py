"""The process that reads mails: `python -m hinomi.pipeline.mail.child`.

Apart from collect, because a mail may be anybody's: whatever one does to a parser dies here. It
holds no secret, opens no file, and reaches nothing but the name server.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from hinomi.collect.mail.senders import accept, aligned
from hinomi.collect.mail.signatures import AskLater, Signers, signers_of, signers_told
from hinomi.core import crash
from hinomi.normalise.mail import read_mail
from hinomi.normalise.mail.message import read_letter
from hinomi.pipeline.mail.questions import Answer, Question, read, write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hinomi.collect.mail.signatures import Resolve
    from hinomi.core.mail import MailHead

_MEMORY_BYTES = 1 << 30
_DNS_S = 5.0


def answer(question: Question, *, resolve: Resolve) -> Answer:
    """Who signed, whether to believe it, and what is in it."""
    letter = read_letter(
        question.body, recipient=question.recipient, own_addresses=question.own_addresses
    )
    signers = _signers(question, letter.head.sender, resolve)
    head = _signed(letter.head, signers.domains)
    if letter.put_away is not None:
        return Answer(head, put_away=letter.put_away)
    accepted = accept(head, senders=question.senders, is_double=letter.is_double)
    if accepted.held or accepted.put_away:
        return Answer(
            head,
            held=accepted.held,
            put_away=accepted.put_away,
            is_later=signers.is_later,
            is_double=letter.is_double,
        )
    mail = read_mail(
        question.body,
        mail=question.mail,
        mailbox=question.mailbox,
        recipient=question.recipient,
        wanted=accepted.format,
        own_addresses=question.own_addresses,
    )
    return Answer(head, accepted.format, mail.format, mail.pieces, fault=mail.fault)


def _signers(question: Question, sender: str, resolve: Resolve) -> Signers:
    if question.signed_by is not None:
        return Signers(question.signed_by)
    if question.verdict_from:
        found = signers_told(question.body, server=question.verdict_from)
    else:
        found = signers_of(question.body, resolve=resolve)
    return Signers(aligned(found.domains, sender=sender), found.is_later)


def _signed(head: MailHead, domains: tuple[str, ...]) -> MailHead:
    from dataclasses import replace

    return replace(head, signed_by=domains)


def from_name_server() -> Resolve:
    """Texts as the machine's own name server gives them, the last few hundred remembered."""
    import dns.exception
    import dns.resolver

    @lru_cache(maxsize=512)
    def ask(name: str) -> str:
        try:
            found = dns.resolver.resolve(name, "TXT", lifetime=_DNS_S, raise_on_no_answer=False)
        except dns.resolver.NXDOMAIN:
            return ""
        except (dns.exception.DNSException, OSError) as error:
            raise AskLater(f"no answer for {name}") from error
        texts = [b"".join(record.strings) for record in found if found.rrset is not None]
        return texts[0].decode("latin-1") if texts else ""

    return ask


def from_file(path: Path) -> Resolve:
    """Texts from a JSON file (name → text) and from nowhere else: for rehearsals and tests."""
    known: dict[str, str] = json.loads(path.read_text("utf-8"))
    return lambda name: str(known.get(name, ""))


def main(argv: Sequence[str] | None = None) -> int:
    """Answer until the pipe ends."""
    parser = argparse.ArgumentParser(prog="python -m hinomi.pipeline.mail.child")
    parser.add_argument("--dkim-keys", type=Path)
    parser.add_argument("--crash-at", help=argparse.SUPPRESS)
    given = parser.parse_args(argv)
    crash.arm(given.crash_at)
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resolve = from_file(given.dkim_keys) if given.dkim_keys else from_name_server()
    while (question := read(sys.stdin.buffer, Question)) is not None:
        crash.point("mail-child:asked")
        write(sys.stdout.buffer, answer(question, resolve=resolve))
    return 0


if __name__ == "__main__":
    sys.exit(main())
