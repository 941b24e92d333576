"""Reading again on screen: who may, that counting comes first, and that it is run once."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from hinomi.portal.access.models import AuditEntry
from hinomi.portal.access.time import configuration, now
from hinomi.portal.sources.publication import publish_if_changed
from hinomi.portal.sources.rereads import KEPT_FOR, RereadRunner, ask, reread_of
from hinomi.portal.sources.services import Wanted, register_source
from hinomi.store.rereads import RereadOrder, RereadState, all_rereads, new_reread
from tests.portal.town import sign_in
from tests.stores.hunting import fill_lake
from tests.stores.test_rereads import aside, take_in

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from hinomi.portal.sources.models import Source
    from tests.portal.town import Town

LINE = 'date=2026-11-20 time=10:00:00 devid="FGT40F0000000009" type="traffic" logid="0000000013"'


def run_now(command: Sequence[str]) -> subprocess.Popen[bytes]:
    """As the bell starts it, but waited for."""
    process = subprocess.Popen(command)
    process.wait()
    return process


@pytest.fixture
def source(town: Town, data: Path) -> Source:
    """青葉's firewall, whose line was set aside a day ago."""
    made = register_source(
        organisation_id=town.aoba.organisation.id, wanted=Wanted(kind="fortigate", name="壁")
    ).source
    publish_if_changed()
    record = aside(
        1,
        text=LINE,
        organisation=made.organisation_id,
        source=made.id,
        receive_time=now(),
    )
    fill_lake(data, [record])
    return made


def test_count_first_then_read_then_nothing_is_left(town: Town, data: Path, source: Source) -> None:
    analyst = sign_in(town.people["analyst", "own"])
    address = f"/sources/{source.id}/reread/"
    assert "何件読めるか数える" in analyst.get(address).content.decode()
    runner = RereadRunner(run_now)
    for act, said in (("count", "この1件を読み直す"), ("read", "1件を読み直しました")):
        assert analyst.post(address, {"act": act}).status_code == 302
        assert "順番を待っています" in analyst.get(address).content.decode()
        runner.look()
        take_in(data)
        page = analyst.get(address).content.decode()
        assert said in page
        assert "FortiGate" in page
    acts = AuditEntry.objects.filter(what__startswith="sources:reread:").order_by("pk")
    assert [one.what for one in acts] == ["sources:reread:counted", "sources:reread:ordered"]
    assert {one.organisation_id for one in acts} == {source.organisation_id}


def test_pressed_twice_it_is_ordered_once(source: Source) -> None:
    for _ in range(2):
        ask(source=source, user_id=1, is_trial=True)
    assert len(all_rereads(configuration().data)) == 1


def test_another_companys_order_is_not_shown(town: Town, source: Source) -> None:
    order = RereadOrder("0" * 26, now(), town.fumi.organisation.id, source.id)
    new_reread(order, data=configuration().data)
    assert reread_of(source) is None


def test_a_failed_order_says_so_and_old_ones_are_put_away(town: Town, source: Source) -> None:
    ask(source=source, user_id=1, is_trial=True)
    (folder,) = all_rereads(configuration().data)
    folder.keep(type(folder.progress)(trouble="the disk is full"))
    sight = reread_of(source)
    assert sight is not None
    assert sight.state is RereadState.FAILED
    page = sign_in(town.people["analyst", "own"]).get(f"/sources/{source.id}/reread/")
    assert "読み直せませんでした" in page.content.decode()
    old = RereadOrder("0" * 26, now() - 2 * KEPT_FOR, source.organisation_id, source.id)
    past = new_reread(old, data=configuration().data)
    past.keep(type(past.progress)(is_done=True))
    RereadRunner(run_now).look()
    assert [one.id for one in all_rereads(configuration().data)] == [folder.id]
