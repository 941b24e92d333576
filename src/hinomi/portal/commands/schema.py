"""Brings every store that the portal touches to this version's schema, one process at a time."""

from __future__ import annotations

import fcntl
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from hinomi.portal.access.time import configuration
from hinomi.portal.sources.consent import carry_consents_over, follow_consents
from hinomi.store.directory import open_directory
from hinomi.store.pipeline import FILE_NAME, prepare

if TYPE_CHECKING:
    from collections.abc import Iterator


def bring_up_to_date() -> list[str]:
    """Apply what is missing and return the names of what was applied; nothing when all is there."""
    with _alone():
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if plan:
            call_command("migrate", verbosity=0, interactive=False)
            carry_consents_over()
            follow_consents()
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def bring_stores_up_to_date() -> None:
    """The directory and the pipeline store, whose own rooms know how."""
    data = configuration().data
    open_directory(data).close()
    prepare(data / FILE_NAME)


@contextmanager
def _alone() -> Iterator[None]:
    """Two commands at once on a new folder: the second waits and finds all done."""
    folder = configuration().data / "run"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "migrate.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
