"""Sorting, with a real mailroom and a real reading process, and a log that can fail."""

from __future__ import annotations

import asyncio
import io
import zipfile
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import TYPE_CHECKING

import pytest
from tests.collect.letters import ADDRESS, alert, letter, signed, town, write_keys

from hinomi.collect.commit import QueueFull
from hinomi.core.clock import FixedClock
from hinomi.core.consent_gaps import ConsentGap
from hinomi.core.directory import MailSender, Source
from hinomi.core.mail import MailReason, MailState
from hinomi.pipeline.mail.reader import MailReader
from hinomi.pipeline.mail.sorter import MailSorter
from hinomi.store.mailroom import MailRoom

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from hinomi.core.records import RawRecord
    from hinomi.core.transport import KeyedAnswer
    from hinomi.pipeline.mail.questions import Answer, Question

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)


class Log:
    """What reached the log; `fails` makes it refuse so many times."""

    def __init__(self) -> None:
        self.records: list[RawRecord] = []
        self.fails = 0

    def submit(self, records: Sequence[RawRecord], keyed: KeyedAnswer) -> asyncio.Future[bytes]:
        if self.fails:
            self.fails -= 1
            raise QueueFull("full")
        self.records += records
        done: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        done.set_result(keyed.answer)
        return done


@pytest.fixture
def room(tmp_path: Path) -> Iterator[MailRoom]:
    with closing(MailRoom(tmp_path)) as opened:
        yield opened


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[MailReader]:
    with closing(MailReader(dkim_keys=write_keys(tmp_path))) as opened:
        yield opened


def sort(room: MailRoom, reader: MailReader, log: Log, **changes: object) -> None:
    sorter = MailSorter(room, reader, log.submit, FixedClock(NOW), ("tower@mimamori.example.jp",))
    sorter.know(replace(town(), **{"generation": 3, **changes}))  # type: ignore[arg-type]

    async def until_quiet() -> None:
        while await sorter.round():
            pass

    asyncio.run(until_quiet())


def keep(room: MailRoom, *bodies: bytes) -> list[str]:
    return [
        room.keep(body, mailbox="box", digest=f"{n}", at=NOW, recipient=ADDRESS)
        for n, body in enumerate(bodies)
    ]


def states(room: MailRoom) -> list[tuple[MailState, MailReason | None]]:
    kept = room.mails(mailboxes=["box"], states=list(MailState))
    return [(mail.state, mail.reason) for mail in reversed(kept)]


def test_a_mail_that_kills_its_reader_is_set_aside_and_the_rest_goes_on(
    tmp_path: Path, room: MailRoom
) -> None:
    """The process dies over every third question here; the mail is tried twice."""
    keep(room, *(signed(letter(alert("葵製作所"), number=str(n))) for n in range(3)))
    log = Log()
    arguments = ("--crash-at", "mail-child:asked:3")
    with closing(MailReader(dkim_keys=write_keys(tmp_path), arguments=arguments)) as dying:
        sort(room, dying, log)
    assert states(room) == [(MailState.DELIVERED, None)] * 3
    keep(room, b"", b"", b"", signed(letter(alert("葵製作所"), number="4")))
    with closing(MailReader(arguments=("--crash-at", "mail-child:asked"))) as dead:
        sort(room, dead, log)
    assert states(room).count((MailState.UNREADABLE, MailReason.CRASHED_READER)) == 1
    assert states(room).count((MailState.DELIVERED, None)) == len(log.records) == 3


def test_a_reader_that_never_answers_is_ended(tmp_path: Path, room: MailRoom) -> None:
    keep(room, letter("x"))
    with closing(MailReader(dkim_keys=write_keys(tmp_path), answer_s=0.001)) as slow:
        sort(room, slow, Log())
    assert states(room) == [(MailState.UNREADABLE, MailReason.CRASHED_READER)]


def test_a_log_that_refuses_leaves_the_mail_waiting_and_nothing_twice(
    room: MailRoom, reader: MailReader
) -> None:
    keep(room, signed(letter(alert("葵製作所"))))
    log = Log()
    log.fails = 1
    with pytest.raises(QueueFull):
        sort(room, reader, log)
    sort(room, reader, log)
    assert states(room) == [(MailState.DELIVERED, None)]
    assert len(log.records) == 1


_REPORT = (
    b"From: MAILER-DAEMON@mx.example.jp\r\nSubject: Undelivered\r\n"
    b"Content-Type: multipart/report; boundary=x\r\n\r\n--x\r\n\r\nfailed\r\n--x--\r\n"
)
_RECEIVED = b"".join(b"Received: by hop%d\r\n" % n for n in range(40))


@pytest.mark.parametrize(
    ("mail", "reason"),
    [
        (_REPORT, MailReason.BOUNCE),
        (b"Auto-Submitted: auto-replied\r\n" + letter("x"), MailReason.AUTO_REPLY),
        (_RECEIVED + letter("x"), MailReason.LOOP),
        (letter("x", sender="tower@mimamori.example.jp"), MailReason.OWN_MAIL),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_mails_of_the_post_itself_are_put_away_and_told(
    room: MailRoom, reader: MailReader, mail: bytes, reason: MailReason
) -> None:
    keep(room, mail)
    log = Log()
    sort(room, reader, log)
    assert states(room) == [(MailState.PUT_AWAY, reason)]
    assert log.records == []


def test_a_sender_of_a_learned_format_gives_records_of_that_kind(
    room: MailRoom, reader: MailReader
) -> None:
    keep(room, signed(letter(alert("葵製作所"))))
    log = Log()
    sender = MailSender("box", "alert@console.example.jp", "console.example.jp", "learned:f1")
    sort(room, reader, log, mail_senders=(sender,))
    assert [record.kind for record in log.records] == ["learned:f1"]


@pytest.mark.parametrize(("kind", "state"), [("imap", "delivered"), ("smtp", "held")])
def test_a_servers_word_on_signatures_counts_only_where_that_server_keeps_the_mailbox(
    room: MailRoom, reader: MailReader, kind: str, state: str
) -> None:
    """Whoever hands a mail to our own port can write the line into it."""
    told = b"Authentication-Results: mx.example.jp; dkim=pass header.d=console.example.jp\r\n"
    keep(room, told + letter(alert("葵製作所")))
    boxes = town(kind=kind, verdict_from="mx.example.jp").mailboxes
    sort(room, reader, Log(), mailboxes=boxes)
    assert [found for found, _ in states(room)] == [state]


def test_a_sender_accepted_while_its_mail_is_read_counts_for_that_mail_too(
    room: MailRoom, reader: MailReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was judged by what was known before, and must be looked at again."""
    keep(room, signed(letter(alert("葵製作所"))))
    sorter = MailSorter(room, reader, Log().submit, FixedClock(NOW))
    sorter.know(replace(town(), generation=3, mail_senders=()))
    ask = reader.ask

    def slow(question: Question) -> Answer:
        sorter.know(replace(town(), generation=4))
        return ask(question)

    monkeypatch.setattr(reader, "ask", slow)
    asyncio.run(sorter.round())
    assert states(room) == [(MailState.HELD, MailReason.UNKNOWN_SENDER)]
    asyncio.run(sorter.round())
    assert states(room) == [(MailState.DELIVERED, None)]


def test_a_company_named_while_a_mail_is_delivered_counts_for_that_mail_too(
    room: MailRoom, reader: MailReader
) -> None:
    """Half of the report goes to the log while a person says whose the other half is."""
    keep(room, signed(letter(alert("葵製作所") + "\n" + "-" * 40 + "\n" + alert("文商店"))))
    log = Log()

    def slow(records: Sequence[RawRecord], keyed: KeyedAnswer) -> asyncio.Future[bytes]:
        sorter.know(replace(town(), generation=4))
        return log.submit(records, keyed)

    sorter = MailSorter(room, reader, slow, FixedClock(NOW))
    sorter.know(replace(town(), generation=3, mail_routes=town().mail_routes[:1]))
    asyncio.run(sorter.round())
    assert states(room) == [(MailState.WAITING, MailReason.UNKNOWN_CLAIM)]
    asyncio.run(sorter.round())
    assert states(room) == [(MailState.DELIVERED, None)]
    assert sorted(each.source for each in log.records) == ["aoi_mail", "fumi_mail"]


def test_a_mail_of_a_mailbox_that_was_taken_away_stays(room: MailRoom, reader: MailReader) -> None:
    keep(room, signed(letter(alert("葵製作所"))))
    sort(room, reader, Log(), mailboxes=())
    assert states(room) == [(MailState.ARRIVED, None)]


def test_a_mail_too_large_is_shown_with_its_head(room: MailRoom, reader: MailReader) -> None:
    head = letter("x", subject="大きなレポート").partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    room.keep(head, mailbox="box", digest="d", at=NOW, reason=MailReason.TOO_LARGE)
    sort(room, reader, Log())
    (mail,) = room.mails(mailboxes=["box"], states=list(MailState))
    assert (mail.state, mail.reason) == (MailState.UNREADABLE, MailReason.TOO_LARGE)
    assert mail.head.subject == "大きなレポート"


def test_event_ids_are_the_same_at_every_try(room: MailRoom, reader: MailReader) -> None:
    """So that what is written twice anywhere behind the log is known to be one."""
    keep(room, signed(letter(alert("葵製作所"))))
    first, second = Log(), Log()
    sort(room, reader, first)
    room._connection.execute("UPDATE pieces SET state = 'waiting'")
    room._connection.execute("UPDATE mails SET state = 'waiting', generation = -1")
    sort(room, reader, second)
    assert [r.event_id for r in first.records] == [r.event_id for r in second.records]


def test_a_report_behind_a_password_is_shown_not_taken_for_a_quiet_day(
    room: MailRoom, reader: MailReader
) -> None:
    """The zip with its password in the next mail: the body is a greeting."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "alert@console.example.jp", ADDRESS, "UTMレポート"
    mail["Date"], mail["Message-ID"] = "Sat, 21 Nov 2026 10:00:00 +0900", "<zip@x>"
    mail.set_content("会社名: 葵製作所\nレポートを送付します。\n")
    mail.add_attachment(_LOCKED, maintype="application", subtype="zip", filename="report.zip")
    keep(room, signed(mail.as_bytes().replace(b"\n", b"\r\n")))
    log = Log()
    sort(room, reader, log)
    assert states(room) == [(MailState.UNREADABLE, MailReason.LOCKED)]
    assert log.records == []


def gapped(*gaps: ConsentGap, awaits: bool) -> tuple[Source, ...]:
    """The town's sources; 葵's with these gaps in its consent."""
    aoi, fumi = town().sources
    return replace(aoi, consent_gaps=gaps, awaits_consent=awaits), fumi


WITHDRAWN = NOW - timedelta(hours=1)


def test_a_mail_of_a_gap_is_erased_at_once_and_no_consent_brings_it_back(
    room: MailRoom, reader: MailReader
) -> None:
    keep(room, signed(letter(alert("葵製作所"))), signed(letter(alert("文商店"), number="2")))
    log = Log()
    sort(room, reader, log, sources=gapped(ConsentGap(WITHDRAWN), awaits=True))
    assert set(states(room)) == {
        (MailState.PUT_AWAY, MailReason.NO_CONSENT),
        (MailState.DELIVERED, None),
    }
    assert [each.source for each in log.records] == ["fumi_mail"]
    (refused,) = room.mails(mailboxes=["box"], states=[MailState.PUT_AWAY])
    (delivered,) = room.mails(mailboxes=["box"], states=[MailState.DELIVERED])
    assert room.body_of(refused.id) is None
    assert room.body_of(delivered.id) is not None
    (piece,) = room.pieces(refused.id, mailboxes=["box"])
    assert (piece.piece.raw, piece.piece.summary, piece.piece.claims) == (b"", "", ())
    assert (refused.head.subject, refused.head.sender) == ("", "alert@console.example.jp")
    assert room.refused(mailboxes=["box"], since=NOW) == 1
    assert room.refused(mailboxes=["box"], since=NOW + timedelta(seconds=1)) == 0
    assert room.refused(mailboxes=["other"], since=NOW) == 0
    later = ConsentGap(WITHDRAWN, NOW + timedelta(hours=1))
    sort(room, reader, log, sources=gapped(later, awaits=False), generation=4)
    keep(room, signed(letter(alert("葵製作所"))))  # fetched again: it is known
    sort(room, reader, log, sources=gapped(later, awaits=False), generation=5)
    assert [each.source for each in log.records] == ["fumi_mail"]


def test_a_mail_written_in_a_gap_that_comes_after_it_is_erased(
    room: MailRoom, reader: MailReader
) -> None:
    """Its Date is two hours before it came."""
    gap = ConsentGap(NOW - timedelta(hours=3), WITHDRAWN)
    keep(room, signed(letter(alert("葵製作所"))))
    log = Log()
    sort(room, reader, log, sources=gapped(gap, awaits=False))
    assert states(room) == [(MailState.PUT_AWAY, MailReason.NO_CONSENT)]
    assert log.records == []


def test_a_mail_of_before_the_withdrawal_waits_for_a_new_consent_and_is_delivered(
    room: MailRoom, reader: MailReader
) -> None:
    """Written and come while the company agreed; the withdrawal was quicker than the sorting."""
    gap = ConsentGap(NOW + timedelta(minutes=1))
    keep(room, signed(letter(alert("葵製作所"))))
    log = Log()
    sort(room, reader, log, sources=gapped(gap, awaits=True))
    assert states(room) == [(MailState.WAITING, MailReason.NO_SOURCE)]
    again = replace(gap, until=NOW + timedelta(hours=1))
    sort(room, reader, log, sources=gapped(again, awaits=False), generation=4)
    assert states(room) == [(MailState.DELIVERED, None)]
    assert len(log.records) == 1


def test_of_a_report_on_two_companies_only_the_refused_one_s_part_is_erased(
    room: MailRoom, reader: MailReader
) -> None:
    keep(room, signed(letter(alert("葵製作所") + "\n" + "-" * 40 + "\n" + alert("文商店"))))
    log = Log()
    sort(room, reader, log, sources=gapped(ConsentGap(WITHDRAWN), awaits=True))
    assert states(room) == [(MailState.DELIVERED, None)]
    assert [each.source for each in log.records] == ["fumi_mail"]
    (mail,) = room.mails(mailboxes=["box"], states=list(MailState))
    assert room.body_of(mail.id) is None
    aoi, fumi = room.pieces(mail.id, mailboxes=["box"])
    assert (aoi.reason, aoi.piece.raw) == (MailReason.NO_CONSENT, b"")
    assert "文商店" in fumi.piece.raw.decode()
    assert "葵" not in fumi.piece.raw.decode()
    assert room.refused(mailboxes=["box"], since=NOW) == 1


def _locked() -> bytes:
    """A zip whose member says it is encrypted."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("report.csv", "a,b\n")
    raw = bytearray(made.getvalue())
    raw[6] |= 1  # in the member's own head
    raw[raw.index(b"PK\x01\x02") + 8] |= 1  # and in the directory
    return bytes(raw)


_LOCKED = _locked()
