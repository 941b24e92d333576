"""/healthz, /readyz and /metrics: what they tell, and that they name nobody."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

from django.test import Client

from hinomi.portal.access.time import now
from hinomi.portal.notices.models import Notice

if TYPE_CHECKING:
    from pathlib import Path

    from tests.portal.town import Town


def test_a_living_process_says_ok() -> None:
    assert Client().get("/healthz").content == b"ok\n"


def test_the_tower_is_ready_when_nothing_fails(town: Town) -> None:
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()["troubles"]) == (200, [])


def test_a_part_that_keeps_dying_is_told(town: Town, data: Path) -> None:
    (data / "run").mkdir(exist_ok=True)
    child = {"deaths_last_minute": 5, "is_failing": True}
    told = {"children": {"worker": child, "web": {"is_failing": False}}}
    (data / "run" / "supervisor.json").write_text(json.dumps(told))
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert "worker" in answer.json()["troubles"][0]


def test_late_notices_are_told_without_naming_anybody(town: Town) -> None:
    rows = Notice.objects.across_all(reason="test")
    rows.update(due_at=now() - timedelta(minutes=6))
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    for company in (town.aoba, town.fumi, town.umi):
        assert company.canary not in answer.content.decode()


def test_numbers_are_totals_and_only_for_this_machine(town: Town) -> None:
    text = Client().get("/metrics").content.decode()
    assert "hinomi_incidents_open 3\n" in text
    assert town.aoba.organisation.id not in text
    assert Client().get("/metrics", REMOTE_ADDR="192.0.2.9").status_code == 404
