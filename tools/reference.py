"""Writes docs/reference/commands.md, formats.md and formats/ from the program; `--check` compares.

What code can say comes from argparse and the format tables; what it cannot (exit codes, examples,
what is lost) stands in tools/reference.yml. A test regenerates all pages and compares.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import django
import msgspec
from tools.format_pages import format_page

from hinomi.cli import main as cli
from hinomi.normalise import FORMATS, KINDS
from hinomi.normalise.registry import all_formats

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import ModuleType

    from hinomi.normalise.format import Format

ROOT = Path(__file__).resolve().parents[1]
PAGES = ROOT / "docs" / "reference"
_PORTAL = "hinomi.portal.commands."


@dataclass(frozen=True, slots=True)
class Example:
    """A command as typed and what it printed. `checked`: a test runs it from the checkout."""

    run: str
    shows: str = ""
    exit: int = 0
    checked: bool = False
    stdin: str = ""


@dataclass(frozen=True, slots=True)
class About:
    """What argparse does not know of a command."""

    exits: str
    more: str = ""
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True)
class FormatNote:
    """What a format's tables do not say. `senders` are ids in portal/sources/senders.yml."""

    reads: str
    verdicts: str
    lost: str
    senders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Notes:
    """tools/reference.yml."""

    commands: dict[str, About]
    formats: dict[str, FormatNote]
    names: dict[str, str] = field(default_factory=dict)


def notes() -> Notes:
    """The hand-written half. Every command and format must have its entry."""
    text = (ROOT / "tools" / "reference.yml").read_bytes()
    return msgspec.yaml.decode(text, type=Notes)


def pages() -> dict[Path, str]:
    """All generated pages as they should be."""
    _set_up_portal()
    told = notes()
    return {
        PAGES / "commands.md": commands_page(told),
        PAGES / "formats.md": formats_page(told),
        **{
            PAGES / "formats" / f"{form.name}.md": _format(form, told.formats[form.name])
            for form in _formats()
        },
    }


def main(argv: Sequence[str]) -> int:
    """Write the pages; with `--check` only compare, 1 when one is stale."""
    wanted = pages()
    stale = [path for path, text in wanted.items() if _present(path) != text]
    for path in stale:
        sys.stderr.write(f"reference: {path.relative_to(ROOT)} is {'stale' if argv else 'new'}\n")
        if "--check" not in argv:
            path.parent.mkdir(exist_ok=True)
            path.write_text(wanted[path], encoding="utf-8")
    gone = [path for path in (PAGES / "formats").glob("*.md") if path not in wanted]
    for path in gone:
        sys.stderr.write(f"reference: {path.relative_to(ROOT)} is of no format\n")
        if "--check" not in argv:
            path.unlink()
    return 1 if (stale or gone) and "--check" in argv else 0


def commands_page(told: Notes) -> str:
    """Every command, in the order of `hinomi --help`."""
    own = [name for name, (module, _) in cli.COMMANDS.items() if module != "provision"]
    provisioning = [name for name in cli.COMMANDS if name not in own]
    parts = [told.names["commands"].rstrip()]
    parts += [_command(name, _own_parser(name), told.commands[name]) for name in own]
    parts.append(told.names["provisioning"].rstrip())
    parts += [_command(name, _portal_parser(name), told.commands[name]) for name in provisioning]
    return "\n\n".join(parts) + "\n"


def formats_page(told: Notes) -> str:
    """What holds for all formats, and each in the order in which they are tried."""
    return "\n\n".join([told.names["formats"].rstrip(), _format_list()]) + "\n"


def _formats() -> list[Format]:
    """Those that ship; formats that people teach have no page, each is its own file."""
    return [form for form in all_formats() if form.name in FORMATS]


def _set_up_portal() -> None:
    """The provisioning commands' parsers need Django's models; no store is made or opened."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hinomi.portal.settings")
    os.environ.setdefault("HINOMI_DATA", tempfile.gettempdir())
    django.setup()


def _own_parser(name: str) -> argparse.ArgumentParser:
    module, line = cli.COMMANDS[name]
    return _parser(name, line, importlib.import_module(f"hinomi.cli.{module}"))


def _portal_parser(name: str) -> argparse.ArgumentParser:
    from hinomi.portal.manage import COMMANDS

    module, line = COMMANDS[name]
    return _parser(name, line, importlib.import_module(module))


def _parser(name: str, line: str, module: ModuleType) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"hinomi {name}", description=line)
    add: Callable[[argparse.ArgumentParser], None] = module.add_arguments
    add(parser)
    return parser


def _command(name: str, parser: argparse.ArgumentParser, about: About) -> str:
    line = parser.description or ""
    parts = [f"## `hinomi {name}`", f"{line[:1].upper()}{line[1:]}."]
    if about.more:
        parts.append(about.more.rstrip())
    for each, said in _leaves(parser):
        usage = f"`{_usage(each)}`"
        parts.append(f"{usage}: {said}" if said else usage)
        if rows := [_row(action) for action in _arguments(each)]:
            parts.append("\n".join(["| argument | meaning |", "|---|---|", *rows]))
    parts.append(f"Exit: {about.exits}")
    parts += [_example(example) for example in about.examples]
    return "\n\n".join(parts)


def _leaves(parser: argparse.ArgumentParser) -> Iterator[tuple[argparse.ArgumentParser, str]]:
    """The parser itself, or each of its subcommands with its line of help."""
    for action in parser._actions:  # argparse offers no public way to look at itself
        if isinstance(action, argparse._SubParsersAction):
            lines = {choice.dest: choice.help or "" for choice in action._choices_actions}
            for name, sub in action.choices.items():
                for leaf, said in _leaves(sub):
                    yield leaf, said or lines.get(name, "")
            return
    yield parser, ""


def _arguments(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    return [
        action
        for action in parser._actions
        if not isinstance(action, argparse._HelpAction) and action.help != argparse.SUPPRESS
    ]


def _usage(parser: argparse.ArgumentParser) -> str:
    actions = _arguments(parser)
    needed = [a for a in actions if a.option_strings and a.required]
    words = [parser.prog]
    if len(needed) < sum(1 for action in actions if action.option_strings):
        words.append("[options]")
    words += [f"{action.option_strings[0]} {_value(action)}" for action in needed]
    words += [_positional(action) for action in actions if not action.option_strings]
    return " ".join(words)


def _positional(action: argparse.Action) -> str:
    named = _value(action)
    return {"+": f"{named} …", "*": f"[{named} …]", "?": f"[{named}]"}.get(str(action.nargs), named)


def _value(action: argparse.Action) -> str:
    if isinstance(action.metavar, str):
        return action.metavar
    if action.choices is not None:
        return "|".join(map(str, action.choices))
    return action.dest.rpartition("_")[2].upper()


def _row(action: argparse.Action) -> str:
    takes = action.nargs != 0
    if action.option_strings:
        shown = action.option_strings[0] + (f" {_value(action)}" if takes else "")
    else:
        shown = _positional(action)
    said = [action.help or ""]
    if takes and action.default and "default" not in said[0] and action.dest != "rules":
        said.append(f"default {action.default}")
    if isinstance(action, argparse._AppendAction):
        said.append("may be repeated")
    escaped = shown.replace("|", "\\|")
    meaning = "; ".join(filter(None, said)).replace("|", "\\|")
    return f"| `{escaped}` | {meaning} |"


def _example(example: Example) -> str:
    typed = f"printf '{example.stdin}' | {example.run}" if example.stdin else example.run
    return "\n".join(["```", f"$ {typed}", example.shows.rstrip("\n"), "```"])


def _format_list() -> str:
    rows = ["| name | shape | registered as |", "|---|---|---|"]
    for form in _formats():
        kinds = [kind for kind, name in KINDS.items() if name == form.name]
        words = ", ".join(f"`{kind}`" for kind in (form.name, *kinds))
        rows.append(f"| [{form.title_en}](formats/{form.name}.md) | `{form.shape}` | {words} |")
    found_out = ", ".join(f"`{kind}`" for kind, name in KINDS.items() if name == "auto" and kind)
    rows.append(f"| found out for each record | | {found_out} |")
    return "\n".join(rows)


def _format(form: Format, note: FormatNote) -> str:
    notes = [
        ("Reads", note.reads),
        ("What the sender says it did", note.verdicts),
        ("Lost or not done", note.lost),
    ]
    set_up = [text for sender in note.senders for text in _set_up(sender)]
    return format_page(form, notes=notes, set_up=set_up)


def _set_up(sender_id: str) -> Iterator[str]:
    """The setting as the portal shows it; {host} and the like are filled in there."""
    from hinomi.portal.sources.senders import sender_named

    sender = sender_named(sender_id)
    if sender is None:
        raise KeyError(sender_id)
    yield f"**{sender.title}**（`hinomi source add --kind {sender.kind}`）。{sender.about}"
    for block in sender.blocks:
        yield f"{block.title}\n\n```\n{block.text.rstrip()}\n```"


def _present(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
