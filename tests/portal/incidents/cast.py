"""Incidents with findings, answers and history, as the tests of the case page want them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

from hinomi.core.clock import FixedClock
from hinomi.portal.incidents.intake import take_in
from hinomi.portal.incidents.models import Incident
from tests.portal.bell.conftest import Findings
from tests.portal.town import configured

if TYPE_CHECKING:
    from pytest_django.fixtures import SettingsWrapper

    from hinomi.portal.organisations.models import Organisation

DAY = datetime(2026, 12, 4, 3, 0, tzinfo=UTC)  # a Friday, noon in Japan
NIGHT = datetime(2026, 12, 4, 17, 0, tzinfo=UTC)  # two in the morning of the Saturday


class Desk:
    """Takes findings in, as the bell does."""

    def __init__(self, company: Organisation, *, first: int = 1) -> None:
        """`first` is the number of its first finding; two desks must not give the same."""
        self.company, self._made = company, Findings()
        self._made._numbers = count(first)

    def incident(self, device: str, *, case: str = "ransomware", **changes: Any) -> Incident:
        """The incident to which a new finding on the device led."""
        number, finding = self._made.row(self.company.id, device=device, case=case, **changes)
        take_in(partition=1, rows=[(number, finding)])
        rows = Incident.objects.of(self.company.id).select_related("organisation")
        return rows.get(findings__finding_id=finding.id)


def again(incident: Incident) -> Incident:
    """The row as it is now."""
    rows = Incident.objects.of(incident.organisation_id).select_related("organisation")
    return rows.get(pk=incident.pk)


def clock_at(settings: SettingsWrapper, moment: datetime) -> None:
    """Stop the portal's clock."""
    settings.HINOMI = configured(clock=FixedClock(moment))


HOUR = timedelta(hours=1)
