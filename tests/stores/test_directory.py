"""The directory store: one generation per change, whole or not at all, old rather than none."""

from __future__ import annotations

import logging
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from hinomi.core.directory import Directory, Organisation, Source
from hinomi.core.errors import StoreDamaged
from hinomi.store import directory as store
from hinomi.store.database import connect
from hinomi.store.directory import KEPT, open_directory

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("engine")
AOI = Organisation(
    id="org_aoi",
    name="葵製作所",
    retention_days=30,
    placeholders=(("admins", ("root", "守")), ("hosts", ())),
)
ROUTER = Source(
    id="src_router",
    organisation="org_aoi",
    kind="yamaha",
    name="本社のルーター",
    port=20_001,
    addresses=("127.0.0.2", "2001:db8::1"),
    serials=("S4H000001",),
    nicknames=(("PC-01", "受付のパソコン"),),
)
FIRST = Directory(organisations=(AOI,), sources=(ROUTER,), rule_pack="abc")
SECOND = replace(FIRST, rule_pack="def")


def test_an_empty_store_gives_the_empty_directory(tmp_path: Path) -> None:
    assert store.load(data=tmp_path) == Directory()
    assert store.generation(data=tmp_path) == 0


def test_what_was_published_comes_back_without_loss(tmp_path: Path) -> None:
    assert store.publish(FIRST, data=tmp_path) == 1
    assert store.load(data=tmp_path) == replace(FIRST, generation=1)


def test_the_generation_grows_only_with_a_change(tmp_path: Path) -> None:
    with open_directory(tmp_path) as opened:
        assert [opened.publish(each) for each in (FIRST, FIRST, SECOND, FIRST)] == [1, 1, 2, 3]


def test_a_reader_in_another_connection_sees_the_new_generation(tmp_path: Path) -> None:
    with open_directory(tmp_path) as portal, open_directory(tmp_path) as collect:
        portal.publish(FIRST)
        assert collect.generation() == 1
        portal.publish(SECOND)
        assert collect.generation() == 2
        assert collect.load().rule_pack == "def"


def test_a_damaged_snapshot_gives_way_to_the_one_before(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with open_directory(tmp_path) as opened:
        opened.publish(FIRST)
        opened.publish(SECOND)
        _damage(tmp_path, generation=2)
        with caplog.at_level(logging.ERROR):
            assert opened.load() == replace(FIRST, generation=1)
            opened.load()
        assert caplog.text.count("snapshot 2 is damaged") == 1
        assert opened.publish(SECOND) == 3
        assert opened.load().rule_pack == "def"


def test_nothing_readable_at_all_is_an_error_with_advice(tmp_path: Path) -> None:
    with open_directory(tmp_path) as opened:
        opened.publish(FIRST)
        _damage(tmp_path, generation=1)
        with pytest.raises(StoreDamaged) as damage:
            opened.load()
        assert "portal" in damage.value.advice


def test_old_snapshots_go(tmp_path: Path) -> None:
    with open_directory(tmp_path) as opened:
        for number in range(KEPT + 5):
            opened.publish(replace(FIRST, rule_pack=str(number)))
    with closing(connect(tmp_path / store.FILE)) as connection:
        rows = connection.execute("SELECT count(*) FROM snapshots").fetchone()
    assert rows[0] == KEPT


def test_a_snapshot_of_another_release_keeps_what_we_know() -> None:
    body = b'{"generation":7,"organisations":[{"id":"a","name":"A","new_field":1}],"later":[]}'
    assert store.decode(body) == Directory(
        generation=7, organisations=(Organisation(id="a", name="A"),)
    )
    with pytest.raises(StoreDamaged):
        store.decode(b'{"generation":"seven"}')


def _damage(data: Path, *, generation: int) -> None:
    connection = connect(data / store.FILE)
    connection.execute(
        "UPDATE snapshots SET body = substr(body, 1, 20) WHERE generation = ?", (generation,)
    )
    connection.close()


def test_each_organisation_keeps_its_own_values_for_rules(tmp_path: Path) -> None:
    store.publish(FIRST, data=tmp_path)
    told = store.load(data=tmp_path).placeholders
    assert told == {"org_aoi": {"admins": ("root", "守"), "hosts": ()}}
