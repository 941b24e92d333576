"""A zero byte in a text from the wire is stored as its picture ␀, as in the other stores.

PostgreSQL's text and JSON cannot hold one; without this a single crafted line would stop the bell.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.db.backends.postgresql import base
from psycopg.types.json import Jsonb, JsonbDumper
from psycopg.types.string import StrDumper

if TYPE_CHECKING:
    from typing import Any

    from psycopg import Connection
    from psycopg.abc import Buffer

# An escaped zero byte; a backslash that is itself escaped escapes nothing.
_ESCAPED = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")


class DatabaseWrapper(base.DatabaseWrapper):
    """Found by Django under the name of its package."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection:
        """As Django's, with our two dumpers."""
        connection: Connection = super().get_new_connection(conn_params)
        connection.adapters.register_dumper(str, _TextDumper)
        connection.adapters.register_dumper(Jsonb, _JsonDumper)
        return connection


class _TextDumper(StrDumper):
    def dump(self, obj: str) -> Buffer | None:
        return super().dump(obj.replace("\0", "\u2400"))


class _JsonDumper(JsonbDumper):
    def dump(self, obj: object) -> Buffer | None:
        return _ESCAPED.sub(rb"\1\\u2400", bytes(super().dump(obj) or b""))
