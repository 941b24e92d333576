"""A partner SOC of our firm, and somebody there: on its slot, after it, or without the consent."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.utils.timezone import localdate

from hinomi.portal.access.time import now
from hinomi.portal.consents.models import Way
from hinomi.portal.consents.queries import standing_of
from hinomi.portal.consents.services import Said, entrust, sign
from hinomi.portal.duties.models import Slot
from hinomi.portal.duties.partners import start_partnership
from hinomi.portal.organisations.members import add_person, join_firm
from hinomi.portal.organisations.services import add_firm

if TYPE_CHECKING:
    from hinomi.portal.accounts.models import User
    from tests.portal.town import Town


def partner_of(town: Town, *, relation: str) -> User:
    """目 of 夜の目. 文京歯科 never names the partner; 青葉工務店 does, unless `no consent`."""
    eyes = add_firm(name="夜の目", kind="soc")
    moment = now()
    over = timedelta(hours=2 if relation == "slot over" else 0)
    start_partnership(
        firm_id=town.firm.id,
        partner_id=eyes.id,
        phone="03-3333-3333",
        mail="",
        answer_minutes=10,
        user_id=None,
    )
    Slot.objects.create(
        firm=town.firm,
        order="first",
        partner=eyes,
        starts_at=moment - timedelta(hours=1) - over,
        ends_at=moment + timedelta(hours=1) - over,
        published_at=moment,
    )
    entrust(
        firm_id=town.firm.id,
        name=eyes.name,
        work="夜間の見守り",
        place="",
        valid_from=date(2026, 1, 1),
        valid_to=None,
        user_id=None,
    )
    if relation != "no consent":
        _sign(town.aoba.organisation.id)
    user = add_person(mail="eye@partner.example.jp", name="目 partner")
    join_firm(user=user, firm=eyes, role="manager")
    return user


def _sign(organisation_id: str) -> None:
    kinds = frozenset(standing_of(organisation_id).covers)
    said = Said("代表取締役", localdate(now()), kinds)
    sign(organisation_id=organisation_id, said=said, way=Way.PAPER, user_id=None)
