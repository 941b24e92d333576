"""約束の電話: the list, and noting that a call was made."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from hinomi.portal.access.time import now
from hinomi.portal.duties.models import Booking, Slot
from hinomi.portal.duties.services import book
from tests.portal.town import sign_in

if TYPE_CHECKING:
    from tests.portal.town import Company, Town


def promise(town: Town, company: Company) -> Booking:
    """守 calls the company within two hours."""
    moment = now()
    Slot.objects.of_firm(town.firm.id).get_or_create(
        firm=town.firm, order="first", user=town.people["analyst", "own"],
        defaults={
            "starts_at": moment - timedelta(hours=1),
            "ends_at": moment + timedelta(hours=8),
            "published_at": moment,
        },
    )  # fmt: skip
    made = book(
        firm_id=town.firm.id,
        organisation_id=company.organisation.id,
        what=f"{company.canary}の相談",
        between=(moment, moment + timedelta(hours=2)),
    )
    assert made is not None
    return made


def test_a_promise_is_listed_for_its_firm_and_kept_once(town: Town) -> None:
    made = promise(town, town.aoba)
    client = sign_in(town.people["desk", "own"])
    assert f"{town.aoba.canary}の相談" in client.get("/promises/").content.decode()
    for _ in range(2):
        assert client.post("/promises/", {"booking": made.pk}).status_code == 302
    made.refresh_from_db()
    assert made.kept_by == town.people["desk", "own"]
    assert "約束した電話はありません" in client.get("/promises/").content.decode()


def test_another_firm_s_promise_does_not_exist(town: Town) -> None:
    made = promise(town, town.aoba)
    other = sign_in(town.people["manager", "other firm"])
    assert town.aoba.canary not in other.get("/promises/").content.decode()
    assert other.post("/promises/", {"booking": made.pk}).status_code == 404
    made.refresh_from_db()
    assert made.kept_at is None


def test_a_late_promise_says_so(town: Town) -> None:
    made = promise(town, town.aoba)
    Booking.objects.of(town.aoba.organisation.id).update(promised_at=now() - timedelta(minutes=1))
    shown = sign_in(town.people["analyst", "own"]).get("/promises/").content.decode()
    assert "時刻を過ぎています" in shown
    assert "（あなた）" in shown
    assert made.person in shown
