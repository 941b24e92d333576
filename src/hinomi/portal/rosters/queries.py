"""Lists ready to show: those of the firm, what one would change, which rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hinomi.portal.mailboxes.models import Mailbox
from hinomi.portal.rosters.comparing import Sight, sight_of
from hinomi.portal.rosters.headings import Field
from hinomi.portal.rosters.models import Roster
from hinomi.portal.rosters.steps import State
from hinomi.portal.ui.pages import Page, kept

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import QueryDict

    from hinomi.portal.access.scope import Scope
    from hinomi.portal.rosters.steps import Step

ROWS_SHOWN = 30
SAMPLES = 2
ICONS = {
    State.NEW: "circle-plus",
    State.CHANGED: "pencil",
    State.SAME: "circle-check",
    State.FAULT: "triangle-alert",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the list as it would be taken in."""

    line: int
    company: str
    state: State
    texts: tuple[str, ...]

    @property
    def icon(self) -> str:
        """Its own shape per state."""
        return ICONS[self.state]


@dataclass(frozen=True, slots=True)
class Preview:
    """A list before it is taken in. `filters` are (word of the address, word on screen, count)."""

    sight: Sight
    page: Page[Row]
    filters: tuple[tuple[str, str, int], ...]
    samples: tuple[str, ...]
    is_ready: bool


def rosters(scope: Scope) -> QuerySet[Roster]:
    """Newest first."""
    return Roster.objects.within(scope).select_related("brought_by").order_by("-pk")


def mailboxes_of(firm_id: str) -> list[Mailbox]:
    """Where mails of these customers may come."""
    return list(Mailbox.objects.of_firm(firm_id).filter(removed_at=None).order_by("name"))


def preview(roster: Roster, *, number: int, question: QueryDict) -> Preview:
    """What taking it in now would do, by pages; `?state=` shows the rows of one state."""
    sight = sight_of(roster)
    chosen = question.get("state", "")
    steps = [step for step in sight.steps if chosen in ("", step.state)]
    number = min(number, max(1, -(-len(steps) // ROWS_SHOWN)))
    start = (number - 1) * ROWS_SHOWN
    rows = [_row(step) for step in steps[start : start + ROWS_SHOWN]]
    return Preview(
        sight=sight,
        page=Page(rows, number, len(steps), ROWS_SHOWN, kept(question)),
        filters=(
            ("", "すべて", len(sight.steps)),
            *((state.value, state.ja, sight.counts[state]) for state in State),
        ),
        samples=tuple(_sample(roster, place) for place in range(len(roster.headings))),
        is_ready=Field.NAME.value in roster.columns,
    )


def faults_of(roster: Roster) -> list[Step]:
    """The rows that were or would be left out."""
    return [step for step in sight_of(roster).steps if step.state is State.FAULT]


def _sample(roster: Roster, place: int) -> str:
    """The first values of a column, to recognise it by."""
    cells = (line[1][place] for line in roster.lines if place < len(line[1]) and line[1][place])
    return "、".join(cell[:30] for cell, _ in zip(cells, range(SAMPLES), strict=False))


def _row(step: Step) -> Row:
    return Row(step.wish.line, step.wish.cell(Field.NAME), step.state, step.texts)
