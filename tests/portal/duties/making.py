"""Slots and people for tests of duty."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from hinomi.portal.duties.models import Slot
from hinomi.portal.organisations.members import add_person, join_firm

if TYPE_CHECKING:
    from hinomi.portal.accounts.models import User
    from hinomi.portal.organisations.models import Firm

JAPAN = ZoneInfo("Asia/Tokyo")


def japan(text: str) -> datetime:
    """`2026-11-24 22:00` in Japan."""
    return datetime.fromisoformat(text).replace(tzinfo=JAPAN)


def person(firm: Firm, name: str, role: str = "analyst") -> User:
    """Somebody of the firm."""
    user = add_person(mail=f"{firm.id}.{name.encode().hex()}@example.jp", name=name)
    join_firm(user=user, firm=firm, role=role)
    return user


def slot(
    firm: Firm,
    who: User | Firm,
    starts: str,
    ends: str,
    *,
    order: str = "first",
    phone: str = "",
) -> Slot:
    """A published slot, times in Japan."""
    is_firm = hasattr(who, "kind")
    return Slot.objects.create(
        firm=firm,
        order=order,
        user=None if is_firm else who,
        partner=who if is_firm else None,
        starts_at=japan(starts),
        ends_at=japan(ends),
        phone=phone,
        published_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
