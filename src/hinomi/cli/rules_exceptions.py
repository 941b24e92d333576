"""`hinomi rules exceptions propose|add|list|end`: what is ordinary here, said openly.

`propose` reads findings; the others are the portal's, which alone writes them.
"""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from hinomi.config import load_config
from hinomi.core.errors import UsageError
from hinomi.pipeline.report.visible import json_line, visible

if TYPE_CHECKING:
    import argparse

    from hinomi.pipeline.exceptions.learn import Learned

# The portal's actions: what each takes, and a line of help. Its own parser has the rest.
PORTAL = {
    "add": (
        "FILE --organisation ID|--firm ID --owner MAIL --reason TEXT [--days N]",
        "leave something alone",
    ),
    "list": ("[--organisation ID|--firm ID]", "those that hold, and those that are over"),
    "end": ("ID", "tell it again from now on"),
}


def add_exceptions(parts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The subcommand with its own actions."""
    exceptions = parts.add_parser("exceptions", help="leave alone what is ordinary, for a time")
    actions = exceptions.add_subparsers(dest="action", required=True)
    propose = actions.add_parser("propose", help="write exceptions from what was found")
    propose.add_argument("--organisation", required=True, metavar="ID", help="whose findings")
    propose.add_argument("--rule", metavar="ID", help="only from this rule")
    propose.add_argument("--days", type=int, default=7, help="findings of so many days; default 7")
    propose.add_argument("--most", type=int, default=5, metavar="N", help="default 5")
    propose.add_argument("--data", help="data folder (default: HINOMI_DATA or ./data)")
    propose.add_argument("--format", choices=["text", "jsonl"], default="text")
    propose.set_defaults(do=_propose)
    for name, (takes, line) in PORTAL.items():
        # No word begins with that sign, so nothing, not even --help, is taken for an option here.
        action = actions.add_parser(name, help=line, add_help=False, prefix_chars="\0")
        action.add_argument("rest", nargs="*", metavar=takes, help="and `--data`, `--format`")
        action.set_defaults(do=_hand_over)


def _propose(arguments: argparse.Namespace) -> int:
    """Exit 0 also when there is nothing to propose: a quiet week is no trouble."""
    from hinomi.pipeline.exceptions.learn import learn

    if arguments.days < 1 or arguments.most < 1:
        raise UsageError("--days and --most are numbers from 1.")
    config = load_config(data=arguments.data)
    found = learn(
        config,
        organisation=arguments.organisation,
        rule=arguments.rule or "",
        days=arguments.days,
        most=arguments.most,
    )
    show = _show_object if arguments.format == "jsonl" else _show_text
    for number, one in enumerate(found):
        show(one, is_first=number == 0)
    told = "Nothing was found often enough." if not found else _advice(arguments.organisation)
    print(told, file=sys.stderr)
    return 0


def _show_text(one: Learned, *, is_first: bool) -> None:
    """YAML documents, so that the output can be cut into files or changed."""
    made = one.proposal
    print("" if is_first else "---")
    print(visible(f"# {one.title}: {one.findings:,} findings in {one.days} days."))
    print(f"# This means {made.covers:,} of the {made.of:,} looked at.")
    print(made.text, end="")


def _show_object(one: Learned, *, is_first: bool) -> None:
    made = one.proposal
    row = {"rule_id": made.rule_id, "rule_title": one.title, "findings": one.findings}
    row |= {"covers": made.covers, "of": made.of, "selection": dict(made.selection)}
    print(json_line({**row, "exception": made.text}))


def _advice(organisation: str) -> str:
    return (
        "Read it, narrow it, keep it in a file, then:\n"
        f"  hinomi rules exceptions add FILE --organisation {organisation}"
        " --owner MAIL --reason TEXT --days 90"
    )


def _hand_over(arguments: argparse.Namespace) -> int:
    """As `hinomi organisation` and its like do: only the portal knows Django."""
    portal = [sys.executable, "-m", "hinomi.portal.manage", "exceptions", arguments.action]
    return subprocess.call([*portal, *arguments.rest])
