"""The report for a terminal: what was read, then the findings by rule, most urgent first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group as Stack
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from hinomi.core.words import ActionLevel
from hinomi.pipeline.report.page import (
    build_page,
    disposition_words,
    machine_name,
    span,
    title_of,
    why_line,
)
from hinomi.pipeline.report.tally import Group, by_urgency
from hinomi.pipeline.report.visible import visible
from hinomi.pipeline.report.words import ACTION, MARK, PHRASES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType

    from hinomi.pipeline.report.cards import Page
    from hinomi.pipeline.report.page import Setting
    from hinomi.pipeline.report.tally import Tally

RULES_SHOWN = 60
FILES_SHOWN = 10
_STYLE = {
    ActionLevel.NOW: "bold white on red",
    ActionLevel.TODAY: "bold black on yellow",
    ActionLevel.CHECK: "bold cyan",
    ActionLevel.NONE: "green",
}


def render_terminal(
    tally: Tally, setting: Setting, *, paths: Sequence[str], width: int
) -> RenderableType:
    """Nothing in it is markup: every text from a record is a plain, visible Text."""
    words = PHRASES[setting.language]
    page = build_page(tally, setting)
    parts: list[RenderableType] = [Text(page.sentence, style="bold")]
    parts += [Text(note) for note in page.notes]
    parts += [Text(), _figures(page)]
    by_rule = _by_rule(tally)
    if by_rule:
        parts += [Text(), _findings(by_rule[:RULES_SHOWN], setting, width=width)]
        if len(by_rule) > RULES_SHOWN:
            hidden = len(by_rule) - RULES_SHOWN
            parts.append(Text(words["more_groups"].format(count=hidden)))
    if not_read := _not_read(page):
        parts += [*([] if by_rule else [Text()]), *not_read, Text()]
    if by_rule:
        shown = " ".join(visible(path, limit=80) for path in paths[:3])
        parts.append(Text(page.zone, style="dim"))
        parts.append(Text(words["detail"].format(paths=shown), style="dim"))
    return Stack(*parts)


def _figures(page: Page) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column()
    for label, value in page.figures:
        table.add_row(Text(label), Text(value))
    return table


def _by_rule(tally: Tally) -> list[list[Group]]:
    together: dict[str, list[Group]] = {}
    for group in by_urgency(list(tally.groups.values())):
        together.setdefault(group.rule.id, []).append(group)
    return list(together.values())


def _findings(rules: Sequence[Sequence[Group]], setting: Setting, *, width: int) -> Table:
    """Level on the left; title, machine and time, and why on three lines beside it."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(ratio=1, overflow="fold")
    for groups in rules:
        table.add_row(_level(groups[0], setting), _lines(groups, setting, width=width))
    return table


def _level(group: Group, setting: Setting) -> Text:
    word = ACTION[setting.language][group.action]
    return Text(f" {MARK[group.action]} {word} ", style=_STYLE[group.action])


def _lines(groups: Sequence[Group], setting: Setting, *, width: int) -> Text:
    words = PHRASES[setting.language]
    lead = groups[0]
    count = sum(group.count for group in groups)
    text = Text(title_of(lead, setting), style="bold")
    number = f"{count:,}{words['records_unit']}" if setting.language == "ja" else f"×{count:,}"
    text.append(f"  {number}", style="not bold")
    if verdict := disposition_words(lead, setting.language):
        text.append(f"  {verdict}", style="not bold green")
    machines = machine_name(lead.machine, setting.language)
    if len(groups) > 1:
        machines += " " + words["more_machines"].format(count=len(groups) - 1)
    when = span(min(group.first for group in groups), max(group.last for group in groups), setting)
    text.append(f"\n{machines}  {when}", style="not bold")
    reason = why_line(lead.examples[0].finding.why, words, limit=max(40, width - 20))
    text.append(f"\n{reason}\n", style="not bold dim")
    return text


def _not_read(page: Page) -> list[RenderableType]:
    words = page.words
    parts: list[RenderableType] = []
    if page.set_aside:
        parts += [Text(words["not_read"], style="bold")]
        parts += [
            Padding(Text(f"{line.reason}: {line.count:,}  {line.example}"), (0, 0, 0, 2))
            for line in page.set_aside
        ]
    bad = [file for file in page.faulty_files if file.problem]
    if bad:
        parts += [*([Text()] if parts else []), Text(words["bad_files"], style="bold")]
        parts += [
            Padding(Text(f"{file.path}: {file.problem}"), (0, 0, 0, 2))
            for file in bad[:FILES_SHOWN]
        ]
        if len(bad) > FILES_SHOWN:
            parts.append(Text(words["file_more"].format(count=len(bad) - FILES_SHOWN)))
    return parts
