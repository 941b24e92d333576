"""The history of an incident ready to show, and as a narrative to take along."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from hinomi.portal.incidents.models import EntryKind, IncidentFinding, TimelineEntry
from hinomi.portal.incidents.queries.findings import FindingView, views
from hinomi.portal.ui.moments import stamp
from hinomi.portal.ui.visible import visible

if TYPE_CHECKING:
    from datetime import datetime

    from hinomi.portal.incidents.models import Incident

SKEW = timedelta(minutes=5)  # beyond it, the clock of whoever wrote the record is in doubt
RECORDS_OFFERED = 20
_MARKDOWN = str.maketrans({each: f"\\{each}" for each in "\\`*_{}[]<>#|!"})


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of the timeline; `track` is fact (seen) or action (done)."""

    id: int
    at: datetime
    track: str
    text: str
    actor: str
    is_shown: bool
    is_starred: bool
    source: str
    origin: str
    noted_at: datetime | None
    is_from_record: bool

    @property
    def track_ja(self) -> str:
        """事実 or 対応."""
        return EntryKind(self.track).label

    @property
    def skew_ja(self) -> str:
        """Where the two times of a record disagree; "" when they do not."""
        if self.noted_at is None or not self.is_from_record:
            return ""
        gap = self.noted_at - self.at
        if gap < -SKEW:
            return f"機器の時計が{_span(-gap)}進んでいるおそれがあります"
        return f"届くまで{_span(gap)}。時計のずれか、遅れて届いた記録です" if gap > SKEW else ""

    @property
    def late_ja(self) -> str:
        """A person's line that was written down later."""
        if self.noted_at is None or self.is_from_record or self.noted_at - self.at <= SKEW:
            return ""
        return f"{stamp(self.noted_at)}に書きました"


def timeline(incident: Incident) -> tuple[Happening, ...]:
    """All lines, oldest first."""
    entries = TimelineEntry.objects.of(incident.organisation_id).filter(incident=incident)
    return tuple(
        Happening(
            id=entry.pk,
            at=entry.at,
            track=EntryKind(entry.kind).value,
            text=entry.text,
            actor=entry.actor,
            is_shown=entry.visible_to_customer,
            is_starred=entry.starred,
            source=entry.source,
            origin=entry.origin,
            noted_at=entry.noted_at,
            is_from_record=bool(entry.event_id),
        )
        for entry in entries.order_by("at", "pk")
    )


def records_to_promote(incident: Incident) -> list[tuple[FindingView, str]]:
    """Records of the evidence that are not in the history yet, newest first: finding and id."""
    company = incident.organisation_id
    taken = set(
        TimelineEntry.objects.of(company)
        .filter(incident=incident)
        .exclude(event_id="")
        .values_list("event_id", flat=True)
    )
    rows = IncidentFinding.objects.of(company).filter(incident=incident)
    newest = views(rows.order_by("-event_at", "-pk")[:RECORDS_OFFERED])
    offered: dict[str, FindingView] = {}
    for view in newest:
        for event in view.evidence:
            if event.event_id not in taken:
                offered.setdefault(event.event_id, view)
    return [(view, event_id) for event_id, view in list(offered.items())[:RECORDS_OFFERED]]


def narrative_text(incident: Incident, lines: tuple[Happening, ...], *, title: str) -> str:
    """Plain text: one line an event, times in JST."""
    head = [
        f"{incident.number} {title}",
        incident.organisation.name,
        "時刻は日本時間（JST）です。",
        "",
    ]
    return "\n".join([*head, *(f"{_when(each)} {_what(each)}" for each in lines)]) + "\n"


def narrative_markdown(incident: Incident, lines: tuple[Happening, ...], *, title: str) -> str:
    """The same as Markdown; nothing of it can act as markup."""
    head = [
        f"# {incident.number} {title.translate(_MARKDOWN)}",
        "",
        f"{visible(incident.organisation.name).translate(_MARKDOWN)}。時刻は日本時間（JST）です。",
        "",
    ]
    told = (
        f"- **{_when(each)}** {'★ ' if each.is_starred else ''}{_what(each).translate(_MARKDOWN)}"
        for each in lines
    )
    return "\n".join([*head, *told]) + "\n"


def _when(line: Happening) -> str:
    return f"{stamp(line.at)}［{line.track_ja}］"


def _what(line: Happening) -> str:
    who = f"{line.actor}：" if line.actor else ""
    notes = [each for each in (line.source, line.origin, line.skew_ja, line.late_ja) if each]
    aside = f"（{'、'.join(notes)}）" if notes else ""
    return visible(" ".join(f"{who}{line.text}{aside}".split()))


def _span(gap: timedelta) -> str:
    minutes = int(gap.total_seconds()) // 60
    if minutes < 120:
        return f"{minutes}分"
    return f"{minutes // 60}時間" if minutes < 2880 else f"{minutes // 1440}日"
