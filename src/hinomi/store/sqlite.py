"""How every SQLite file of hinomi is opened: pysqlite3, WAL, synchronous=FULL, versioned schema.

One file per store, never ATTACH: a transaction that spans two WAL files is not atomic.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from importlib import resources
from typing import TYPE_CHECKING, cast

from pysqlite3 import dbapi2

from hinomi.core.errors import Place, StartRefused, StoreDamaged

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from sqlite3 import Connection

# Before 3.51.3, several processes writing and checkpointing one WAL file could corrupt it
# (the "WAL-reset" bug); several processes on one WAL file is exactly what we do.
SAFE_SQLITE = (3, 51, 3)
BUSY_TIMEOUT_S = 10.0
_DAMAGE = {"SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_IOERR_SHORT_READ"}
_FULL = {"SQLITE_FULL", "SQLITE_IOERR"}
# BEGIN IMMEDIATE is all that SQLite needs for it; the comment is for store/postgres.
_ONE_AFTER_THE_OTHER = "SELECT 1 /*postgres FROM pg_advisory_xact_lock(1)*/"
_STEP = re.compile(r"(\d{4})_\w+\.sql")

DatabaseError: type[Exception] = dbapi2.DatabaseError


def require_safe_sqlite(version: tuple[int, ...] | None = None) -> None:
    """Raise StartRefused on an SQLite that can corrupt a store. `version` is for tests."""
    found = tuple(dbapi2.sqlite_version_info) if version is None else version
    if found >= SAFE_SQLITE:
        return
    raise StartRefused(
        f"SQLite {_dotted(found)} can corrupt a database that several processes write"
        f" (the WAL-reset bug); {_dotted(SAFE_SQLITE)} or newer is needed.",
        advice="Reinstall hinomi's requirements, they bring a safe SQLite:"
        " pip install --force-reinstall 'pysqlite3>=0.6.1'",
    )


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))


def connect(path: Path, *, read_only: bool = False) -> Connection:
    """Open one store in autocommit mode; write inside `transaction`.

    May be handed to another thread, but only one thread may use it at a time. Read-only: the file
    must exist (FileNotFoundError), nothing is created beside SQLite's own -wal and -shm.
    """
    require_safe_sqlite()
    if read_only and not path.exists():
        raise FileNotFoundError(f"{path} does not exist yet")
    if not read_only:
        path.parent.mkdir(parents=True, exist_ok=True)
    uri = path.absolute().as_uri() + ("?mode=ro" if read_only else "")
    connection = cast(
        "Connection",
        dbapi2.connect(
            uri, uri=True, isolation_level=None, timeout=BUSY_TIMEOUT_S, check_same_thread=False
        ),
    )
    try:
        _set_up(connection, read_only=read_only)
    except dbapi2.Error as error:
        connection.close()
        if is_damage(error):
            raise StoreDamaged(
                f"not a readable SQLite file ({error})",
                place=Place(str(path)),
                advice="Restore it from a backup, or move it away to start with an empty one.",
            ) from error
        raise
    return connection


def _set_up(connection: Connection, *, read_only: bool) -> None:
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
    if not read_only:
        connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("SELECT count(*) FROM sqlite_master").fetchone()  # is it a database at all?


@contextmanager
def transaction(connection: Connection) -> Iterator[Connection]:
    """BEGIN IMMEDIATE … COMMIT; any exception rolls everything back and goes on up.

    IMMEDIATE because a read that later wants to write would fail instead of waiting its turn.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def migrate(connection: Connection, *, store: str) -> int:
    """Bring a store to this release's schema (`store/schema/<store>/NNNN_*.sql`); its version.

    Each step is one transaction with its version row, so a kill leaves a whole schema. A store
    that is newer than this program is refused: writing to it could destroy what it does not know.
    """
    steps, newest = _steps(store), newest_schema(store)
    present = schema_version(connection)
    if present > newest:
        raise StartRefused(
            f"the {store} store has schema {present}, this hinomi knows up to {newest}.",
            advice="Start the newer hinomi that wrote it, or restore the backup from before.",
        )
    for version in range(present + 1, newest + 1):
        _apply(connection, version=version, script=steps[version])
    return newest


def newest_schema(store: str) -> int:
    """The schema this release writes."""
    return max(_steps(store), default=0)


def copy_whole(connection: Connection, target: Path) -> None:
    """One consistent copy as a new, single file, while others write. Needs no quiet moment.

    In one step: between steps a write by another process would make the copy begin anew.
    """
    copy = cast("Connection", dbapi2.connect(str(target), isolation_level=None))
    try:
        connection.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE").fetchall()  # no companions, any medium will do
    finally:
        copy.close()


def schema_version(connection: Connection) -> int:
    """0 for an empty file."""
    made = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'schema_version'")
    if made.fetchone() is None:
        return 0
    row = connection.execute("SELECT max(version) FROM schema_version").fetchone()
    return int(row[0] or 0)


def _steps(store: str) -> dict[int, str]:
    folder = resources.files("hinomi.store") / "schema" / store
    found = ((_STEP.fullmatch(file.name), file) for file in folder.iterdir())
    return {int(match[1]): file.read_text("utf-8") for match, file in found if match}


def _apply(connection: Connection, *, version: int, script: str) -> None:
    with transaction(connection):
        connection.execute(_ONE_AFTER_THE_OTHER)
        if schema_version(connection) >= version:
            return  # another process was faster
        connection.execute(
            "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY) STRICT"
        )
        for statement in _statements(script):
            connection.execute(statement)
        connection.execute("INSERT INTO schema_version VALUES (?)", (version,))


def _statements(script: str) -> Iterator[str]:
    """One by one: executescript() would end our transaction first."""
    pending = ""
    for line in script.splitlines(keepends=True):
        pending += line
        if dbapi2.complete_statement(pending):
            yield pending
            pending = ""
    if pending.strip():
        raise ValueError(f"unfinished statement at the end of a schema file: {pending.strip()!r}")


def is_damage(error: BaseException) -> bool:
    """True when the bytes on disk are wrong, as against busy, locked or a full disk."""
    return _name(error).startswith(tuple(_DAMAGE))


def is_disk_trouble(error: BaseException) -> bool:
    """True when the disk is full or refuses to write."""
    if getattr(error, "is_full", False):  # as PostgreSQL tells it
        return True
    return not is_damage(error) and _name(error).startswith(tuple(_FULL))


def _name(error: BaseException) -> str:
    return str(getattr(error, "sqlite_errorname", None) or "")
