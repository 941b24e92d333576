"""Who owns a partition, without any clock that could jump."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.pipeline.worker_lease import HANG_S, Owner

if TYPE_CHECKING:
    from pathlib import Path


def test_a_partition_given_back_is_free(tmp_path: Path) -> None:
    owner = Owner(tmp_path, name="w2")
    assert owner.is_free(1, "", 7, monotonic=0)
    owner.close()


def test_a_dead_owner_is_replaced_at_once(tmp_path: Path) -> None:
    owner = Owner(tmp_path, name="w2")
    assert owner.is_free(1, "never-lived", 7, monotonic=0)
    (tmp_path / "killed.lock").touch()  # the kernel opened its lock when it died
    assert owner.is_free(1, "killed", 7, monotonic=0)
    owner.close()


def test_a_living_owner_keeps_its_partition_as_long_as_its_beat_moves(tmp_path: Path) -> None:
    first, second = Owner(tmp_path, name="w1"), Owner(tmp_path, name="w2")
    for beat in range(5):
        assert not second.is_free(1, "w1", beat, monotonic=beat * HANG_S)
    first.close()
    second.close()


def test_an_owner_that_hangs_loses_its_partition(tmp_path: Path) -> None:
    first, second = Owner(tmp_path, name="w1"), Owner(tmp_path, name="w2")
    assert not second.is_free(1, "w1", 7, monotonic=100)
    assert not second.is_free(1, "w1", 7, monotonic=100 + HANG_S - 1)
    assert second.is_free(1, "w1", 7, monotonic=100 + HANG_S)
    first.close()
    second.close()
