"""No message mixes companies: over random towns everything that leaves names one company's facts,
goes to its own people, by its own firm's ways. What is sent to our own people names no company."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as bounds

from hinomi.portal.access.owned import ScopedQuerySet
from hinomi.portal.contacts.models import Address, Contact
from hinomi.portal.organisations.models import Membership
from hinomi.portal.sources.models import DeviceName
from tests.portal.bell.mixed_town import ACTS, KINDS, Mixed, Plan, build, check, happen, plans

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import Model
    from pytest_django.fixtures import SettingsWrapper

    from hinomi.portal.incidents.models import Incident

pytestmark = pytest.mark.django_db

# Everything once, at three companies of two firms with one person in two of them.
WHOLE = Plan(
    firms=2,
    companies=((0, 0, True), (0, 0, True), (1, 0, False)),
    both=((0, 1),),
    acts=(
        ("storm", 0, 1), ("attack", 0, 0), ("attack", 1, 1), ("attack", 2, 1), ("look", 0, 2),
        ("answer", 0, 1), ("ask", 1, 1), ("ask", 2, 0), ("help", 0, 5), ("warn", 1, 0),
        ("new address", 0, 0), ("holidays", 0, 0), ("look", 0, 5), ("train", 1, 1),
    ),
)  # fmt: skip


@pytest.fixture(autouse=True)
def _every_way_is_set_up(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("incidents.reaching", "escalations.around"):
        monkeypatch.setattr(
            f"hinomi.portal.{module}.channels_of", lambda _: dict.fromkeys(KINDS, None)
        )


def lived(plan: Plan, wrapper: SettingsWrapper) -> tuple[int, set[str]]:
    """The plan, lived through and taken back: how many messages were looked at, of which kinds."""
    before = wrapper.HINOMI
    try:
        with transaction.atomic():
            town = build(plan, wrapper)
            happen(town, plan.acts)
            looked = check(town)
            kinds = {each.to.rpartition("-")[2] for _, each in town.caught}
            transaction.set_rollback(True)
    finally:
        wrapper.HINOMI = before
    return looked, kinds


def test_whatever_happens_no_message_mixes_companies(db: None, settings: SettingsWrapper) -> None:
    looked = []

    @_bounded
    @given(plan=plans())
    def live(plan: Plan) -> None:
        looked.append(lived(plan, settings)[0])

    live()
    assert sum(looked) > 5 * len(looked), "too little was sent to prove anything"


def test_everything_once_is_sent_and_nothing_is_mixed(db: None, settings: SettingsWrapper) -> None:
    looked, kinds = lived(WHOLE, settings)
    assert {act for act, _, _ in WHOLE.acts} == set(ACTS)
    assert looked > 60
    assert {"line", "chatwork", "line_works"} <= kinds


@pytest.mark.parametrize("models", [(Membership,), (Contact, Address)], ids=["people", "contacts"])
def test_one_query_without_its_company_is_seen(
    db: None,
    settings: SettingsWrapper,
    monkeypatch: pytest.MonkeyPatch,
    models: tuple[type[Model], ...],
) -> None:
    """The proof can fail: queries forget whose rows they want. (Contacts and their addresses are
    each asked for by company, so that one slip alone tells nobody anything.)"""
    kept = ScopedQuerySet.of

    def of(self: ScopedQuerySet[Model], organisation_id: str) -> ScopedQuerySet[Model]:
        forgets = self.model in models  # type: ignore[attr-defined]
        return self.across_all(reason="forgotten") if forgets else kept(self, organisation_id)

    monkeypatch.setattr(ScopedQuerySet, "of", of)
    with pytest.raises(Mixed), transaction.atomic():
        lived(WHOLE, settings)


def test_a_name_of_the_same_machine_elsewhere_is_seen(
    db: None, settings: SettingsWrapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proof can fail: what one company calls SOUMU1 is taken for what all call it."""

    def of_anybody(incidents: Iterable[Incident]) -> dict[tuple[str, str], str]:
        rows = DeviceName.objects.across_all(reason="forgotten").order_by("pk")
        names = {row.native: row.nickname for row in rows}
        return {
            (each.organisation_id, each.device): names.get(each.device, "") for each in incidents
        }

    monkeypatch.setattr("hinomi.portal.incidents.wording._nicknames", of_anybody)
    with pytest.raises(Mixed), transaction.atomic():
        lived(WHOLE, settings)


_bounded = bounds(
    max_examples=12,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
