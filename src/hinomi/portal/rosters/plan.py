"""What a list would change, row by row, before anything is written. Pure: no database.

Rows are taken in their order against the customers there are, each on top of the rows before it.
So the plan of a list that was taken in already is 「同じ」 in every row, and a row said twice is
「同じ」 the second time. What two companies claim is given to neither.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hinomi.portal.mailboxes.keys import BY_MAIL, MAIL_KIND, key_of
from hinomi.portal.rosters.devices import kind_of
from hinomi.portal.rosters.headings import Field
from hinomi.portal.rosters.steps import DEVICE_SERIAL, State, Step, WantedSource

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from hinomi.core.company_names import CompanyName
    from hinomi.portal.rosters.steps import Known, World
    from hinomi.portal.rosters.wishes import Wish

    _Claim = tuple[str, str]

_SAYS_WHOSE = (Field.TENANT, Field.CUSTOMER, Field.SERIAL, Field.HOST, Field.ADDRESS)


def make_plan(wishes: Sequence[Wish], *, world: World) -> list[Step]:
    """One step per row, in the rows' order."""
    walk = _Walk(world, contested=_contested(wishes, world=world), forms=_forms(wishes, world))
    return [walk.step(wish) for wish in wishes]


@dataclass(slots=True)
class _Company:
    """A company as it will be after the rows so far. `id` is "" for a new one."""

    number: int
    id: str
    name: str
    read: CompanyName
    phone: str = ""
    mails: set[str] = field(default_factory=set)
    has_owner: bool = False
    sources: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    routes: set[_Claim] = field(default_factory=set)
    lines: list[int] = field(default_factory=list)
    phone_line: int = 0


class _Walk:
    """Goes over the rows once and remembers what they add."""

    def __init__(
        self, world: World, *, contested: Mapping[_Claim, list[int]], forms: Mapping[str, set[str]]
    ) -> None:
        self._world, self._contested, self._forms = world, contested, forms
        self._companies: dict[str, list[_Company]] = {}
        self._count = 0
        for known in world.companies:
            self._add(_as_it_is(known, number=self._next()))

    def step(self, wish: Wish) -> Step:
        """The row's step; the company is as after it from now on."""
        if wish.faults:
            return Step(wish, State.FAULT, wish.faults)
        company, fault = self._company(wish)
        faults = [fault] if fault else [*self._faults(wish, company)]
        if faults:
            return Step(wish, State.FAULT, tuple(faults))
        return self._change(wish, company or self._made(wish))

    def _company(self, wish: Wish) -> tuple[_Company | None, str]:
        """Whose row it is (None: a new company's), or why that cannot be said."""
        name = wish.name
        if not name.form and len(self._forms.get(name.base, ())) > 1:
            return (
                None,
                "「株式会社」と「有限会社」などがちがう、同じ名前の会社があります。正式な名前にしてください。",
            )
        near = [each for each in self._companies.get(name.base, []) if each.read.may_be(name)]
        if len(near) > 1:
            return None, "同じ名前のお客様が2社以上あり、名前では見分けられません。"
        if not near and any(each.may_be(name) for each in self._world.former):
            return None, "契約が終わったお客様です。契約を始めてから、取り込んでください。"
        return (near[0] if near else None), ""

    def _faults(self, wish: Wish, company: _Company | None) -> Iterator[str]:
        phone = wish.cell(Field.PHONE)
        if company and company.phone_line and phone and phone != company.phone:
            yield f"{company.phone_line}行目の同じ会社と、電話番号がちがいます。"
        for about, key, text in _claims(wish, has_mailbox=self._world.has_mailbox):
            others = [line for line in self._contested.get((about, key), ()) if line != wish.line]
            owner = self._world.taken.get((about, key))
            if others:
                yield f"{_word(about)}「{text[:60]}」が、{others[0]}行目の別の会社にもあります。"
            elif owner is not None and not (company and owner == company.id):
                yield f"{_word(about)}「{text[:60]}」は、別のところで登録されています。"

    def _change(self, wish: Wish, company: _Company) -> Step:
        is_new = not company.id and not company.lines
        told: list[str] = []
        phone = _phone(wish, company, told)
        mail, is_owner = _person(wish, company, told)
        place = self._place(wish, company)
        source = _source(wish, company, place, told)
        routes = self._routes(wish, company, told)
        company.lines.append(wish.line)
        state = State.NEW if is_new else State.CHANGED if told else State.SAME
        return Step(
            wish=wish,
            state=state,
            texts=(*_opening(wish, company, state), *told, *wish.notes, *self._left_out(wish)),
            company=company.number,
            organisation=company.id,
            phone=phone,
            mail=mail,
            is_owner=is_owner,
            source=source,
            routes=routes,
            route_to=place,
        )

    def _place(self, wish: Wish, company: _Company) -> tuple[str, str]:
        """The (kind, name) of the source the row is about; kind "" for none. Without a mailbox the
        device's own kind. With one, all that the company has comes by mail and is one source: a
        mail that names a tenant and a serial must not point at two."""
        if not self._world.has_mailbox:
            return kind_of(wish.cell(Field.DEVICE)), _source_name(wish)
        by_mail = [place for place in company.sources if place[0] == MAIL_KIND]
        return by_mail[0] if by_mail else (MAIL_KIND, BY_MAIL)

    def _left_out(self, wish: Wish) -> Iterator[str]:
        """What of the row cannot be used without a mailbox; the company is registered all the
        same."""
        device = wish.cell(Field.DEVICE)
        if self._world.has_mailbox or kind_of(device):
            return
        if device:
            yield (
                f"機器「{device[:60]}」の種類が分からないため、機器は登録しません。"
                "メールボックスを選ぶと、警報メールで見守れます。"
            )
        elif wish.cell(Field.SERIAL):
            yield "機器の種類がないため、シリアル番号は使いません。"

    def _routes(self, wish: Wish, company: _Company, told: list[str]) -> tuple[_Claim, ...]:
        """What stands in mails and is this company's from now on."""
        if not self._world.has_mailbox:
            return ()
        found = [
            (about, key, text)
            for about, key, text in _claims(wish, has_mailbox=True)
            if (about, key) not in company.routes
        ]
        company.routes.update((about, key) for about, key, _ in found)
        told += [f"{_word(about)}「{text[:60]}」のメールを分けます。" for about, _, text in found]
        return tuple((about, text) for about, _, text in found)

    def _made(self, wish: Wish) -> _Company:
        made = _Company(self._next(), "", wish.cell(Field.NAME), wish.name)
        self._add(made)
        return made

    def _add(self, company: _Company) -> None:
        self._companies.setdefault(company.read.base, []).append(company)

    def _next(self) -> int:
        self._count += 1
        return self._count


def _opening(wish: Wish, company: _Company, state: State) -> list[str]:
    if state is State.NEW:
        return ["会社を登録します。"]
    if company.id and wish.cell(Field.NAME) != company.name:
        return [f"登録済みの「{company.name}」と同じ会社として扱います。"]
    if state is State.SAME and len(company.lines) > 1:
        return [f"{company.lines[-2]}行目までの内容と同じです。"]
    return []


def _phone(wish: Wish, company: _Company, told: list[str]) -> str:
    phone = wish.cell(Field.PHONE)
    if not phone:
        return ""
    company.phone_line = company.phone_line or wish.line
    if phone == company.phone:
        return ""
    told.append(
        f"電話番号を{phone}に変えます（いまは{company.phone}）。"
        if company.phone
        else f"電話番号を{phone}にします。"
    )
    company.phone = phone
    return phone


def _person(wish: Wish, company: _Company, told: list[str]) -> tuple[str, bool]:
    mail = wish.cell(Field.MAIL)
    if not mail or mail in company.mails:
        return "", False
    is_owner = not company.has_owner
    told.append(f"{mail}を{'責任者' if is_owner else '担当者'}として登録します。")
    company.mails.add(mail)
    company.has_owner = True
    return mail, is_owner


def _source(
    wish: Wish, company: _Company, place: tuple[str, str], told: list[str]
) -> WantedSource | None:
    """None when there is nothing to watch, or it is there already with this serial."""
    kind, name = place
    serial = "" if kind == MAIL_KIND else wish.cell(Field.SERIAL)
    if not kind or (serial and any(serial in held for held in company.sources.values())):
        return None
    held = company.sources.get(place)
    if held is not None and (not serial or serial in held):
        return None
    told.append(f"見守る機器「{name}」を{'登録します' if held is None else '変えます'}。")
    serials = (held or set()) | ({serial} if serial else set())
    company.sources[place] = serials
    return WantedSource(kind, name, tuple(sorted(serials)))


def _source_name(wish: Wish) -> str:
    device, place = wish.cell(Field.DEVICE), wish.cell(Field.PLACE)
    if device and place:
        return f"{device}（{place}）"
    return device or place or BY_MAIL


def _claims(wish: Wish, *, has_mailbox: bool) -> Iterator[tuple[str, str, str]]:
    """(kind, key, as written) of all that says whose a record or a mail is. With a mailbox the
    company's own name stands in for a tenant's that the list does not give."""
    if not has_mailbox:
        if serial := wish.cell(Field.SERIAL):
            yield DEVICE_SERIAL, serial, serial
        return
    for about in _SAYS_WHOSE:
        text = wish.cell(about) or (wish.cell(Field.NAME) if about is Field.TENANT else "")
        if text:
            yield about.value, key_of(about.value, text), text


def _contested(wishes: Iterable[Wish], *, world: World) -> dict[_Claim, list[int]]:
    """Claims that rows of different companies make, with all their lines."""
    claims: dict[_Claim, list[Wish]] = {}
    for wish in wishes:
        if not wish.faults:
            for about, key, _ in _claims(wish, has_mailbox=world.has_mailbox):
                claims.setdefault((about, key), []).append(wish)
    return {
        claim: [wish.line for wish in claimants]
        for claim, claimants in claims.items()
        if len({wish.name.base for wish in claimants}) > 1
        or len({wish.name.form for wish in claimants} - {""}) > 1
    }


def _forms(wishes: Iterable[Wish], world: World) -> dict[str, set[str]]:
    """Base name → the legal forms it occurs with, in the list and on file."""
    found: dict[str, set[str]] = {}
    names = [*(wish.name for wish in wishes), *(known.read for known in world.companies)]
    for name in names:
        if name.form:
            found.setdefault(name.base, set()).add(name.form)
    return found


def _word(about: str) -> str:
    return Field.SERIAL.ja if about == DEVICE_SERIAL else Field(about).ja


def _as_it_is(known: Known, *, number: int) -> _Company:
    return _Company(
        number=number,
        id=known.id,
        name=known.name,
        read=known.read,
        phone=known.phone,
        mails=set(known.mails),
        has_owner=known.has_owner,
        sources={place: set(serials) for place, serials in known.sources.items()},
        routes=set(known.routes),
    )
