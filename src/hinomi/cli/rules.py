"""`hinomi rules check, import, list, test …`. Exit 0: well; 1: refused, failed; 2 usage."""

from __future__ import annotations

import re
import sys
from collections import Counter, defaultdict
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from hinomi.cli.coverage import add_coverage
from hinomi.cli.rules_cost import add_cost, print_costs, read_costs
from hinomi.cli.rules_exceptions import add_exceptions
from hinomi.cli.rules_held import add_held
from hinomi.cli.rules_pack import add_pack
from hinomi.cli.rules_told import print_told, told
from hinomi.config import load_config
from hinomi.detect import Rule, RuleSet, load_rules
from hinomi.normalise import aliases_by_shape
from hinomi.pipeline.report.visible import json_line, visible
from hinomi.pipeline.rule_sequences import run_sequences
from hinomi.pipeline.rules import default_rule_paths, import_rules, run_examples

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable, Sequence

    from hinomi.detect import Loaded, Refusal
    from hinomi.detect.correlate import Correlation

    Teller = Rule | Correlation

_SHOWN_PLACES = 30
_SHOWN_SOURCES = 8
_SHOWN_ADVICE = 2
# What differs between two refusals of the same kind: names in quotes and placeholders.
_PARTICULAR = re.compile(r"%[^%\s]+%|'[^']*'|\"[^\"]*\"|[0-9a-f]{8}-[0-9a-f-]{27}")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One subcommand each."""
    parts = parser.add_subparsers(
        dest="part", required=True, metavar="check|import|list|test|coverage|pack|held|exceptions"
    )
    check = parts.add_parser("check", help="say which rules load, and why others do not")
    check.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    check.add_argument("--format", choices=["table", "json"], default="table")
    add_cost(check)
    check.set_defaults(do=_check)
    imports = parts.add_parser("import", help="check rules and keep them in the data folder")
    imports.add_argument("path", type=Path, metavar="PATH|ZIP|TAR.GZ")
    imports.add_argument("--data", help="data folder (default: HINOMI_DATA or ./data)")
    imports.add_argument("--format", choices=["table", "json"], default="table")
    imports.set_defaults(do=_import)
    lists = parts.add_parser("list", help="list the rules in use")
    lists.add_argument("paths", nargs="*", type=Path, metavar="PATH")
    lists.add_argument("--search", default="", metavar="TEXT", help="in title, id, tags, source")
    lists.add_argument("--data", help="data folder (default: HINOMI_DATA or ./data)")
    lists.add_argument("--format", choices=["table", "jsonl"], default="table")
    lists.set_defaults(do=_list)
    tests = parts.add_parser("test", help="run the hits and misses that rules bring along")
    tests.add_argument("paths", nargs="*", type=Path, metavar="PATH")
    tests.add_argument("--data", help="data folder (default: HINOMI_DATA or ./data)")
    tests.set_defaults(do=_test)
    add_coverage(parts)
    add_pack(parts)
    add_held(parts)
    add_exceptions(parts)


def run(arguments: argparse.Namespace) -> int:
    """The chosen subcommand."""
    do: Callable[[argparse.Namespace], int] = arguments.do
    return do(arguments)


def _check(arguments: argparse.Namespace) -> int:
    loaded = load_rules(arguments.paths)
    rules = RuleSet(loaded.rules, aliases=aliases_by_shape())
    costs = read_costs(rules, arguments)
    if arguments.format == "json":
        refused = [_refusal_object(refusal) for refusal in loaded.refused]
        found = told(rules, loaded.correlations)
        print(json_line({"loaded": _count(loaded), "refused": refused, **found, **costs}))
    else:
        print(f"{_count(loaded):,} rules loaded, {len(loaded.refused):,} refused.")
        _print_joined(loaded)
        _print_waiting(rules)
        print_told(rules, loaded.correlations)
        _print_refused(loaded.refused)
        print_costs(costs)
    return 1 if loaded.refused else 0


def _import(arguments: argparse.Namespace) -> int:
    folder = load_config(data=arguments.data).imported_rules
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)  # it will hold secrets
    done = import_rules(arguments.path, into=folder)
    if arguments.format == "json":
        counts = {name: len(getattr(done, name)) for name in ("added", "replaced", "unchanged")}
        print(json_line({**counts, "refused": [_refusal_object(one) for one in done.refused]}))
    else:
        print(
            f"{len(done.added):,} rules added, {len(done.replaced):,} replaced,"
            f" {len(done.unchanged):,} unchanged, {len(done.refused):,} refused → {folder}"
        )
        _print_refused(done.refused)
    return 1 if done.refused else 0


def _list(arguments: argparse.Namespace) -> int:
    wanted = arguments.search.lower()
    paths = arguments.paths or default_rule_paths(load_config(data=arguments.data))
    loaded = load_rules(paths)
    rules = [rule for rule in loaded.tellers if wanted in _haystack(rule)]
    if arguments.format == "jsonl":
        for rule in rules:
            print(json_line(_rule_object(rule, alone=rule.id not in loaded.silent)))
    else:
        rows = [(r.level.value, _title(r, loaded), _source_of(r), r.id) for r in _by_level(rules)]
        _print_table(("level", "rule", "source", "id"), rows)
        print(f"{len(rules):,} of {len(loaded.tellers):,} rules.")
    _warn_of_refused(loaded.refused)
    return 0


def _test(arguments: argparse.Namespace) -> int:
    config = load_config(data=arguments.data)
    loaded = load_rules(arguments.paths or [config.own_rules])
    ran = failed = 0
    now = config.clock.now()
    for verdict in chain(run_examples(loaded.rules, now=now), run_sequences(loaded, now=now)):
        ran += 1
        if verdict.fault:
            failed += 1
            where = f"{verdict.rule.path}: {verdict.expected} {verdict.number}"
            print(visible(f"{where}: {verdict.fault} ({verdict.rule.title})"))
    # What only feeds a correlation is tested by the sequences of that correlation.
    telling = [rule for rule in loaded.tellers if rule.id not in loaded.silent]
    silent = [rule for rule in telling if not _has_both(rule)]
    for rule in silent[:_SHOWN_PLACES]:
        print(visible(f"{rule.path}: brings no {'miss' if rule.handling.hits else 'hit'}"))
    print(
        f"{ran:,} examples of {len(loaded.tellers):,} rules: {failed:,} wrong;"
        f" {len(silent):,} rules lack a hit or a miss."
    )
    _print_refused(loaded.refused)
    return 1 if failed or silent or loaded.refused else 0


def _has_both(rule: Teller) -> bool:
    return bool(rule.handling.hits and rule.handling.misses)


def _haystack(rule: Teller) -> str:
    return " ".join((rule.title, rule.id, _source_of(rule), *rule.tags)).lower()


def _by_level(rules: Iterable[Teller]) -> list[Teller]:
    return sorted(rules, key=lambda rule: (-rule.level.rank, rule.title))


def _rule_object(rule: Teller, *, alone: bool) -> dict[str, object]:
    """`alone`: it fires by itself, not only as a part of a correlation."""
    return {
        "id": rule.id,
        "title": rule.title,
        "level": rule.level.value,
        "status": rule.status,
        "source": _source_of(rule),
        "tags": list(rule.tags),
        "path": rule.path,
        "alone": alone,
        "filtered_by": list(_filters_of(rule)),
    }


def _source_of(rule: Teller) -> str:
    """What it reads: a log source, or other rules."""
    return str(rule.logsource) if isinstance(rule, Rule) else rule.asked


def _filters_of(rule: Teller) -> tuple[str, ...]:
    return rule.filtered_by if isinstance(rule, Rule) else ()


def _title(rule: Teller, loaded: Loaded) -> str:
    filters = [f"filtered by {title}" for title in _filters_of(rule)]
    silent = ["only feeds a correlation"] if rule.id in loaded.silent else []
    notes = ", ".join(filters + silent)
    return f"{rule.title} ({notes})" if notes else rule.title


def _count(loaded: Loaded) -> int:
    return len(loaded.tellers) + len(loaded.filters)


def _print_joined(loaded: Loaded) -> None:
    """What documents do to each other, so that nobody wonders why a rule is quiet."""
    if loaded.correlations:
        silent = f"; {len(loaded.silent):,} rules only feed them" if loaded.silent else ""
        print(f"{len(loaded.correlations):,} rules are correlations{silent}.")
    for one in loaded.filters:
        count = sum(one.title in rule.filtered_by for rule in loaded.rules)
        print(visible(f"{one.path}: the filter {one.title!r} is laid on {count:,} rules."))


def _refusal_object(refusal: Refusal) -> dict[str, object]:
    return {
        "path": refusal.path,
        "line": refusal.line,
        "column": refusal.column,
        "reason": refusal.reason,
        "advice": refusal.advice,
    }


def _print_waiting(rules: RuleSet) -> None:
    """Rules that load but read what no format gives today: said, so that nobody counts on them."""
    waiting = rules.without_source
    if not waiting:
        return
    sources = Counter(str(rule.logsource) for rule in waiting).most_common()
    named = ", ".join(f"{source} {count}" for source, count in sources[:_SHOWN_SOURCES])
    more = f", {len(sources) - _SHOWN_SOURCES} more" if len(sources) > _SHOWN_SOURCES else ""
    print(f"{len(waiting):,} of them read a source that is not collected today: {named}{more}.")


def _print_refused(refused: Sequence[Refusal]) -> None:
    """Grouped by reason, the most frequent first, each with its places."""
    groups: dict[str, list[Refusal]] = defaultdict(list)
    for refusal in refused:
        groups[_PARTICULAR.sub("…", refusal.reason)].append(refusal)
    rows: list[tuple[str, ...]] = []
    for kind, members in sorted(groups.items(), key=lambda group: -len(group[1])):
        rows.append((str(len(members)), kind, ""))
        some = list(dict.fromkeys(one.advice for one in members))[:_SHOWN_ADVICE]
        rows += [("", f"  → {advice}", "") for advice in some]
        for one in members[:_SHOWN_PLACES]:
            particular = " ".join(_PARTICULAR.findall(one.reason))
            rows.append(("", f"  {one.place}", particular))
        if len(members) > _SHOWN_PLACES:
            rows.append(("", f"  … and {len(members) - _SHOWN_PLACES} more (--format json)", ""))
    if rows:
        _print_table(("refused", "reason and place", "what"), rows)


def _print_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Cells come from foreign files: nothing in them may act on the terminal or as markup."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in head:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(Text(visible(cell)) for cell in row))
    # A pipe gets whole lines: a script that greps must not meet our line breaks.
    Console(width=None if sys.stdout.isatty() else 300, highlight=False).print(table)


def _warn_of_refused(refused: Sequence[Refusal]) -> None:
    if refused:
        print(f"{len(refused):,} rules were refused; see `hinomi rules check`.", file=sys.stderr)
