"""Whom to reach, in which order and by which way: hours, levels, deputies, and what is part of the
incident. Pure: people and the moment are passed in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time
from enum import StrEnum
from typing import TYPE_CHECKING

from hinomi.business.phone_numbers import device_key, mail_key, own_domain, phone_key
from hinomi.core.words import ActionLevel

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from hinomi.business.working_days import Calendar

PHONES = ("voice", "sms")
# Read on the computer: whoever sits in it reads them too.
READ_ON_COMPUTER = frozenset({"mail", "line_works", "chatwork"})
# At once somebody must hear it; what can wait is better read.
_LOUD = ("voice", "sms", "line", "line_works", "chatwork", "mail", "fax", "letter")
_QUIET = ("mail", "line", "line_works", "chatwork", "sms", "voice", "fax", "letter")
KINDS = _LOUD
_INSTEAD_OF_MAIL = ("voice", "sms", "fax")


class When(StrEnum):
    """When a person may be reached about one level."""

    ALWAYS = "always"
    IN_HOURS = "hours"
    NEVER = "never"


class HoursKind(StrEnum):
    """Whose hours a person keeps."""

    COMPANY = "company"
    ALWAYS = "always"
    OWN = "own"


@dataclass(frozen=True, slots=True)
class Hours:
    """A person's hours. `days` count from Monday = 0; own hours may run past midnight, and belong
    to the day on which they begin."""

    kind: HoursKind = HoursKind.COMPANY
    days: frozenset[int] = frozenset(range(5))
    opens: time = time(9, 0)
    closes: time = time(18, 0)

    def hold(self, moment: datetime, calendar: Calendar) -> bool:
        """True when the moment lies in them."""
        if self.kind is HoursKind.ALWAYS:
            return True
        if self.kind is HoursKind.COMPANY:
            return calendar.is_open(moment)
        local = calendar.local(moment)
        now, day = local.time(), local.weekday()
        if self.opens <= self.closes:
            return day in self.days and self.opens <= now < self.closes
        late, early = day in self.days, (day - 1) % 7 in self.days
        return (late and now >= self.opens) or (early and now < self.closes)


@dataclass(frozen=True, slots=True)
class Wishes:
    """When a person may be woken for what."""

    hours: Hours = Hours()
    now: When = When.ALWAYS
    today: When = When.IN_HOURS
    check: When = When.IN_HOURS

    def allow(self, level: ActionLevel, moment: datetime, calendar: Calendar) -> bool:
        """True when the person may be reached now about this level."""
        when = {ActionLevel.NOW: self.now, ActionLevel.TODAY: self.today}.get(level, self.check)
        if when is When.IN_HOURS:
            return self.hours.hold(moment, calendar)
        return when is When.ALWAYS


@dataclass(frozen=True, slots=True)
class Place:
    """One address that is used now."""

    kind: str
    address: str


@dataclass(frozen=True, slots=True)
class Person:
    """One contact. `before` are the wishes of up to a day ago: both count, so that nobody can put
    another one to sleep unnoticed. `has_moved`: mails pass this person by."""

    contact_id: int
    user_id: int | None
    name: str
    places: tuple[Place, ...]
    wishes: Wishes = Wishes()
    before: Wishes | None = None
    deputy_id: int | None = None
    computers: tuple[str, ...] = ()
    has_moved: bool = False

    def is_awake(self, level: ActionLevel, moment: datetime, calendar: Calendar) -> bool:
        """True when this person may be reached now about this level."""
        said = (self.wishes, self.before)
        return any(each.allow(level, moment, calendar) for each in said if each is not None)


@dataclass(frozen=True, slots=True)
class Involved:
    """What is part of an incident, as it was written anywhere. `mail_domains`: a mail account was
    taken over, so every mailbox of this domain may be read by others: phones go first."""

    mails: Iterable[str] = ()
    phones: Iterable[str] = ()
    devices: Iterable[str] = ()
    mail_domains: Iterable[str] = ()
    _mails: frozenset[str] = field(init=False, repr=False, compare=False)
    _phones: frozenset[str] = field(init=False, repr=False, compare=False)
    _devices: frozenset[str] = field(init=False, repr=False, compare=False)
    _domains: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for name, values, key in (
            ("_mails", self.mails, mail_key),
            ("_phones", self.phones, phone_key),
            ("_devices", self.devices, device_key),
            ("_domains", self.mail_domains, str.casefold),
        ):
            keys = frozenset(key(value) for value in values) - {""}
            object.__setattr__(self, name, keys)

    def holds(self, place: Place) -> bool:
        """True when this very mailbox or telephone is part of it."""
        if place.kind == "mail":
            return mail_key(place.address) in self._mails
        if place.kind in {"voice", "sms", "fax"}:
            return phone_key(place.address) in self._phones
        return False

    def holds_computer_of(self, person: Person) -> bool:
        """True when a computer of this person is part of it."""
        return any(device_key(name) in self._devices for name in person.computers)

    def doubts(self, place: Place) -> bool:
        """True for a mailbox beside the one that was taken over."""
        return place.kind == "mail" and own_domain(place.address) in self._domains


def usable(person: Person, *, level: ActionLevel, involved: Involved) -> list[Place]:
    """The person's places that may be used, best first."""
    order = _LOUD if level is ActionLevel.NOW else _QUIET
    places = [place for place in person.places if not involved.holds(place)]
    if involved.holds_computer_of(person):
        places = [place for place in places if place.kind not in READ_ON_COMPUTER]
    if person.has_moved and any(place.kind in _INSTEAD_OF_MAIL for place in places):
        places = [place for place in places if place.kind != "mail"]
    return sorted(places, key=lambda place: (involved.doubts(place), order.index(place.kind)))


def in_turn(
    people: Sequence[Person], *, level: ActionLevel, moment: datetime, calendar: Calendar,
    involved: Involved,
) -> list[tuple[Person, list[Place]]]:  # fmt: skip
    """Who is reached, first first: each person, then the deputy. Nobody twice, nobody asleep,
    nobody without a place that may be used."""
    found = []
    for person in _with_deputies(people):
        if person.is_awake(level, moment, calendar):
            places = usable(person, level=level, involved=involved)
            if places:
                found.append((person, places))
    return found


def _with_deputies(people: Sequence[Person]) -> Iterator[Person]:
    by_id = {person.contact_id: person for person in people}
    seen: set[int] = set()
    for person in people:
        for contact_id in (person.contact_id, person.deputy_id):
            if contact_id in by_id and contact_id not in seen:
                seen.add(contact_id)
                yield by_id[contact_id]
