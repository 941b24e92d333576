"""What the screens about contacts show, in sentences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hinomi.business.new_numbers import WAIT, Standing
from hinomi.portal.access.time import now
from hinomi.portal.contacts import watchwords
from hinomi.portal.contacts.addresses import may_agree, may_vouch
from hinomi.portal.contacts.models import Address, Contact, HoursChoice, Kind, WhenChoice
from hinomi.portal.contacts.rows import listed
from hinomi.portal.organisations.models import CUSTOMER_ROLES, Membership
from hinomi.portal.ui.moments import moment_ja

if TYPE_CHECKING:
    from datetime import datetime

    from hinomi.portal.contacts.rows import Listed
    from hinomi.portal.organisations.models import Organisation

_WORDS = {
    Standing.UNPROVED: "確認の番号を待っています。",
    Standing.UNANSWERED: "もう1人の「はい」を待っています。",
    Standing.COUNTS: "使っています。",
    Standing.BOUNCED: "届かなかったので、使っていません。",
}
_SECOND = "2人目の連絡先がありません。1人が出られないとき、だれにも伝わりません。"
_NOBODY = "使える連絡先がまだありません。いまはログインする人のメールに送ります。"
_PHONE = "電話の連絡先がありません。夜にメールだけでは気づけません。"


@dataclass(frozen=True, slots=True)
class Line:
    """One address. `may_agree`, `may_vouch`: what the person who looks may say about it."""

    row: Address
    kind: str
    standing: Standing
    words: str
    trouble: str
    may_agree: bool
    may_vouch: bool

    @property
    def takes_code(self) -> bool:
        """True while a code proves it."""
        return self.standing in {Standing.UNPROVED, Standing.BOUNCED}


@dataclass(frozen=True, slots=True)
class Card:
    """One contact."""

    contact: Contact
    order: int
    lines: tuple[Line, ...]
    hours: str
    wakes: str
    deputy: str
    leaves: str
    is_first: bool
    is_last: bool

    @property
    def has_used(self) -> bool:
        """True when alarms reach this person."""
        return any(line.standing.is_used for line in self.lines)


@dataclass(frozen=True, slots=True)
class Page:
    """The contacts of one company, and what is missing."""

    company: Organisation
    cards: tuple[Card, ...]
    warnings: tuple[str, ...]
    has_watchword: bool
    is_watchword_old: bool


def page(company: Organisation, *, user_id: int | None) -> Page:
    """Everything P12 says."""
    moment = now()
    people = listed(company.id, moment=moment)
    cards = tuple(
        _card(each, order, people, user_id, moment) for order, each in enumerate(people, start=1)
    )
    since = watchwords.set_at(company.id)
    return Page(company, cards, _warnings(people), bool(since), watchwords.is_old(company.id))


def card(contact: Contact, *, user_id: int | None) -> Card | None:
    """One contact; None when it is gone."""
    moment = now()
    people = listed(contact.organisation_id, moment=moment)
    for order, each in enumerate(people, start=1):
        if each.contact.pk == contact.pk:
            return _card(each, order, people, user_id, moment)
    return None


def members(organisation_id: str) -> list[tuple[str, str]]:
    """Owner and staff, for a choice."""
    rows = Membership.objects.of(organisation_id).filter(
        role__in=CUSTOMER_ROLES, user__is_active=True
    )
    return [
        (str(row.user_id), f"{row.user.shown_name}（{row.user.email}）")
        for row in rows.select_related("user").order_by("role", "pk")
    ]


def kind_word(kind: str) -> str:
    """「電話」."""
    return Kind(kind).label.partition("（")[0]


def _card(
    each: Listed, order: int, people: list[Listed], user_id: int | None, moment: datetime
) -> Card:
    contact = each.contact
    leaves = contact.removed_at
    return Card(
        contact=contact,
        order=order,
        lines=tuple(_line(row, state, people, user_id, moment) for row, state in each.addresses),
        hours=_hours(contact),
        wakes=_wakes(contact),
        deputy=_deputy(contact, people),
        leaves=f"{moment_ja(leaves + WAIT)}に外します。" if leaves else "",
        is_first=order == 1,
        is_last=order == len(people),
    )


def _line(
    row: Address, state: Standing, people: list[Listed], user_id: int | None, moment: datetime
) -> Line:
    is_asked = state.is_pending and row.agreed_at is None
    return Line(
        row=row,
        kind=kind_word(row.kind),
        standing=state,
        words=_words(row, state),
        trouble="送れませんでした。あて先が正しいか確かめてください。" if row.trouble else "",
        may_agree=is_asked and may_agree(row, people=people, user_id=user_id),
        may_vouch=is_asked and may_vouch(row, people=people, user_id=user_id),
    )


def _words(row: Address, state: Standing) -> str:
    since = row.steps.counts_from()
    if state is Standing.WAITING and since:
        return f"{moment_ja(since)}から使います。"
    if state is Standing.LEAVING and row.removed_at:
        return f"{moment_ja(row.removed_at + WAIT)}に外します。それまでは使います。"
    if state is Standing.UNPROVED and row.agreed_at:
        return "「はい」の返事がありました。確認の番号を待っています。"
    return _WORDS.get(state, "")


def _warnings(people: list[Listed]) -> tuple[str, ...]:
    staying = [each for each in people if each.used and each.contact.removed_at is None]
    if not staying:
        return (_NOBODY,)
    found = [] if len(staying) > 1 else [_SECOND]
    if not any(row.kind == Kind.VOICE for each in staying for row in each.used):
        found.append(_PHONE)
    return tuple(found)


def _hours(contact: Contact) -> str:
    if contact.hours != HoursChoice.OWN:
        return HoursChoice(contact.hours).label
    days = "".join("月火水木金土日"[day] for day in sorted(contact.days))
    opens, closes = contact.opens, contact.closes
    late = "翌日の" if closes < opens else ""
    return (
        f"{days}の{opens.hour}時{opens.minute:02d}分から{late}{closes.hour}時{closes.minute:02d}分"
    )


def _wakes(contact: Contact) -> str:
    """For what this person may be woken."""
    always = [
        word
        for word, when in (
            ("今すぐ", contact.now_when),
            ("今日中", contact.today_when),
            ("確認だけ", contact.check_when),
        )
        if when == WhenChoice.ALWAYS
    ]
    if not always:
        return "夜や休みの日は連絡しません"
    return "".join(f"「{word}」" for word in always) + "は夜や休みの日も連絡します"


def _deputy(contact: Contact, people: list[Listed]) -> str:
    names = {each.contact.pk: each.contact.name for each in people}
    return names.get(contact.deputy_id or 0, "")
