"""What is known at the customers' places in the scenery: a lease, licences, a call, a survey."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.utils.timezone import localdate

from hinomi.portal.access.time import now
from hinomi.portal.consents.services import entrust
from hinomi.portal.installations.models import Task
from hinomi.portal.installations.services import Known, ask_for_call, say_of, write_survey

if TYPE_CHECKING:
    from hinomi.portal.organisations.models import Firm, Organisation
    from hinomi.portal.sources.models import Source


def furnish(
    firm: Firm, company: Organisation, sources: dict[str, Source], *, long: str, nasty: str
) -> None:
    """One of everything, with a long name and a hostile one."""
    today = localdate(now())
    say_of(
        source=sources["fortigate"],
        known=_known("本社2階の棚", vendor=nasty, lease_end=today + timedelta(days=21)),
        licences={"virus": today - timedelta(days=2), "web": today + timedelta(days=50)},
        user_id=None,
    )
    say_of(
        source=sources["late"],
        known=_known(long, vendor="", lease_end=None, system="Windows 7"),
        licences={},
        user_id=None,
    )
    for task, wish in ((Task.COMPUTERS, "平日の14時から16時"), (Task.BOX_DAY, nasty)):
        ask_for_call(
            organisation_id=company.id,
            task=task,
            phone="03-1111-2222",
            wish=wish,
            user_id=None,
        )
    write_survey(
        organisation_id=company.id,
        answers={"router": "ヤマハ RTX1300", "notes": nasty, "power": "いいえ"},
        user_id=None,
    )
    entrust(
        firm_id=firm.id,
        name="夜番株式会社",
        work="夜間の見守り",
        place="国内（名古屋市）",
        valid_from=today - timedelta(days=30),
        valid_to=None,
        user_id=None,
    )


def _known(place: str, *, vendor: str, lease_end: date | None, system: str = "") -> Known:
    return Known(
        place=place[:60],
        system=system,
        password_holder="vendor",
        vendor=vendor[:120],
        vendor_phone="03-0000-0000",
        vendor_mail="",
        lease_end=lease_end,
    )
