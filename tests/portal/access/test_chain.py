"""The audit trail is one chain: nothing in it can be changed, removed or slipped in unseen."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest
from django.db import DatabaseError, connection, transaction

from hinomi.portal.access import audit
from hinomi.portal.access.chain import FIRST, digest, first_break, head, take_in_unlinked
from hinomi.portal.access.models import AuditEntry
from hinomi.portal.access.sealing import is_sealed, seal
from tests.portal.conftest import LIFTED

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.django_db


def write(number: int) -> None:
    for each in range(number):
        audit.record(what="sources:source:add", user_id=None, source=f"src_{each}", place=each)


def lift_guards() -> None:
    """What somebody with the database's own rights can do."""
    with connection.cursor() as cursor:
        for statement in LIFTED[connection.vendor]:
            cursor.execute(statement)


def test_rows_follow_each_other_without_a_gap() -> None:
    write(5)
    rows = list(AuditEntry.objects.order_by("sequence"))
    assert [row.sequence for row in rows] == [1, 2, 3, 4, 5]
    assert [row.previous_hash for row in rows] == [FIRST, *(row.hash for row in rows[:-1])]
    assert len({row.hash for row in rows}) == 5
    assert first_break(pinned={3: rows[2].hash}) is None


def test_what_comes_back_from_the_database_has_the_hash_it_was_given() -> None:
    """Zero bytes, halves of characters and names in Japanese are stored differently by engines."""
    audit.record(what="x:y:z", user_id=None, name="川\0島\ud800商店", number=2**40, empty="")
    row = AuditEntry.objects.get()
    assert row.hash == digest(row)
    assert row.detail["name"] == "川␀島?商店"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE access_auditentry SET what='x' WHERE sequence=2",
        "UPDATE access_auditentry SET sequence=NULL WHERE sequence=2",
        "UPDATE access_auditentry SET hash='0' WHERE sequence=3",
        "DELETE FROM access_auditentry WHERE sequence=3",
        "DELETE FROM access_auditentry",
    ],
)
def test_the_database_itself_refuses_to_change_or_remove_a_row(statement: str) -> None:
    write(3)
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert head().sequence == 3
    assert first_break(pinned={}) is None


def _change(cursor: object) -> None:
    AuditEntry.objects.filter(sequence=4).update(detail={"place": 7})


def _remove(cursor: object) -> None:
    AuditEntry.objects.filter(sequence=4).delete()


def _swap(cursor: object) -> None:
    third, fourth = AuditEntry.objects.filter(sequence__in=(3, 4)).order_by("sequence")
    AuditEntry.objects.filter(pk=third.pk).update(sequence=100)
    AuditEntry.objects.filter(pk=fourth.pk).update(sequence=3)
    AuditEntry.objects.filter(pk=third.pk).update(sequence=4)


def _slip_in(cursor: object) -> None:
    row = AuditEntry.objects.get(sequence=4)
    AuditEntry.objects.filter(pk=row.pk).update(sequence=5_000)
    row.pk, row.what = None, "sources:source:revoke"
    row.save(force_insert=True)


def _rewrite_with_a_right_hash(cursor: object) -> None:
    row = AuditEntry.objects.get(sequence=4)
    row.detail = {"place": 9}
    row.hash = digest(row)
    row.save()


@pytest.mark.parametrize(
    ("harm", "place"),
    [(_change, 4), (_remove, 4), (_swap, 3), (_slip_in, 4), (_rewrite_with_a_right_hash, 5)],
)
def test_harm_done_past_the_guards_is_named_by_its_first_row(
    harm: Callable[[object], None], place: int
) -> None:
    write(6)
    lift_guards()
    harm(None)
    seal()
    broken = first_break(pinned={})
    assert broken is not None
    assert broken.sequence == place


def test_a_cut_off_end_shows_against_a_head_that_was_written_down() -> None:
    write(6)
    pinned = {head().sequence: head().hash}
    lift_guards()
    AuditEntry.objects.filter(sequence__gt=4).delete()
    seal()
    assert first_break(pinned={}) is None, "the chain alone cannot know"
    broken = first_break(pinned=pinned)
    assert broken is not None
    assert "cut off" in broken.reason


def test_a_chain_written_anew_from_the_start_shows_against_a_pinned_head() -> None:
    write(3)
    pinned = {head().sequence: head().hash}
    lift_guards()
    AuditEntry.objects.all().delete()
    write(4)
    seal()
    broken = first_break(pinned=pinned)
    assert broken is not None
    assert broken.sequence == 3


def test_missing_guards_are_trouble_by_themselves() -> None:
    write(1)
    lift_guards()
    assert not is_sealed()
    broken = first_break(pinned={})
    assert broken is not None
    assert "guards" in broken.reason
    seal()
    assert first_break(pinned={}) is None


def test_rows_of_an_older_version_are_linked_once_in_their_order() -> None:
    old = [AuditEntry.objects.create(what="sources:source:add") for _ in range(3)]
    assert first_break(pinned={}) is not None
    assert take_in_unlinked() == 3
    assert take_in_unlinked() == 0
    write(1)
    assert list(AuditEntry.objects.order_by("pk").values_list("sequence", flat=True)) == [
        1,
        2,
        3,
        4,
    ]
    assert [row.pk for row in old] == sorted(row.pk for row in old)
    assert first_break(pinned={}) is None


def test_an_act_that_is_undone_leaves_neither_a_row_nor_a_gap() -> None:
    write(1)
    with transaction.atomic():
        write(2)
        transaction.set_rollback(True)
    write(1)
    assert head().sequence == 2
    assert first_break(pinned={}) is None


@pytest.mark.django_db(transaction=True)
def test_writers_on_postgresql_at_the_same_time_neither_fork_nor_gap_the_chain() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite in memory has one writer; its turn is the test with processes below")
    failed: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(10):
                with transaction.atomic():
                    write(2)
        except BaseException as error:
            failed.append(error)
        finally:
            connection.close()

    writers = [threading.Thread(target=work) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert failed == []
    assert head().sequence == 80
    assert first_break(pinned={}) is None


_WRITER = """
import django; django.setup()
from django.db import transaction
from hinomi.portal.access.audit import record
for _ in range(15):
    with transaction.atomic():
        record(what="sources:source:add", user_id=None, at=1)
    record(what="sources:source:add", user_id=None, at=2)
"""


def test_processes_on_one_data_folder_neither_fork_nor_gap_the_chain(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "HINOMI_DATA": str(tmp_path / "town"),
        "DJANGO_SETTINGS_MODULE": "hinomi.portal.settings",
    }

    def portal(*words: str) -> str:
        command = [sys.executable, "-m", "hinomi.portal.manage", *words]
        return subprocess.check_output(command, env=environment, text=True, timeout=120)

    portal("migrate")
    writers = [subprocess.Popen([sys.executable, "-c", _WRITER], env=environment) for _ in range(3)]
    assert [writer.wait(120) for writer in writers] == [0, 0, 0]
    told = json.loads(portal("trail", "verify", "--format", "json"))
    assert (told["holds"], told["rows"]) == (True, 90)
