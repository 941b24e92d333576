"""What waits for a person: one question at a time, and how many mails its answer sorts.

Two kinds of question: whether a sender may be believed, and whose a piece of a mail is. What was
answered is not asked again while collect sorts the mails by the answer, a matter of seconds.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hinomi.core.company_names import read_company_name
from hinomi.core.mail import Claim, ClaimKind, MailReason, MailState
from hinomi.portal.access.scope import CustomersOf, Scope
from hinomi.portal.access.time import configuration, now
from hinomi.portal.mailboxes.keys import key_of
from hinomi.portal.mailboxes.letters import mail_text, piece_text
from hinomi.portal.mailboxes.mailroom import reading
from hinomi.portal.mailboxes.models import MailRoute, MailSender
from hinomi.portal.mailboxes.words import CLAIMS, REASONS
from hinomi.portal.organisations.models import Organisation
from hinomi.store.directory import generation

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from hinomi.portal.mailboxes.models import Mailbox
    from hinomi.store.mailroom import KeptMail, KeptPiece, MailRoomReader

# Waiting pieces and held mails; the rest follows when these are sorted. A piece takes up to 60 KB.
_LOOKED_AT = 500
_SEARCHED = 12
# Only an answer about this one mail, or mending the routes, settles these.
_STUBBORN = (MailReason.CONTESTED, MailReason.CONTRADICTORY, MailReason.NO_SOURCE)


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that stands in the mail. `mails` would be sorted with it, this one included."""

    kind: ClaimKind
    value: str
    mails: int

    @property
    def word(self) -> str:
        """What it is."""
        return CLAIMS[self.kind]

    @property
    def token(self) -> str:
        """How a form says it."""
        return f"{self.kind.value}:{self.value}"


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to answer. `choices` is empty when it is about the sender."""

    mail: KeptMail
    text: str
    reason: str
    choices: tuple[Choice, ...] = ()
    companies: tuple[Organisation, ...] = ()
    summary: str = ""
    same_sender: int = 0

    @property
    def is_about_sender(self) -> bool:
        """Whether the mail has not been opened yet, because nobody accepted its sender."""
        return self.mail.state is MailState.HELD


@dataclass(frozen=True, slots=True)
class Waiting:
    """The page: `place` of `total` questions; `settling` mails are answered and being sorted."""

    question: Question | None
    total: int
    settling: int
    following: str


def waiting(mailbox: Mailbox, *, asked: str = "", search: str = "") -> Waiting:
    """The question about mail `asked`, else the oldest one. `search` looks for companies."""
    with reading() as room:
        if room is None:
            return Waiting(None, 0, 0, "")
        mails, settling = _open_mails(room, mailbox)
        if not mails:
            return Waiting(None, 0, settling, "")
        place = next((n for n, (mail, _) in enumerate(mails) if mail.id == asked), 0)
        mail, piece = mails[place]
        following = mails[(place + 1) % len(mails)][0].id
        question = _question(room, mailbox, mail, piece, mails, search=search)
        return Waiting(question, len(mails), settling, following)


def waiting_count(mailbox: Mailbox) -> int:
    """How many mails ask something of a person."""
    with reading() as room:
        return len(_open_mails(room, mailbox)[0]) if room else 0


def companies_like(mailbox: Mailbox, names: Iterable[str], *, search: str) -> list[Organisation]:
    """Customers of the mailbox's firm: found by search, else those whose name stands there."""
    served = Organisation.objects.within(served_by(mailbox)).order_by("name", "pk")
    if search:
        return list(served.filter(name__icontains=search)[:_SEARCHED])
    wanted = {read_company_name(name).base for name in names} - {""}
    if not wanted:
        return []
    return [row for row in served if _is_like(row.name, wanted)][:_SEARCHED]


def served_by(mailbox: Mailbox) -> Scope:
    """The companies that mails of this mailbox can be about."""
    return Scope((CustomersOf(mailbox.firm_id, now()),))


def _is_like(name: str, wanted: set[str]) -> bool:
    """Alike enough to be proposed; the person decides."""
    base = read_company_name(name).base
    return any(base == each or (len(base) > 2 and base in each) or each in base for each in wanted)


def _open_mails(
    room: MailRoomReader, mailbox: Mailbox
) -> tuple[list[tuple[KeptMail, KeptPiece | None]], int]:
    """One per question, the oldest first, those about senders before all: each opens many mails.
    And how many are answered already."""
    box = [mailbox.id]
    held = room.mails(mailboxes=box, states=[MailState.HELD], limit=_LOOKED_AT)
    asking = {mail.id: mail for mail in held}
    asking |= {
        mail.id: mail
        for mail in room.mails(mailboxes=box, states=[MailState.WAITING], limit=_LOOKED_AT)
    }
    pieces: dict[str, list[KeptPiece]] = defaultdict(list)
    for kept in room.waiting_pieces(mailboxes=box, limit=_LOOKED_AT):
        pieces[kept.mail].append(kept)
    senders, routes = _senders(mailbox), _routes(mailbox)
    newest = generation(data=configuration().data)
    found: list[tuple[KeptMail, KeptPiece | None]] = []
    for mail in sorted(asking.values(), key=_order):
        is_sorted = mail.generation >= newest  # by all that was taught: it waits in earnest
        if mail.state is MailState.HELD:
            if is_sorted or not _is_answered(mail, senders):
                found.append((mail, None))
            continue
        cut = pieces[mail.id]
        left = [each for each in cut if is_sorted or not _is_routed(each, mail, routes)]
        if left:
            found.append((mail, left[0]))
    return found, len(asking) - len(found)


def _order(mail: KeptMail) -> tuple[bool, str]:
    return mail.state is not MailState.HELD, mail.id


def _senders(mailbox: Mailbox) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    rows = MailSender.objects.within_mailbox(mailbox).values_list("address", "dkim_domain")
    for address, domain in rows:
        found[address].add(domain)
    return found


def _routes(mailbox: Mailbox) -> set[tuple[str, str]]:
    return set(MailRoute.objects.within_mailbox(mailbox).values_list("kind", "key"))


def _is_answered(mail: KeptMail, senders: dict[str, set[str]]) -> bool:
    """A person has said yes to this address with this signature, or no to the address."""
    domains = senders.get(mail.head.sender, set())
    return "" in domains or not domains.isdisjoint(mail.head.signed_by)


def _is_routed(kept: KeptPiece, mail: KeptMail, routes: set[tuple[str, str]]) -> bool:
    if (ClaimKind.MAIL, key_of(ClaimKind.MAIL, mail.id)) in routes:
        return True
    if kept.reason in _STUBBORN:
        return False
    return any(
        (claim.kind, key_of(claim.kind, claim.value)) in routes for claim in kept.piece.claims
    )


def _question(
    room: MailRoomReader,
    mailbox: Mailbox,
    mail: KeptMail,
    kept: KeptPiece | None,
    mails: Sequence[tuple[KeptMail, KeptPiece | None]],
    *,
    search: str,
) -> Question:
    if kept is None:
        return Question(
            mail,
            mail_text(room.body(mail.id, mailboxes=[mailbox.id])),
            _reason(mail.reason),
            same_sender=sum(each.head.sender == mail.head.sender for each, _ in mails),
        )
    claims = kept.piece.claims
    names = [claim.value for claim in claims if claim.kind is ClaimKind.TENANT]
    return Question(
        mail,
        piece_text(kept),
        _reason(kept.reason or mail.reason),
        choices=(*_choices(claims, mails), Choice(ClaimKind.MAIL, mail.id, 1)),
        companies=tuple(companies_like(mailbox, names, search=search)),
        summary=kept.piece.summary,
    )


def _reason(reason: MailReason | None) -> str:
    return REASONS[reason] if reason else ""


def _choices(
    claims: Iterable[Claim], mails: Sequence[tuple[KeptMail, KeptPiece | None]]
) -> list[Choice]:
    """What stands there, the surest first; each value once."""
    counts: dict[tuple[ClaimKind, str], int] = defaultdict(int)
    for _, kept in mails:
        for stated in {
            (c.kind, key_of(c.kind, c.value)) for c in (kept.piece.claims if kept else ())
        }:
            counts[stated] += 1
    order = list(ClaimKind)
    found: dict[tuple[ClaimKind, str], Choice] = {}
    for claim in sorted(claims, key=lambda each: (not each.is_sure, order.index(each.kind))):
        key = (claim.kind, key_of(claim.kind, claim.value))
        found.setdefault(key, Choice(claim.kind, claim.value, counts[key]))
    return list(found.values())
