"""お知らせ 1件: everything the customer's page shows of one incident."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hinomi.core.words import IncidentState
from hinomi.portal.incidents.models import Answer, IncidentFinding, TimelineEntry
from hinomi.portal.incidents.queries.findings import FindingView, veiled, views
from hinomi.portal.incidents.wording import text_of
from hinomi.triage.answers import CHOICE_WORDS, NEEDS_PERSON

if TYPE_CHECKING:
    from datetime import datetime

    from hinomi.portal.incidents.models import Incident
    from hinomi.respond.text import CustomerText

RECORDS_SHOWN = 5
# What pressing a button led to. True at once: the answer stands in the queue when it is stored.
_AFTER_HELP = "担当者の画面に出しました。急ぐときは、電話してください。"
_AFTER_HELP_NO_PHONE = "担当者の画面に出しました。担当者が記録を見ます。"
_AFTER = "担当者の画面に出しました。分かったことは、この画面に書きます。"


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """A button that was pressed, in the words that stood on it."""

    label: str
    at: datetime
    by: str
    after: str
    is_help: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the progress the customer sees. The last one is where it stands now."""

    text: str
    at: datetime | None
    is_present: bool


@dataclass(frozen=True, slots=True)
class IncidentPage:
    """The page of one incident."""

    incident: Incident
    text: CustomerText
    state: IncidentState
    answer: GivenAnswer | None
    progress: tuple[Step, ...]

    @property
    def asks(self) -> bool:
        """True while buttons make sense: open, and not answered with anything final."""
        return self.state.is_open

    @property
    def version(self) -> tuple[object, ...]:
        """Changes whenever the live part of the page would look different."""
        given = self.answer.at if self.answer else None
        return (self.incident.pk, self.incident.version, given, len(self.progress))


def incident_page(incident: Incident) -> IncidentPage:
    """The page as it stands now."""
    return page_with(incident, text_of(incident))


def page_with(incident: Incident, text: CustomerText) -> IncidentPage:
    """The page as it would stand with this text."""
    return IncidentPage(
        incident=incident,
        text=text,
        state=IncidentState(incident.state),
        answer=_answer(incident, text),
        progress=_progress(incident),
    )


def records(incident: Incident) -> list[FindingView]:
    """くわしい記録: the newest few, with what the devices really wrote but for the sites somebody
    opened: those stay with the people who look into the incident."""
    rows = IncidentFinding.objects.of(incident.organisation_id).filter(incident=incident)
    return [veiled(each) for each in views(rows.order_by("-event_at", "-pk")[:RECORDS_SHOWN])]


def _answer(incident: Incident, text: CustomerText) -> GivenAnswer | None:
    last = (
        Answer.objects.of(incident.organisation_id)
        .filter(incident=incident)
        .select_related("by")
        .order_by("-at", "-pk")
        .first()
    )
    if last is None:
        return None
    labels = {button.choice: button.label for button in text.buttons}
    is_help = last.choice in NEEDS_PERSON
    with_phone = _AFTER_HELP if text.phone else _AFTER_HELP_NO_PHONE
    return GivenAnswer(
        label=labels.get(last.choice) or CHOICE_WORDS.get(last.choice, last.choice),
        at=last.at,
        by=last.by.shown_name if last.by else "",
        after=with_phone if is_help else _AFTER,
        is_help=is_help,
    )


def _progress(incident: Incident) -> tuple[Step, ...]:
    """What the customer may see of the history, then where it stands."""
    entries = (
        TimelineEntry.objects.of(incident.organisation_id)
        .filter(incident=incident, visible_to_customer=True)
        .order_by("at", "pk")
    )
    past = tuple(Step(entry.text, entry.at, is_present=False) for entry in entries)
    state = IncidentState(incident.state)
    return (*past, Step(state.customer_ja, None, is_present=True))
