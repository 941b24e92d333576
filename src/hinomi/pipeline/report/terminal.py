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

    from hinomi.pipeline.report.page import Page, Setting
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
    parts += _not_read(page)
    if by_rule:
        shown = " ".join(visible(path, limit=80) for path in paths[:3])
        parts += [Text(), Text(f"{page.zone}", style="dim")]
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
    words = PHRASES[setting.language]
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    table.add_column(words["level"], no_wrap=True)
    table.add_column(words["what"], ratio=1, overflow="fold")
    table.add_column(words["machine"], max_width=max(16, width // 5), overflow="fold")
    table.add_column(words["count"], justify="right", no_wrap=True)
    table.add_column(words["when"], max_width=20, overflow="fold")
    for groups in rules:
        table.add_row(*_row(groups, setting, width=width))
    return table


def _row(groups: Sequence[Group], setting: Setting, *, width: int) -> list[RenderableType]:
    words = PHRASES[setting.language]
    lead = groups[0]
    level = Text(
        f" {MARK[lead.action]} {ACTION[setting.language][lead.action]} ", style=_STYLE[lead.action]
    )
    title = Text(title_of(lead, setting), style="bold")
    if verdict := disposition_words(lead, setting.language):
        title.append(f"（{verdict}）" if setting.language == "ja" else f" ({verdict})")
    title.append("\n" + why_line(lead.examples[0].finding.why, words, limit=width), style="dim")
    machines = machine_name(lead.machine, setting.language)
    if len(groups) > 1:
        machines += "\n" + words["more_machines"].format(count=len(groups) - 1)
    first = min(group.first for group in groups)
    last = max(group.last for group in groups)
    count = sum(group.count for group in groups)
    when = span(first, last, setting).replace(" – ", "\n– ")
    return [level, title, Text(machines), Text(f"{count:,}"), Text(when)]


def _not_read(page: Page) -> list[RenderableType]:
    words = page.words
    parts: list[RenderableType] = []
    if page.set_aside:
        parts += [Text(), Text(words["not_read"], style="bold")]
        parts += [
            Padding(Text(f"{line.reason}: {line.count:,}  {line.example}"), (0, 0, 0, 2))
            for line in page.set_aside
        ]
    bad = [file for file in page.files if file.problem]
    if bad:
        parts += [Text(), Text(words["bad_files"], style="bold")]
        parts += [
            Padding(Text(f"{file.path}: {file.problem}"), (0, 0, 0, 2))
            for file in bad[:FILES_SHOWN]
        ]
        if len(bad) > FILES_SHOWN:
            parts.append(Text(words["file_more"].format(count=len(bad) - FILES_SHOWN)))
    return parts
