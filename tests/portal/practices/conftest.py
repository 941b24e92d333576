"""青葉工務店 with two contacts, every way set up, and a clock that tests move."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.portal.contacts.conftest import both, clock, house

if TYPE_CHECKING:
    from hinomi.portal.contacts.models import Contact
    from tests.portal.contacts.conftest import House

__all__ = ["both", "clock", "house"]


@pytest.fixture(autouse=True)
def _every_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """The firm can call and write SMS."""
    ways = dict.fromkeys(("mail", "voice", "sms", "fax"))
    monkeypatch.setattr("hinomi.portal.incidents.reaching.channels_of", lambda firm: ways)
    monkeypatch.setattr(
        "hinomi.portal.incidents.reaching.is_within_quota", lambda firm, kind, moment: True
    )


@pytest.fixture
def firm(house: House, both: tuple[Contact, Contact]) -> House:
    """The house with both contacts reachable."""
    return house
