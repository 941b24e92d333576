"""A question in SQL sees the rows it may see, and nothing else on this machine."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pyarrow.dataset as ds
import pytest
from tests.stores.hunting import (
    AOI,
    FUMI,
    GONE,
    a_config,
    fill_lake,
    process,
    publish_companies,
    sent_by_firewall,
)

from hinomi.cli.main import main
from hinomi.columns.batch import schema_of
from hinomi.core.errors import UsageError
from hinomi.pipeline.hunt_sql import ask_lake
from hinomi.store.hunt_rows import Scope
from hinomi.store.lake_sql import QuestionStopped, ask

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def data(tmp_path: Path) -> Path:
    publish_companies(tmp_path)
    records = [
        process(1, "a.exe", User="aoi"),
        process(2, "b.exe", days_ago=40),
        process(3, "secret.exe", organisation=FUMI),
        process(4, "old-secret.exe", organisation=FUMI, days_ago=40),
        process(5, "gone.exe", organisation=GONE),
        sent_by_firewall(6, user="firewall", srcip="192.0.2.1"),
    ]
    fill_lake(tmp_path, records)
    return tmp_path


def asked(
    data: Path, question: str, *organisations: str, rows: int = 100
) -> list[tuple[object, ...]]:
    scope = Scope(organisations or (AOI,))
    answer, missing = ask_lake(question, scope, config=a_config(data), most_rows=100)
    assert missing == []
    return [tuple(row.values()) for row in answer.rows]


def test_events_of_all_shapes_are_one_table_and_names_that_differ_by_case_one_column(
    data: Path,
) -> None:
    question = "SELECT _shape, User FROM events WHERE User IS NOT NULL ORDER BY 1"
    assert asked(data, question) == [("fortigate", "firewall"), ("windows", "aoi")]
    assert asked(data, "SELECT srcip FROM fortigate") == [("192.0.2.1",)]


@pytest.mark.parametrize(
    "question",
    [
        "SELECT Image FROM events WHERE Image IS NOT NULL",
        "SELECT Image FROM windows",
        "SELECT Image FROM windows WHERE true OR _organisation = 'org_fumi'",
        "SELECT Image FROM events WHERE _organisation = 'org_fumi' OR Image IS NOT NULL",
        "WITH windows AS (SELECT * FROM events WHERE Image IS NOT NULL) SELECT Image FROM windows",
        "SELECT DISTINCT a.Image FROM windows a, windows b",
    ],
)
def test_only_rows_of_the_chosen_companies_are_there(data: Path, question: str) -> None:
    assert sorted(map(str, asked(data, question))) == ["('a.exe',)", "('b.exe',)"]


def test_what_is_past_retention_is_not_there(data: Path) -> None:
    assert asked(data, "SELECT Image FROM windows", FUMI) == [("secret.exe",)]
    with pytest.raises(UsageError, match="no company"):
        asked(data, "SELECT 1", GONE)


ATTACKS = [
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM glob('/*')",
    "SELECT * FROM events, read_blob('/etc/passwd')",
    "SELECT (SELECT max(content) FROM read_text('/etc/passwd'))",
    "SELECT * FROM query('SELECT 1')",
    "SELECT * FROM query_table('events')",
    "SELECT * FROM arrow_scan(1, 2, 3)",
    "SELECT * FROM sniff_csv('/etc/passwd')",
    "SELECT * FROM duckdb_settings()",
    "SELECT * FROM information_schema.tables",
    "SELECT * FROM sqlite_master",
    "SELECT * FROM pg_catalog.pg_class",
    "SELECT * FROM records",
    "SELECT * FROM data",
    "COPY events TO '/tmp/stolen.csv'",
    "ATTACH '/tmp/other.db'",
    "INSTALL httpfs",
    "LOAD httpfs",
    "PRAGMA database_list",
    "SET memory_limit = '100GB'",
    "RESET memory_limit",
    "CREATE TABLE mine AS SELECT 1",
    "DROP VIEW events",
    "CALL pragma_version()",
    "EXPORT DATABASE '/tmp/stolen'",
    "SELECT 1; SELECT 2",
    "SELECT 1; COPY events TO '/tmp/stolen.csv'",
    "EXPLAIN ANALYZE SELECT 1",
    "",
    "SELEC",
    "SELECT nothing FROM events",
    "SELECT '" + "x" * 30_000 + "'",
]


@pytest.mark.parametrize("question", ATTACKS)
def test_files_settings_and_anything_but_a_question_are_refused(data: Path, question: str) -> None:
    with pytest.raises(UsageError):
        asked(data, question)


def test_too_long_and_too_large_questions_are_stopped() -> None:
    shapes = {"generic": ds.dataset(schema_of((), shape="generic").empty_table())}
    endless = "SELECT count(*) FROM range(10000000000) a, range(1000) b WHERE a.range % 7 = b.range"
    with pytest.raises(QuestionStopped):
        ask(endless, shapes=shapes, time_limit_s=0.3)
    large = "SELECT list(range) FROM range(1000000000)"
    with pytest.raises(QuestionStopped):
        ask(large, shapes=shapes, time_limit_s=20)


def test_rows_beyond_the_limit_are_said(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--organisation", AOI, "--data", str(data), "--format", "jsonl"]
    question = "SELECT _event_id, _event_time, _raw, _rest FROM events ORDER BY 1"
    assert main(["hunt", "--sql", question, "--limit", "1", *options]) == 0
    said = capsys.readouterr()
    (row,) = [json.loads(line) for line in said.out.splitlines()]
    assert row["_event_time"] == "2026-11-21T01:02:04+00:00"
    assert row["_raw"] == "raw 1"
    assert "cut at 1 rows" in said.err
    assert main(["hunt", "--sql", "DROP VIEW events", *options]) == 2


def test_an_empty_lake_answers(tmp_path: Path) -> None:
    publish_companies(tmp_path)
    assert asked(tmp_path, "SELECT count(*) FROM events") == [(0,)]
