"""A person's own question in SQL over the rows they may see. Read only, bounded, shut in.

Three walls: only one SELECT over the tables given is accepted; DuckDB runs without files, network,
extensions or other Python objects; and a table holds no row that may not be seen, whatever is
asked of it (columns/dataset.py).
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from hinomi.core.errors import HinomiError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pyarrow.dataset as ds

MEMORY_LIMIT = "512MB"
TIME_LIMIT_S = 60.0
MOST_ROWS = 10_000
LONGEST = 20_000  # characters of a question
EVENTS = "events"
_TABLE_FUNCTIONS = frozenset({"unnest", "range", "generate_series"})
_ADVICE = "One SELECT over `events` or a shape (`windows`, `fortigate` …); see --help."
_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "memory_limit": MEMORY_LIMIT,
    "threads": 2,
    "enable_external_access": False,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "python_enable_replacements": False,
    "temp_directory": "",
}


class QuestionStopped(HinomiError):
    """The question needed more time or memory than it may have."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`is_cut`: there were more rows than are given."""

    columns: tuple[str, ...]
    rows: tuple[dict[str, object], ...]
    is_cut: bool


def ask(
    question: str,
    *,
    shapes: Mapping[str, ds.Dataset],
    most_rows: int = MOST_ROWS,
    time_limit_s: float = TIME_LIMIT_S,
) -> Answer:
    """`shapes` are tables by name; `events` is all of them, columns joined by name.

    Raises UsageError for what is no such question, QuestionStopped when it is too much.
    """
    with duckdb.connect(":memory:", config=_SETTINGS) as database:
        _check(question, tables={EVENTS, *shapes}, database=database)
        _lay_out(shapes, database)
        timer = threading.Timer(time_limit_s, database.interrupt)
        timer.start()
        try:
            return _answer(database.sql(question), most_rows=most_rows)
        except (duckdb.InterruptException, duckdb.OutOfMemoryException) as error:
            raise QuestionStopped(
                f"The question needed more than {time_limit_s:.0f} s or {MEMORY_LIMIT}.",
                advice="Ask about a shorter time, or fewer columns.",
            ) from error
        except duckdb.Error as error:
            raise UsageError(str(error).strip(), advice=_ADVICE) from error
        finally:
            timer.cancel()


def _lay_out(shapes: Mapping[str, ds.Dataset], database: duckdb.DuckDBPyConnection) -> None:
    for name, table in shapes.items():
        database.register(name, table)
    parts = [f"SELECT '{name}' AS _shape, * FROM \"{name}\"" for name in shapes]  # noqa: S608
    database.execute(f"CREATE VIEW {EVENTS} AS {' UNION ALL BY NAME '.join(parts)}").fetchall()
    database.execute("SET lock_configuration = true").fetchall()


def _check(question: str, *, tables: set[str], database: duckdb.DuckDBPyConnection) -> None:
    if len(question) > LONGEST:
        raise UsageError(f"A question has at most {LONGEST:,} characters.")
    try:
        statements = duckdb.extract_statements(question)
    except duckdb.Error as error:
        raise UsageError(str(error).strip(), advice=_ADVICE) from error
    if len(statements) != 1 or statements[0].type is not duckdb.StatementType.SELECT:
        raise UsageError("Only one SELECT is answered.", advice=_ADVICE)
    ((text,),) = database.execute("SELECT json_serialize_sql(?)", [question]).fetchall()
    tree = json.loads(text)
    if tree.get("error", True):
        raise UsageError("Only a plain SELECT is answered.", advice=_ADVICE)
    nodes = list(_nodes(tree))
    known = {name.lower() for name in tables} | {
        str(each["key"]).lower() for node in nodes for each in _named_parts(node)
    }
    for node in nodes:
        _check_node(node, known)


def _check_node(node: Mapping[str, object], known: set[str]) -> None:
    if node.get("type") == "TABLE_FUNCTION":
        function = node.get("function")
        name = str(function.get("function_name")) if isinstance(function, dict) else ""
        if name.lower() not in _TABLE_FUNCTIONS:
            raise UsageError(f"The function {name}() is not offered.", advice=_ADVICE)
    if node.get("type") == "BASE_TABLE":
        name = str(node.get("table_name"))
        if node.get("schema_name") or node.get("catalog_name") or name.lower() not in known:
            raise UsageError(f"There is no table {name!r}.", advice=_ADVICE)


def _named_parts(node: Mapping[str, object]) -> list[dict[str, object]]:
    """The `WITH name AS …` of a query."""
    parts = node.get("cte_map")
    found = parts.get("map") if isinstance(parts, dict) else None
    return found if isinstance(found, list) else []


def _nodes(tree: object) -> Iterator[Mapping[str, object]]:
    waiting = [tree]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            yield part
            waiting += part.values()
        elif isinstance(part, list):
            waiting += part


def _answer(found: duckdb.DuckDBPyRelation, *, most_rows: int) -> Answer:
    """By way of Arrow: DuckDB's own times with a zone would need one more library."""
    rows: list[dict[str, object]] = []
    reader = found.to_arrow_reader(1_000)
    for batch in reader:
        rows += batch.to_pylist()
        if len(rows) > most_rows:
            break
    return Answer(tuple(reader.schema.names), tuple(rows[:most_rows]), len(rows) > most_rows)
