"""Brings every store that the portal touches to this version's schema, one process at a time."""

from __future__ import annotations

import fcntl
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from django.apps import apps
from django.core.management import call_command
from django.core.management.sql import emit_post_migrate_signal
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

from hinomi.portal.access.chain import take_in_unlinked
from hinomi.portal.access.time import configuration
from hinomi.portal.sources.consent import carry_consents_over, follow_consents
from hinomi.store.directory import open_directory
from hinomi.store.pipeline import FILE_NAME, prepare

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.backends.base.base import BaseDatabaseWrapper


def bring_up_to_date() -> list[str]:
    """Apply what is missing and return the names of what was applied; nothing when all is there."""
    with _alone():
        if _written() <= MigrationRecorder(connection).applied_migrations().keys():
            take_in_unlinked()
            return []
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if plan:
            if connection.introspection.table_names():
                call_command("migrate", verbosity=0, interactive=False)
            else:
                lay_tables(connection)
            carry_consents_over()
            follow_consents()
        take_in_unlinked()
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def _written() -> set[tuple[str, str]]:
    """(app, name) of every migration there is, by the names of the files: importing all of them
    only to find that nothing is missing took a tenth of each command's time."""
    return {
        (app.label, file.stem)
        for app in apps.get_app_configs()
        for file in Path(app.path, "migrations").glob("[!_]*.py")
    }


def lay_tables(database: BaseDatabaseWrapper) -> None:
    """The tables of this version in an empty database, every migration marked as applied.

    Walking through all of them makes and remakes tables that hold nothing: 16 s of a processor at
    a tower's first start. One transaction: a kill leaves an empty database. A test compares what
    both ways leave.
    """
    executor = MigrationExecutor(database)
    with database.schema_editor() as editor:
        for model in apps.get_models():
            if model._meta.managed and not model._meta.proxy:
                editor.create_model(model)
        executor.recorder.ensure_schema()
        for app, name in executor.loader.graph.nodes:
            executor.recorder.record_applied(app, name)
        emit_post_migrate_signal(verbosity=0, interactive=False, db=database.alias)


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
