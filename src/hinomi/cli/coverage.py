"""`hinomi rules coverage`: what the rules can see, on stdout. One part of `hinomi rules`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hinomi.cli.rows import write_rows
from hinomi.config import load_config
from hinomi.detect import load_rules
from hinomi.pipeline.coverage import (
    SIGNS,
    coverage_object,
    coverage_rows,
    measure,
    read_facts,
    summary,
)
from hinomi.pipeline.packs.chosen import RuleChoice
from hinomi.pipeline.report.coverage_page import coverage_page
from hinomi.pipeline.report.visible import json_line

if TYPE_CHECKING:
    import argparse

    from hinomi.pipeline.coverage import Coverage


def add_coverage(parts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The subcommand's arguments."""
    parser = parts.add_parser("coverage", help="what the rules can see: ATT&CK by log source")
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="imported rules")
    parser.add_argument("--data", help="data folder (default: HINOMI_DATA or ./data)")
    parser.add_argument("--format", choices=sorted(_WRITERS), default="table")
    parser.set_defaults(do=_coverage)


def _coverage(arguments: argparse.Namespace) -> int:
    """Our own rules, and beside them PATH, or else what this installation imported."""
    config = load_config(data=arguments.data)
    own, *kept = RuleChoice(config).choose().folders
    others = arguments.paths or [path for path in kept if path.exists()]
    found = measure(
        own=load_rules([own]),
        imported=load_rules(others) if others else None,
        facts=read_facts(),
    )
    _WRITERS[arguments.format](found)
    return 0


def _write_table(found: Coverage) -> None:
    write_rows(coverage_rows(found), "table")
    print(summary(found))
    print("  ".join(f"{sign} {words}" for sign, words in SIGNS.values()))


def _write_json(found: Coverage) -> None:
    print(json_line(coverage_object(found)))


def _write_html(found: Coverage) -> None:
    print(coverage_page(found))


_WRITERS = {"table": _write_table, "json": _write_json, "html": _write_html}
