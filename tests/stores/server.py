"""Debian's own PostgreSQL, started for the tests in a folder of its own, seen by nobody else."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_UNPRIVILEGED = "nobody"  # PostgreSQL refuses to run as root
_LENT = "lent"
_IS_THERE = "SELECT 1 FROM pg_database WHERE datname = %s"
_CUT_OFF = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s"
_SCHEMAS = "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_|^information_schema$'"


class NoServer(Exception):
    """Why there is none here."""


@dataclass(frozen=True)
class Server:
    """One cluster that listens on a Unix socket only."""

    socket: Path
    user: str

    def url(self, database: str) -> str:
        """For psycopg and for HINOMI_DATABASE."""
        return f"postgresql://{self.user}@/{database}?host={self.socket}"

    def make(self, database: str) -> str:
        """A new, empty database; its URL."""
        import psycopg

        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{database}" TEMPLATE template0')
        return self.url(database)

    def lend(self) -> str:
        """The one database that tests take in turn, empty and used by nobody else; its URL.

        A new one each is 300 files, and 80 tests' took longer to remove than the tests.
        """
        import psycopg
        from psycopg import sql

        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            if not connection.execute(_IS_THERE, (_LENT,)).fetchone():
                return self.make(_LENT)
            connection.execute(_CUT_OFF, (_LENT,))
        with psycopg.connect(self.url(_LENT), autocommit=True) as connection:
            for (schema,) in connection.execute(_SCHEMAS).fetchall():
                name = sql.Identifier(schema)
                connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(name))
            connection.execute("CREATE SCHEMA public")
        return self.url(_LENT)


def programs() -> Path:
    """Where initdb and postgres are; raises NoServer that says what to install."""
    try:
        import psycopg  # noqa: F401
    except ImportError as error:
        raise NoServer("psycopg is not installed: pip install 'hinomi[postgres]'") from error
    found = sorted(Path("/").glob("usr/lib/postgresql/*/bin/initdb"), reverse=True)
    if found:
        return found[0].parent
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    raise NoServer("PostgreSQL is not installed: apt-get install postgresql")


@contextmanager
def running() -> Iterator[Server]:
    """Starts it and, whatever happens, stops it and removes its folder."""
    bin_folder = programs()
    user = _UNPRIVILEGED if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    home = Path(tempfile.mkdtemp(prefix="hinomi-pg-"))  # short: a socket's path has a limit
    if os.geteuid() == 0:
        shutil.chown(home, user)
    data = home / "data"
    _run(user, bin_folder / "initdb", "-D", data, "-U", user, "-A", "trust", "-E", "UTF8", "-N")
    options = f"-c listen_addresses='' -k {home} -c fsync=off -c max_connections=200"
    _run(user, bin_folder / "pg_ctl", "-D", data, "-w", "-l", home / "log", "-o", options, "start")
    try:
        yield Server(home, user)
    finally:
        _run(user, bin_folder / "pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(home, ignore_errors=True)


def _run(user: str, *words: str | Path) -> None:
    done = subprocess.run(
        list(map(str, words)),
        user=user if os.geteuid() == 0 else None,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if words[-1] != "start" else subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        check=False,
    )
    assert done.returncode == 0, (done.stdout or b"").decode()
