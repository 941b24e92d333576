"""The portal's own database is the one that was asked for, and takes what stands in logs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from django.db import connection

from hinomi.portal.incidents.models import Incident, TimelineEntry

if TYPE_CHECKING:
    from tests.portal.town import Town

pytestmark = pytest.mark.django_db


def test_the_tests_run_on_the_engine_that_was_asked_for() -> None:
    wanted = os.environ.get("HINOMI_TEST_DATABASE")
    assert connection.vendor == ("postgresql" if wanted == "postgres" else "sqlite")


def test_a_zero_byte_from_a_log_stops_nothing(town: Town) -> None:
    """A device may call itself anything; PostgreSQL's text and JSON know no zero byte."""
    incident = town.aoba.incident
    incident.device = "PC\0-1"
    incident.slots = {"device": "PC\0-1", "said": r"a \u0000 written out", "path": "C:\\\0"}
    incident.save()
    TimelineEntry.objects.create(
        organisation_id=incident.organisation_id, incident=incident, kind="fact", text="\0"
    )
    stored = Incident.objects.of(incident.organisation_id).get(pk=incident.pk)
    assert stored.device in ("PC\0-1", "PC␀-1")
    assert stored.slots["device"] == stored.device
    assert stored.slots["said"] == r"a \u0000 written out"
    assert stored.slots["path"] in ("C:\\\0", "C:\\␀")
