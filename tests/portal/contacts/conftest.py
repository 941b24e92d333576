"""A company with its owner 葵, its staff 悠, and a clock that tests move."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

import pytest

from hinomi.portal.access.time import configuration, now
from hinomi.portal.contacts import addresses, codes, services
from hinomi.portal.contacts.models import Address, Contact, Kind, Telling
from hinomi.portal.organisations.members import add_person, join_firm, join_organisation
from hinomi.portal.organisations.services import add_firm, add_organisation

if TYPE_CHECKING:
    from pytest_django.fixtures import SettingsWrapper

    from hinomi.portal.accounts.models import User
    from hinomi.portal.organisations.models import Organisation

START = datetime(2026, 11, 20, 1, 12, tzinfo=UTC)


class Clock:
    """The portal's clock, moved by hand."""

    def __init__(self) -> None:
        self.moment = START

    def now(self) -> datetime:
        return self.moment

    def move(self, **by: float) -> datetime:
        self.moment += timedelta(**by)
        return self.moment


@dataclass
class House:
    """青葉工務店, its people, and our desk."""

    company: Organisation
    aoi: User
    yuu: User
    mado: User
    clock: Clock

    @property
    def id(self) -> str:
        return self.company.id

    def contact(self, name: str, *, user: User | None = None, **said: object) -> Contact:
        """One more contact, who may be reached always."""
        return services.add_contact(
            organisation_id=self.id, said=wishes(name, user, **said), form_key=None, user_id=None
        )

    def counting(
        self, contact: Contact, kind: str, text: str, *, replaces: Address | None = None
    ) -> Address:
        """An address with everything behind it: it counts now."""
        row = addresses.ask_for(
            contact=contact, kind=kind, text=text, replaces=replaces, user_id=None
        )
        since = now() - timedelta(days=2)
        rows = Address.objects.of(self.id).filter(pk=row.pk)
        rows.update(asked_at=since, proved_at=since, agreed_at=since, code_at=since)
        # What was sent to make it count is not what a test looks at.
        Telling.objects.of(self.id).filter(address=row).delete()
        return rows.get()

    def code(self, row: Address) -> str:
        """The digits that were sent there last."""
        row.refresh_from_db()
        return codes.code_of(row.nonce)


def wishes(name: str, user: User | None = None, **said: object) -> services.Said:
    """Reached always, about everything."""
    usual = services.Said(
        name=name,
        user_id=user.pk if user else None,
        deputy_id=None,
        hours="always",
        days=(0, 1, 2, 3, 4),
        opens=time(9),
        closes=time(18),
        now_when="always",
        today_when="always",
        check_when="always",
    )
    return replace(usual, **said)  # type: ignore[arg-type]


@pytest.fixture
def clock(settings: SettingsWrapper, data: object) -> Clock:
    made = Clock()
    settings.HINOMI = replace(configuration(), clock=made, public_url="https://mimamori.example")
    return made


@pytest.fixture
def house(db: None, clock: Clock) -> House:
    firm = add_firm(name="火の見サービス")
    company = add_organisation(name="青葉工務店", firm_id=firm.id)
    aoi = add_person(mail="aoi@aoba.example", name="葵")
    yuu = add_person(mail="yuu@aoba.example", name="悠")
    mado = add_person(mail="mado@hinomi.example", name="窓")
    join_organisation(user=aoi, organisation=company, role="owner")
    join_organisation(user=yuu, organisation=company, role="staff")
    join_firm(user=mado, firm=firm, role="desk")
    return House(company, aoi, yuu, mado, clock)


@pytest.fixture
def both(house: House) -> tuple[Contact, Contact]:
    """葵 with a telephone and a mailbox, 悠 with a mailbox: all count."""
    aoi = house.contact("葵", user=house.aoi)
    yuu = house.contact("悠", user=house.yuu)
    house.counting(aoi, Kind.VOICE, "03-1111-1111")
    house.counting(aoi, Kind.MAIL, "aoi@aoba.example")
    house.counting(yuu, Kind.MAIL, "yuu@aoba.example")
    return aoi, yuu
