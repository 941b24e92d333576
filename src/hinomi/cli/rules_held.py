"""`hinomi rules held`: rules that a trial showed to be noisy, why, and a person's word on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.cli.dates import last_day
from hinomi.cli.rows import FORMATS, write_rows
from hinomi.config import load_config
from hinomi.core.errors import UsageError
from hinomi.pipeline.packs import acts
from hinomi.pipeline.packs.noise import Reason
from hinomi.pipeline.packs.overview import held_rules
from hinomi.pipeline.packs.state import Verb

if TYPE_CHECKING:
    import argparse

    from hinomi.config import Config
    from hinomi.pipeline.packs.overview import Held

_REASONS = {
    Reason.COMPANY_HOUR: "{measured} findings within an hour at {where}; at most {most}",
    Reason.DEVICE_DAY: "{measured} findings per machine and day at {where}; at most {most}",
    Reason.MEDIAN: "{measured} findings per machine and day at {where},"
    " far above other rules; at most {most}",
}


def add_held(parts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The subcommand's arguments."""
    parser = parts.add_parser("held", help="rules held as noisy: list, resume, keep held")
    parser.add_argument("rule", nargs="?", default="", metavar="ID", help="decide on this rule")
    verb = parser.add_mutually_exclusive_group()
    verb.add_argument("--resume", action="store_true", help="let it open incidents again")
    verb.add_argument("--keep", action="store_true", help="keep it held, until a day")
    parser.add_argument("--reason", default="", metavar="TEXT", help="why; others will read it")
    parser.add_argument("--until", metavar="DATE", help="with --keep: last day, at most a year")
    parser.add_argument("--format", choices=FORMATS, default="table")
    parser.add_argument("--data", help="data folder (default: HINOMI_DATA or ./data)")
    parser.set_defaults(do=_held)


def _held(arguments: argparse.Namespace) -> int:
    """Exit 1 while a held rule waits for somebody's word."""
    config = load_config(data=arguments.data)
    if arguments.rule:
        return _decide(arguments, config)
    if arguments.resume or arguments.keep:
        raise UsageError("Which rule?", advice="hinomi rules held ID --resume --reason TEXT")
    found = held_rules(config)
    write_rows([_row(one) for one in found], arguments.format)
    return 1 if any(one.waits for one in found) else 0


def _decide(arguments: argparse.Namespace, config: Config) -> int:
    if arguments.resume == arguments.keep:
        raise UsageError("What shall become of it?", advice="--resume, or --keep --until DATE")
    reason = " ".join(arguments.reason.split())
    if not reason:
        raise UsageError("A decision needs its reason.", advice='--reason "why"')
    until = last_day(arguments.until, now=config.clock.now()) if arguments.keep else None
    verb = Verb.KEEP if arguments.keep else Verb.RESUME
    acts.decide(config, arguments.rule, verb=verb, reason=reason, until=until, who=acts.COMMAND)
    print("It is noted; a running worker follows within a second or two.")
    return 0


def _row(one: Held) -> dict[str, object]:
    rule, decision = one.rule, one.decision
    companies = "1 company" if rule.companies == 1 else f"{rule.companies} companies"
    words = _REASONS[Reason(rule.reason)]
    return {
        "rule": rule.title,
        "pack": f"{rule.pack} {rule.version}",
        "held": "yes" if one.is_held else "no",
        "why": words.format(measured=rule.measured, where=companies, most=rule.most),
        "since": f"{rule.held_at:%Y-%m-%d %H:%M} UTC",
        "decided": f"{decision.verb.value}: {decision.reason}" if decision else "",
        "by": decision.who if decision else "",
        "until": f"{one.until:%Y-%m-%d}" if one.until else "",
        "id": rule.rule_id,
    }
