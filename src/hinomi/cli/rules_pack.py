"""`hinomi rules pack …`: signed rule packs, made and used. One part of `hinomi rules`.

Exit 0 ok; 1 a pack was refused; 2 usage.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from hinomi.cli.dates import span
from hinomi.cli.rows import FORMATS, write_rows
from hinomi.cli.rules_pack_make import add_build, add_file, add_key, build, make_key, verify
from hinomi.config import load_config
from hinomi.core.errors import HinomiError, UsageError
from hinomi.detect.packs import changes_between, section_of
from hinomi.pipeline.packs import acts
from hinomi.pipeline.packs.chosen import OWN
from hinomi.pipeline.packs.installed import find, installed
from hinomi.pipeline.packs.overview import versions
from hinomi.pipeline.packs.state_file import read_state
from hinomi.pipeline.report.visible import visible, visible_block
from hinomi.store.database import is_made
from hinomi.store.pipeline import FILE_NAME, PipelineReader

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from hinomi.config import Config
    from hinomi.detect.packs import Manifest
    from hinomi.pipeline.packs.overview import Version

    _Add = Callable[[argparse.ArgumentParser], None]
    _Do = Callable[[argparse.Namespace, Config], int]

_FOLLOWS = "A running worker follows within two seconds, and the time it takes to read the rules."
_LONGEST = 20_000


def add_pack(parts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The subcommand's own subcommands."""
    pack = parts.add_parser("pack", help="signed rule packs: build, install, try, roll back")
    acts_of = pack.add_subparsers(dest="act", required=True, metavar="|".join(_ACTS))
    for name, (add, do, says) in _ACTS.items():
        part = acts_of.add_parser(name, help=says, description=says)
        add(part)
        part.add_argument("--data", help="data folder (default: HINOMI_DATA or ./data)")
        part.set_defaults(do=lambda arguments, do=do: do(arguments, _config(arguments)))


def _config(arguments: argparse.Namespace) -> Config:
    return load_config(data=arguments.data)


def _add_install(part: argparse.ArgumentParser) -> None:
    add_file(part)
    part.add_argument(
        "--allow-unsigned",
        action="store_true",
        help="let it in though no trusted key signed it; recorded (never one that was altered)",
    )


def _add_pack_name(part: argparse.ArgumentParser) -> None:
    part.add_argument("--pack", default="", metavar="NAME", help="when several are installed")


def _add_activate(part: argparse.ArgumentParser) -> None:
    part.add_argument("version", metavar="VERSION")
    _add_pack_name(part)
    part.add_argument(
        "--canary", nargs="+", default=[], metavar="ORG", help="only these companies at first"
    )
    part.add_argument(
        "--for",
        dest="span",
        default="24h",
        metavar="SPAN",
        help="with --canary: 30m, 24h, 3d; then all companies use it (default 24h)",
    )


def _add_list(part: argparse.ArgumentParser) -> None:
    part.add_argument("--format", choices=FORMATS, default="table")


def _add_diff(part: argparse.ArgumentParser) -> None:
    part.add_argument(
        "versions", nargs="*", metavar="VERSION", help="old, new (default: in use, newest)"
    )
    _add_pack_name(part)
    _add_list(part)


def _add_changelog(part: argparse.ArgumentParser) -> None:
    part.add_argument("version", nargs="?", default="", metavar="VERSION", help="default: newest")
    _add_pack_name(part)
    part.add_argument("--all", action="store_true", help="of all versions")


def _add_which(part: argparse.ArgumentParser) -> None:
    part.add_argument("hash", metavar="HASH", help="the rule_pack of a finding")


def _add_nothing(part: argparse.ArgumentParser) -> None:
    """No arguments of its own."""


def _install(arguments: argparse.Namespace, config: Config) -> int:
    config.data.mkdir(parents=True, exist_ok=True, mode=0o700)  # it will hold secrets
    done = acts.install_file(
        config, arguments.file, who=acts.COMMAND, allow_unsigned=arguments.allow_unsigned
    )
    manifest, signer = done.manifest, done.receipt.signer
    print(visible(f"{manifest.label} installed, {_signed(signer)}; nothing uses it yet."))
    print(f"hinomi rules pack activate {manifest.version} --canary ORG …")
    return 0


def _list(arguments: argparse.Namespace, config: Config) -> int:
    write_rows([_row(one) for one in versions(config)], arguments.format)
    return 0


def _row(one: Version) -> dict[str, object]:
    manifest, receipt = one.installed.manifest, one.installed.receipt
    return {
        "pack": manifest.name,
        "version": manifest.version,
        "state": one.standing.value,
        "rules": len(manifest.rules),
        "signed": receipt.signer or f"no ({receipt.who})",
        "companies": list(one.trial.organisations) if one.trial else [],
        "until": f"{one.trial.until:%Y-%m-%d %H:%M} UTC" if one.trial else "",
        "loading": one.is_at_work is False,
    }


def _activate(arguments: argparse.Namespace, config: Config) -> int:
    pack, version = _pack_of(arguments, config), arguments.version
    if not arguments.canary:
        acts.activate(config, pack, version, who=acts.COMMAND)
        print(f"{pack} {version} is for all companies from now on. {_FOLLOWS}")
        return 0
    state = acts.start_trial(
        config,
        pack,
        version,
        organisations=arguments.canary,
        span=span(arguments.span),
        who=acts.COMMAND,
    )
    if state.trial is not None:
        until = f"{state.trial.until:%Y-%m-%d %H:%M} UTC"
        count = len(state.trial.organisations)
        print(f"{pack} {version} is on trial at {count} companies until {until}. {_FOLLOWS}")
    return 0


def _promote(_arguments: argparse.Namespace, config: Config) -> int:
    acts.promote(config, who=acts.COMMAND)
    print(f"The version on trial is for all companies from now on. {_FOLLOWS}")
    return 0


def _rollback(arguments: argparse.Namespace, config: Config) -> int:
    pack = _pack_of(arguments, config)
    active = acts.roll_back(config, pack, who=acts.COMMAND).use(pack).active
    without = "the shipped rules are" if pack == OWN else "no version is"
    print(f"{pack}: {f'{active} is' if active else without} in use from now on. {_FOLLOWS}")
    return 0


def _diff(arguments: argparse.Namespace, config: Config) -> int:
    """Exit 0 also when they differ: that is what was asked."""
    pack = _pack_of(arguments, config)
    old, new = _two(arguments.versions, pack, config)
    changes = changes_between(old, new)
    parts = (("added", changes.added), ("changed", changes.changed), ("removed", changes.removed))
    rows = [
        {"change": word, "kind": one.kind, "level": one.level, "title": one.title, "id": one.id}
        for word, rules in parts
        for one in rules
    ]
    write_rows(rows, arguments.format)
    counts = ", ".join(f"{len(rules)} {word}" for word, rules in parts)
    print(f"{old.label if old else 'nothing'} → {new.label}: {counts}", file=sys.stderr)
    return 0


def _two(wanted: list[str], pack: str, config: Config) -> tuple[Manifest | None, Manifest]:
    if len(wanted) > 2:
        raise UsageError("At most two versions can be compared.")
    known = [one.manifest for one in installed(config.data) if one.manifest.name == pack]
    active = read_state(config.data, now=config.clock.now()).use(pack).active
    old = wanted[0] if wanted else active
    new = wanted[1] if len(wanted) > 1 else known[0].version
    return (
        find(config.data, pack, old).manifest if old else None,
        find(config.data, pack, new).manifest,
    )


def _changelog(arguments: argparse.Namespace, config: Config) -> int:
    pack = _pack_of(arguments, config)
    newest = next(one for one in installed(config.data) if one.manifest.name == pack)
    version = arguments.version or newest.manifest.version
    manifest = find(config.data, pack, version).manifest
    text = manifest.changelog if arguments.all else section_of(manifest.changelog, version)
    print(visible_block(text, limit=_LONGEST))
    return 0


def _history(arguments: argparse.Namespace, config: Config) -> int:
    state = read_state(config.data, now=config.clock.now())
    rows = [
        {
            "when": f"{act.at:%Y-%m-%d %H:%M:%S} UTC",
            "who": act.who,
            "what": act.what,
            "pack": act.pack,
            "version": act.version,
            "detail": act.detail,
        }
        for act in reversed(state.acts)
    ]
    write_rows(rows, arguments.format)
    return 0


def _which(arguments: argparse.Namespace, config: Config) -> int:
    """Exit 1 when no finding here can carry that hash."""
    if not is_made(config.data / FILE_NAME):
        raise HinomiError("No worker ever ran on this data folder.")
    with PipelineReader(config.data / FILE_NAME) as reader:
        book = reader.rule_book(arguments.hash)
    if book is None:
        raise HinomiError(f"No rules with the hash {arguments.hash} were ever in use here.")
    packs: dict[str, str] = json.loads(book)
    write_rows([{"pack": name, "version": version} for name, version in packs.items()], "table")
    print("besides rules that were shipped or imported", file=sys.stderr)
    return 0


def _pack_of(arguments: argparse.Namespace, config: Config) -> str:
    """The pack that is meant: named, or the only one."""
    names = sorted({one.manifest.name for one in installed(config.data)})
    if arguments.pack in names:
        return str(arguments.pack)
    if not names:
        raise HinomiError("No pack is installed.", advice="hinomi rules pack install FILE")
    if arguments.pack or len(names) > 1:
        raise UsageError("Which pack?", advice=f"--pack {' | '.join(names)}")
    return names[0]


def _signed(signer: str) -> str:
    return f"signed by {signer}" if signer else "not signed by anybody known; that is recorded"


_ACTS: dict[str, tuple[_Add, _Do, str]] = {
    "key": (add_key, make_key, "make a pair of keys that signs packs"),
    "build": (add_build, build, "make a pack of a folder of rules, and sign it"),
    "verify": (add_file, verify, "say who signed a pack and what it is; installs nothing"),
    "install": (_add_install, _install, "put a version beside the others; nothing uses it yet"),
    "list": (_add_list, _list, "list installed versions, and who uses them"),
    "activate": (_add_activate, _activate, "use a version, for all or for some companies first"),
    "promote": (_add_nothing, _promote, "use the version on trial for all companies now"),
    "rollback": (_add_pack_name, _rollback, "end the trial, or go back to the version before"),
    "diff": (_add_diff, _diff, "list rules added, changed and removed between two versions"),
    "changelog": (_add_changelog, _changelog, "what is new in a version"),
    "history": (_add_list, _history, "who installed, tried, activated, rolled back, decided"),
    "which": (_add_which, _which, "the versions that a finding was found with"),
}
