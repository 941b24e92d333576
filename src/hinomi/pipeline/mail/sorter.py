"""Mails of the mailroom → records of their companies' sources, exactly once.

A mail is read once, its pieces are kept, and then each is decided by the routes of the day. What is
delivered carries a key in the log's own transaction, so that a death between log and mailroom
repeats the question and not the record.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from hinomi.collect.mail.routes import MailRoutes, routes_of
from hinomi.collect.mail.senders import accept
from hinomi.core import crash
from hinomi.core.directory import Directory
from hinomi.core.ids import ulid
from hinomi.core.mail import MailHead, MailReason, MailState, PieceKind
from hinomi.core.records import RawRecord
from hinomi.core.transport import KeyedAnswer
from hinomi.pipeline.mail.questions import Question
from hinomi.pipeline.mail.reader import MailReader, ReaderDied
from hinomi.store.mailroom import KeptMail, KeptPiece, MailRoom, Outcome, Settled

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from hinomi.core.clock import Clock
    from hinomi.core.directory import Mailbox, MailSender, Source
    from hinomi.pipeline.mail.questions import Answer

    Submit = Callable[[Sequence[RawRecord], KeyedAnswer], asyncio.Future[bytes]]

_AT_ONCE = 50  # mails of one round
_AGAIN = 500  # held and waiting mails looked at again in one round
_TRIES = 2
_LATER = timedelta(minutes=5)
_GIVE_UP = timedelta(hours=24)  # asking for a signature's key
LEARNED = "learned:"


@dataclass(slots=True)
class MailSorter:
    """`submit` queues one record with its key and is called on the loop's thread.

    `own_addresses`: those this installation sends mails from.
    """

    room: MailRoom
    reader: MailReader
    submit: Submit
    clock: Clock
    own_addresses: tuple[str, ...] = ()
    _directory: Directory = field(default_factory=Directory)
    _routes: dict[str, MailRoutes] = field(default_factory=dict)
    _still: list[str] = field(default_factory=list)  # held as before, noted together

    def know(self, directory: Directory) -> None:
        """Use a new snapshot from now on; what waits is looked at again in the next round.

        This may come while a mail is being read. So each judgement notes the generation that it
        was made by, taken together with the senders or routes it asked: a mail judged by an older
        one and marked with the newer would wait for ever.
        """
        self._directory = directory
        self._routes = {box.id: routes_of(directory, mailbox=box.id) for box in directory.mailboxes}

    async def round(self) -> int:
        """One pass over what is new and what the directory may have changed; mails looked at."""
        new = await asyncio.to_thread(self.room.arrived, limit=_AT_ONCE)
        generation = self._directory.generation
        again = await asyncio.to_thread(self.room.unsettled, generation=generation, limit=_AGAIN)
        later = await asyncio.to_thread(
            self.room.unsigned, before=self.clock.now() - _LATER, limit=_AT_ONCE
        )
        looked, self._still = 0, []
        for mail in {mail.id: mail for mail in (*new, *again, *later)}.values():
            looked += await self._look(mail)
        await asyncio.to_thread(self.room.still_held, self._still, generation=generation)
        return looked

    async def _look(self, mail: KeptMail) -> int:
        box = next((box for box in self._directory.mailboxes if box.id == mail.mailbox), None)
        if box is None:  # taken away: its mails stay as they are
            return 0
        if mail.state is MailState.WAITING:
            await self._deliver(mail)
            return 1
        senders = tuple(s for s in self._directory.mail_senders if s.mailbox == box.id)
        if self._is_held_still(mail, senders):
            self._still.append(mail.id)
            return 0
        await self._read(mail, box, senders, generation=self._directory.generation)
        return 1

    def _is_held_still(self, mail: KeptMail, senders: tuple[MailSender, ...]) -> bool:
        """Without reading it again: nobody accepted its sender in the meantime."""
        if mail.state is not MailState.HELD or mail.reason is MailReason.SIGNATURE_LATER:
            return False
        return accept(mail.head, senders=senders, is_double=False).held == mail.reason

    async def _read(
        self, mail: KeptMail, box: Mailbox, senders: tuple[MailSender, ...], *, generation: int
    ) -> None:
        body = await asyncio.to_thread(self.room.body_of, mail.id)
        if body is None:
            await self._set_aside(mail, MailReason.CRASHED_READER, generation=generation)
            return
        is_checked = mail.state is MailState.HELD and mail.reason is not MailReason.SIGNATURE_LATER
        question = Question(
            mail=mail.id,
            mailbox=box.id,
            body=body,
            recipient=mail.recipient,
            # Whoever hands a mail to our own port can write that line into it; only a mailbox's
            # server takes such lines of strangers out.
            verdict_from=box.verdict_from if box.kind == "imap" else "",
            senders=senders,
            own_addresses=self.own_addresses,
            signed_by=mail.head.signed_by if is_checked else None,
        )
        try:
            answer = await asyncio.to_thread(self.reader.ask, question)
        except ReaderDied:
            if await asyncio.to_thread(self.room.died_reading, mail.id) >= _TRIES:
                await self._set_aside(mail, MailReason.CRASHED_READER, generation=generation)
            return
        await self._act(mail, answer, generation=generation)

    async def _act(self, mail: KeptMail, answer: Answer, *, generation: int) -> None:
        if mail.reason is MailReason.TOO_LARGE:  # only its head was kept
            await self._set_aside(
                mail, MailReason.TOO_LARGE, generation=generation, head=answer.head
            )
            return
        held = _held(mail, answer, self.clock)
        if held or answer.put_away:
            state = MailState.HELD if held else MailState.PUT_AWAY
            reason = held or answer.put_away
            await self._judge(mail, Outcome(state, generation, reason=reason, head=answer.head))
            return
        if not answer.pieces or (answer.fault and not _has_news(answer)):
            reason = answer.fault or MailReason.EMPTY
            await self._set_aside(mail, reason, generation=generation, head=answer.head)
            return
        form = answer.wanted if answer.wanted.startswith(LEARNED) else answer.format
        detail = f"{answer.fault}" if answer.fault else ""
        outcome = Outcome(MailState.WAITING, -1, detail=detail, format=form, head=answer.head)
        await asyncio.to_thread(
            self.room.cut, mail.id, pieces=answer.pieces, outcome=outcome, at=self.clock.now()
        )
        await self._deliver(mail)

    async def _deliver(self, mail: KeptMail) -> None:
        """Every waiting piece, by the routes of now. Trouble with the log leaves them waiting."""
        kept = await asyncio.to_thread(self.room.mail, mail.id, mailboxes=[mail.mailbox])
        pieces = await asyncio.to_thread(self.room.waiting_of, mail.id)
        if kept is None:
            return
        routes, generation = (
            self._routes.get(mail.mailbox, MailRoutes()),
            self._directory.generation,
        )
        moments = _moments(kept)
        settled: list[Settled] = []
        sent: list[tuple[int, asyncio.Future[bytes]]] = []
        for each in pieces:
            decision = routes.decide(each.piece.claims, mail=mail.id, moments=moments)
            number = each.piece.number
            if decision.source is not None:
                sent.append((number, self._send(kept, each, decision.source)))
            elif decision.waits is not None:
                settled.append(Settled(number, MailState.WAITING, decision.waits))
            else:
                settled.append(Settled(number, MailState.PUT_AWAY, decision.away))
        answers = await asyncio.gather(*(future for _, future in sent))
        crash.point("mail:after-commit")
        for (number, _), answer in zip(sent, answers, strict=True):
            told = json.loads(answer)
            settled.append(
                Settled(number, MailState.DELIVERED, None, told["source"], told["organisation"])
            )
        at = self.clock.now()
        await asyncio.to_thread(
            self.room.settle, mail.id, settled=settled, generation=generation, at=at
        )

    def _send(self, mail: KeptMail, each: KeptPiece, source: Source) -> asyncio.Future[bytes]:
        """The key names the piece and nothing else: whoever it was given to first keeps it."""
        key = f"{mail.id}:{each.piece.number}"
        digest = hashlib.sha256(key.encode()).digest()
        told = {"source": source.id, "organisation": source.organisation}
        record = RawRecord(
            event_id=ulid(
                time_ms=int(mail.arrived_at.timestamp() * 1000),
                randomness=int.from_bytes(digest[:10], "big"),
            ),
            organisation=source.organisation,
            source=source.id,
            kind=mail.format if mail.format.startswith(LEARNED) else "mail",
            timezone=source.timezone,
            receive_time=self.clock.now(),
            raw=each.piece.raw,
            peer="",
        )
        keyed = KeyedAnswer(
            source=f"mailbox:{mail.mailbox}",
            key=key,
            body_sha256=digest,
            answer=json.dumps(told).encode(),
            at=self.clock.now(),
        )
        return self.submit([record], keyed)

    async def _set_aside(
        self,
        mail: KeptMail,
        reason: MailReason,
        *,
        generation: int,
        head: MailHead | None = None,
    ) -> None:
        await self._judge(mail, Outcome(MailState.UNREADABLE, generation, reason=reason, head=head))

    async def _judge(self, mail: KeptMail, outcome: Outcome) -> None:
        await asyncio.to_thread(self.room.judge, mail.id, outcome=outcome, at=self.clock.now())


def _has_news(answer: Answer) -> bool:
    """Whether something was read of a mail with an unreadable part: where that part is locked and
    the rest is a greeting, the alerts are in the part, and a person must look."""
    return any(each.kind in (PieceKind.ALERT, PieceKind.ROW) for each in answer.pieces)


def _moments(mail: KeptMail) -> tuple[datetime, ...]:
    """When it came, and when it says that it was written; never later than it came."""
    written = mail.head.written_at
    if written is None or written.tzinfo is None:
        return (mail.arrived_at,)
    return (min(written, mail.arrived_at), mail.arrived_at)


def _held(mail: KeptMail, answer: Answer, clock: Clock) -> MailReason | None:
    """A signature nobody could check is asked about again for a day."""
    is_young = clock.now() - mail.arrived_at < _GIVE_UP
    if answer.held is MailReason.NOT_SIGNED and answer.is_later and is_young:
        return MailReason.SIGNATURE_LATER
    return answer.held
