"""An incident that climbs, a firm with people on duty and every way set up, and a clock to turn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from hinomi.core.clock import FixedClock
from hinomi.portal.contacts.reaches import Reach
from hinomi.portal.duties.values import DutyPerson, OnDuty
from hinomi.portal.escalations import round_of_bell
from hinomi.portal.escalations.models import Escalation, Step
from hinomi.portal.incidents.intake import take_in
from hinomi.portal.incidents.models import Answer, Incident
from hinomi.portal.notices.models import FirmNotice, Notice
from hinomi.portal.organisations.models import Engagement
from tests.portal.bell.conftest import FakeMail, Findings
from tests.portal.town import configured

if TYPE_CHECKING:
    from pytest_django.fixtures import SettingsWrapper

    from tests.portal.town import Town

ALL = "a test looks"
START = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)  # noon of a Friday in Japan


@dataclass
class Night:
    """The town with one attack on 青葉工務店; `at` turns the clock and lets the bell look."""

    town: Town
    settings: SettingsWrapper
    moment: datetime = START

    @property
    def company(self) -> str:
        return self.town.aoba.organisation.id

    def turn(self, **later: float) -> None:
        self.moment += timedelta(**later)
        self.settings.HINOMI = configured(clock=FixedClock(self.moment))

    def at(self, **later: float) -> list[tuple[str, str, str]]:
        self.turn(**later)
        round_of_bell.look()
        return self.steps()

    def attack(self, **changes: object) -> Incident:
        take_in(partition=3, rows=[self.findings.row(self.company, **changes)])
        return self.incident()

    def incident(self) -> Incident:
        return Incident.objects.of(self.company).get(kind="ransomware")

    def steps(self) -> list[tuple[str, str, str]]:
        rows = Step.objects.of(self.company).order_by("escalation_id", "number")
        return [(row.kind, row.name, row.state) for row in rows]

    def escalation(self) -> Escalation:
        return Escalation.objects.of(self.company).order_by("-pk")[0]

    def calls(self) -> list[Notice]:
        return list(Notice.objects.of(self.company).filter(channel="voice").order_by("pk"))

    def ours(self) -> list[FirmNotice]:
        return list(FirmNotice.objects.of_firm(self.town.firm.id).order_by("pk"))

    findings: Findings = None  # type: ignore[assignment]


@pytest.fixture
def night(town: Town, settings: SettingsWrapper, monkeypatch: pytest.MonkeyPatch) -> Night:
    """Two contacts with telephones, a first, a second and a chief on duty."""
    made = Night(town, settings, findings=Findings())
    made.turn()
    served = Engagement.objects.across_all(reason=ALL).filter(valid_to=None)
    served.update(valid_from=START - timedelta(days=30))  # the town was built by today's clock
    Answer.objects.across_all(reason=ALL).delete()
    numbers = [("葵", "03-1111-1111"), ("悠", "03-2222-2222")]
    people = [
        reach
        for order, (name, phone) in enumerate(numbers, start=1)
        for reach in (
            Reach(order, None, name, "mail", f"c{order}@aoba.example", order),
            Reach(order, None, name, "sms", phone, order),
            Reach(order, None, name, "voice", phone, order),
        )
    ]

    def reaches(organisation_id: str, **_: object) -> list[Reach]:
        return people if organisation_id == made.company else []

    ways = {kind: FakeMail() for kind in ("mail", "sms", "voice", "line")}
    for module in ("incidents.reaching", "escalations.around"):
        monkeypatch.setattr(f"hinomi.portal.{module}.reaches", reaches)
        monkeypatch.setattr(f"hinomi.portal.{module}.channels_of", lambda _: ways)
    monkeypatch.setattr("hinomi.portal.escalations.around.on_duty", lambda *_: on_duty(town))
    monkeypatch.setattr("hinomi.portal.escalations.around.may_ring", lambda *_: True)
    return made


def on_duty(town: Town) -> OnDuty:
    """As the rota would say."""
    desk, analyst, chief = (
        DutyPerson(user.pk, name, phone, user.email)
        for name, phone, user in (
            ("窓", "03-3333-3333", town.people["desk", "own"]),
            ("守", "", town.people["analyst", "own"]),
            ("長", "", town.people["manager", "own"]),
        )
    )
    return OnDuty(first=desk, second=analyst, chief=chief)
