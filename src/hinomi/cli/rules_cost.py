"""`rules check --cost [--sample PATH]`: what each rule costs, the dearest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hinomi.cli.rows import write_rows
from hinomi.config import load_config
from hinomi.core.records import Event
from hinomi.normalise import FileProblem, read_path

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from hinomi.detect import RuleSet

_SHOWN = 30


def add_cost(parser: argparse.ArgumentParser) -> None:
    """The options of `check` about cost."""
    parser.add_argument("--cost", action="store_true", help="say what each rule costs per event")
    parser.add_argument(
        "--sample", metavar="PATH", help="with --cost: count on these events how often rules wake"
    )


def read_costs(rules: RuleSet, arguments: argparse.Namespace) -> dict[str, list[dict[str, Any]]]:
    """`{"costs": rows}`, or nothing when nobody asked."""
    if not (arguments.cost or arguments.sample):
        return {}
    from hinomi.detect.cost import costs_of

    sample = _events(arguments.sample) if arguments.sample else ()
    return {
        "costs": [
            {
                "microseconds": round(cost.microseconds, 4),
                "woken": round(cost.woken, 5),
                "literals": cost.literals,
                "expressions": cost.expressions,
                "asks_again": cost.asks_again,
                "rule": cost.rule.title,
                "id": cost.rule.id,
                "path": cost.rule.path,
            }
            for cost in costs_of(rules, sample)
        ]
    }


def print_costs(found: dict[str, list[dict[str, Any]]]) -> None:
    """The dearest, and the sum of all."""
    rows = found.get("costs", [])
    if not rows:
        return
    total = sum(float(row["microseconds"]) for row in rows)
    print(f"About {total:,.1f} µs per event for all {len(rows):,} rules together; the dearest:")
    shown = [{name: row[name] for name in row if name not in ("id", "path")} for row in rows]
    write_rows(shown[:_SHOWN], "table")


def _events(path: str) -> Iterator[Event]:
    now = load_config().clock.now()
    for item in read_path(path, receive_time=now):
        if not isinstance(item, FileProblem) and isinstance(item.result, Event):
            yield item.result
