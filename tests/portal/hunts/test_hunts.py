"""さかのぼり調査: who may order one, whose events it reads, how the bell runs it, what is shown."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from hinomi.core.words import ActionLevel
from hinomi.pipeline.hunt_orders import Wanted, order_hunt
from hinomi.portal.access.models import AuditEntry
from hinomi.portal.access.time import configuration, now
from hinomi.portal.bell import read_findings
from hinomi.portal.hunts.housekeeping import KEPT_FOR, forget_old_hunts
from hinomi.portal.hunts.models import Hunt, HuntState
from hinomi.portal.hunts.runner import HuntRunner
from hinomi.portal.hunts.words import TROUBLES
from hinomi.portal.incidents.models import Incident
from hinomi.portal.organisations.services import end_engagement
from hinomi.portal.sources.publication import publish_if_changed
from hinomi.store import hunt_rows
from hinomi.store.hunts import hunt_named
from hinomi.store.pipeline import FILE_NAME, PipelineReader
from tests.portal.town import sign_in
from tests.stores.hunting import fill_lake, process, take_in_hunts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from django.http import HttpResponse

    from hinomi.core.records import Event
    from hinomi.store.hunts import HuntFolder
    from tests.portal.town import Town

BAD = "198.51.100.77"


def order(town: Town, role: str = "analyst", relation: str = "own", **changes: str) -> HttpResponse:
    """The form as a person sends it."""
    today = timezone.localdate(now())
    fields = {"sought": BAD, "companies": "", "last": today, "first": today - timedelta(days=3)}
    return sign_in(town.people[role, relation]).post("/hunts/", {**fields, **changes})


def the_order() -> Hunt:
    return Hunt.objects.across_all(reason="the test's only one").latest("ordered_at")


def met(number: int, organisation: str) -> Event:
    """A program that talks to the bad address, an hour ago."""
    event = process(number, organisation=organisation, DestinationIp=BAD)
    moment = now() - timedelta(hours=1)
    fields = {**event.fields, "EventID": "3"}
    return replace(event, event_time=moment, receive_time=moment, fields=fields)


def run_now(command: Sequence[str]) -> subprocess.Popen[bytes]:
    """As the bell starts it, but waited for."""
    process = subprocess.Popen(command)
    process.wait()
    return process


@pytest.fixture
def lake(town: Town, data: Path) -> Path:
    """Each company met the bad address once."""
    publish_if_changed()
    companies = (town.aoba, town.fumi, town.umi)
    events = [met(i, company.organisation.id) for i, company in enumerate(companies)]
    fill_lake(data, events)
    Hunt.objects.across_all(reason="the canaries of the fixture").delete()
    return data


@pytest.mark.parametrize("role", ["analyst", "manager"])
def test_staff_order_a_hunt_and_the_bell_runs_it(town: Town, lake: Path, role: str) -> None:
    assert order(town, role).status_code == 302
    runner = HuntRunner(run_now)
    runner.look()
    runner.look()
    hunt = the_order()
    assert hunt.state == HuntState.DONE
    page = sign_in(town.people[role, "own"]).get(f"/hunts/{hunt.id}/").content.decode()
    assert "青葉工務店" in page
    assert "文京歯科" in page
    assert BAD in page
    assert "海野水産" not in page, "another firm's customer is never read"
    found = hunt_named(hunt.id, data=lake)
    assert found.progress.findings == 2
    assert town.umi.organisation.id not in found.order.scope.organisations


def test_only_the_named_companies_are_read(town: Town, lake: Path) -> None:
    assert order(town, companies="文京歯科\n").status_code == 302
    HuntRunner(run_now).look()
    folder = hunt_named(the_order().id, data=lake)
    assert folder.order.scope.organisations == (town.fumi.organisation.id,)


def test_what_is_found_becomes_an_incident_once(town: Town, lake: Path) -> None:
    before = Incident.objects.across_all(reason="all companies").count()
    for _ in range(2):
        order(town, companies="青葉工務店", hands_on="on")
        runner = HuntRunner(run_now)
        runner.look()
        runner.look()
        take_in_hunts(lake)
        with PipelineReader(lake / FILE_NAME) as reader:
            while read_findings(reader):
                pass
    made = Incident.objects.of(town.aoba.organisation.id).order_by("-id")
    assert Incident.objects.across_all(reason="all companies").count() == before + 1
    assert made[0].finding_count == 1
    assert made[0].level in (ActionLevel.NOW, ActionLevel.TODAY, ActionLevel.CHECK)


def test_a_company_that_ended_its_contract_is_neither_read_nor_shown(
    town: Town, lake: Path
) -> None:
    order(town)
    HuntRunner(run_now).look()
    end_engagement(firm_id=town.firm.id, organisation_id=town.fumi.organisation.id)
    client = sign_in(town.people["analyst", "own"])
    page = client.get(f"/hunts/{the_order().id}/").content.decode()
    assert "青葉工務店" in page
    assert "文京歯科" not in page
    order(town)
    HuntRunner(run_now).look()
    HuntRunner(run_now).look()
    scope = hunt_named(the_order().id, data=lake).order.scope
    assert scope.organisations == (town.aoba.organisation.id,)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"sought": ""}, "探すものを入力してください。"),
        ({"sought": "/etc/passwd"}, "探せる形ではありません"),
        ({"sought": "なにか"}, "探せる形ではありません"),
        ({"companies": "海野水産"}, "という会社はありません"),
        ({"last": "2020-01-01"}, "より前の日になっています"),
        ({"first": "きのう"}, "日付を読めません"),
        ({"sought": "\n".join(f"a{i}.example" for i in range(300))}, "200行まで"),
    ],
)
def test_a_slip_is_told_beside_its_field_and_nothing_is_ordered(
    town: Town, lake: Path, fields: dict[str, str], said: str
) -> None:
    answer = order(town, **fields)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Hunt.objects.across_all(reason="none was ordered").exists()


def test_one_hunt_at_a_time_in_the_order_of_the_orders(town: Town, lake: Path) -> None:
    started: list[Sequence[str]] = []

    def start(command: Sequence[str]) -> subprocess.Popen[bytes]:
        started.append(command)
        return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(30)"])

    order(town)
    first = the_order()
    order(town, sought="evil.example")
    runner = HuntRunner(start)
    try:
        runner.look()
        runner.look()
        assert [command[5] for command in started] == [first.id]
    finally:
        runner.stop()


def test_a_hunt_that_was_killed_goes_on_with_the_next_look(town: Town, lake: Path) -> None:
    order(town)

    def kill(command: Sequence[str]) -> subprocess.Popen[bytes]:
        return run_now([*command, "--crash-at", "hunt:after-look"])

    HuntRunner(kill).look()
    assert the_order().state == HuntState.RUNNING
    runner = HuntRunner(run_now)  # a new bell
    for _ in range(3):
        runner.look()
    assert the_order().state == HuntState.DONE
    assert hunt_named(the_order().id, data=lake).progress.findings == 2


def test_a_person_stops_a_hunt_and_goes_on_with_it(town: Town, lake: Path) -> None:
    order(town)
    client = sign_in(town.people["analyst", "own"])
    address = f"/hunts/{the_order().id}/"
    client.post(f"{address}stop/")
    assert the_order().state == HuntState.STOPPED
    assert "続きから調べる" in client.get(address).content.decode()
    client.post(f"{address}resume/")
    runner = HuntRunner(run_now)
    runner.look()
    runner.look()
    assert the_order().state == HuntState.DONE


def test_a_stop_reaches_the_process_that_runs(town: Town, lake: Path) -> None:
    order(town)
    hunt = the_order()
    folder = order_hunt(
        Wanted(indicators=(f"ip:{BAD}",)),
        hunt_rows.Scope((town.aoba.organisation.id,)),
        config=configuration(),
        hunt_id=hunt.id,
    )
    hunt.state = HuntState.RUNNING
    hunt.save()
    with folder.running():
        sign_in(town.people["analyst", "own"]).post(f"/hunts/{hunt.id}/stop/")
        HuntRunner(run_now).look()
        assert folder.is_stopping
        folder.finish(hunt_rows.HuntEnd(hunt_rows.HuntState.STOPPED, now()))
    HuntRunner(run_now).look()
    assert the_order().state == HuntState.STOPPED


def test_a_rule_that_is_not_in_use_ends_the_hunt_with_the_reason(town: Town, lake: Path) -> None:
    order(town, sought="00000000-0000-4000-8000-00000000dead")
    runner = HuntRunner(run_now)
    runner.look()
    runner.look()
    hunt = the_order()
    assert hunt.state == HuntState.FAILED
    page = sign_in(town.people["analyst", "own"]).get(f"/hunts/{hunt.id}/").content.decode()
    assert "調べられませんでした" in page
    assert "使っているルールの中に、そのIDがありません。" in page
    assert "neither a file nor the id" in page, "as a detail below"


@pytest.mark.parametrize("role", ["owner", "staff", "desk"])
def test_others_may_not_hunt(town: Town, role: str) -> None:
    assert order(town, role).status_code == 403


def test_an_unchanged_part_costs_nothing(town: Town, lake: Path) -> None:
    order(town)
    client = sign_in(town.people["analyst", "own"])
    address = f"/hunts/{the_order().id}/"
    part = client.get(address, headers={"HX-Request": "true"})
    assert "<html" not in part.content.decode()
    again = client.get(
        address, headers={"HX-Request": "true", "If-None-Match": part.headers["ETag"]}
    )
    assert again.status_code == 304


def test_every_trouble_has_its_words() -> None:
    assert set(TROUBLES) == set(hunt_rows.HuntTrouble)


def test_hunts_expire_with_what_they_found(town: Town, lake: Path) -> None:
    order(town)
    hunt = the_order()
    HuntRunner(run_now).look()
    folder = hunt_named(hunt.id, data=lake)
    assert forget_old_hunts() == 0
    _order_earlier(folder, KEPT_FOR - timedelta(hours=1))
    assert forget_old_hunts() == 0
    _order_earlier(folder, timedelta(hours=2))
    with folder.running():
        assert forget_old_hunts() == 0, "a running one stays"
    assert forget_old_hunts() == 1
    assert not folder.path.exists()
    assert not Hunt.objects.across_all(reason="it is gone").filter(pk=hunt.id).exists()
    assert AuditEntry.objects.get(what="hunts:hunt:expired").detail == {"hunt": hunt.id}


def test_a_damaged_hunt_is_left_for_a_person(town: Town, lake: Path) -> None:
    order(town)
    HuntRunner(run_now).look()
    folder = hunt_named(the_order().id, data=lake)
    (folder.path / "order.json").write_text("torn")
    assert forget_old_hunts() == 0
    assert folder.path.exists()


def _order_earlier(folder: HuntFolder, by: timedelta) -> None:
    asked = folder.order
    folder._write("order.json", replace(asked, ordered_at=asked.ordered_at - by))
