"""ホーム: is there something I must do now? One sentence, from what is really known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from django.utils.timezone import localtime

from hinomi.core.words import Disposition
from hinomi.portal.access.scope import scope_of
from hinomi.portal.access.time import now
from hinomi.portal.incidents.models import Answer, Incident
from hinomi.portal.incidents.queries.lists import ASKS, TOLD, asking
from hinomi.portal.incidents.queries.page import IncidentPage, incident_page
from hinomi.portal.notices.exercises import last_exercise
from hinomi.portal.sources import queries as sources
from hinomi.portal.sources.arrivals import statuses
from hinomi.portal.sources.monthly_tries import asked_within
from hinomi.portal.sources.watching import Watch
from hinomi.portal.ui.moments import clock_ja, moment_ja

if TYPE_CHECKING:
    from hinomi.portal.notices.models import LastExercise
    from hinomi.portal.organisations.models import Organisation
    from hinomi.portal.sources.queries import Card

FRESH_FOR = timedelta(minutes=15)  # older than this, nobody can say that all is well


class Mood(StrEnum):
    """How the home page opens. Only `calm` is green."""

    ASK = "ask"
    WORKING = "working"
    NOT_STARTED = "not_started"
    STALE = "stale"
    RESTING = "resting"
    CALM = "calm"


ICONS = {
    Mood.ASK: "octagon-alert",
    Mood.WORKING: "user-round-search",
    Mood.NOT_STARTED: "hourglass",
    Mood.STALE: "clock-alert",
    Mood.RESTING: "moon",
    Mood.CALM: "circle-check",
}


@dataclass(frozen=True, slots=True)
class Home:
    """The home page of one company."""

    company: Organisation
    mood: Mood
    sentence: str
    detail: str
    page: IncidentPage | None
    others: int
    watched: int
    of_sources: int
    cards: list[Card]
    untried: list[Card]
    due: list[Card]
    stopped: int
    stopped_before: int
    exercise: LastExercise | None

    @property
    def icon(self) -> str:
        """Its own shape per mood."""
        return ICONS[self.mood]


def home(company: Organisation) -> Home:
    """What the company's people see first."""
    scope, moment = scope_of(company.id), now()
    count, first = asking(scope)
    asks = _unanswered(company.id)
    last = sources.last_arrival(statuses(company.id).values())
    cards = sources.cards(sources.sources(scope).filter(revoked_at=None))
    watched, of_sources = sources.watched(cards)
    # What a campaign holds is not shown, but nobody may be called calm while we look at it.
    held = Incident.objects.of(company.id).filter(ASKS, ~TOLD).count()
    mood = _mood(asks=asks, open_count=count + held, last=last, moment=moment)
    if mood is Mood.STALE and _all_rest(cards):
        mood = Mood.RESTING
    this_month, before = _months(moment)
    due = set(asked_within(scope).values_list("source_id", flat=True))
    return Home(
        company=company,
        mood=mood,
        sentence=_sentence(mood, asks=asks),
        detail=_detail(last, cards, moment=moment),
        page=incident_page(first) if first else None,
        others=max(0, count - 1),
        watched=watched,
        of_sources=of_sources,
        cards=[card for card in cards if not card.view.is_arriving],
        untried=[card for card in cards if card.view.is_arriving and not card.view.is_started],
        due=[card for card in cards if card.source.id in due],
        stopped=_stopped(company.id, since=this_month, until=moment),
        stopped_before=_stopped(company.id, since=before, until=this_month),
        exercise=last_exercise(company.id),
    )


def _unanswered(organisation_id: str) -> int:
    """Open incidents that ask something and have no answer, or wait for another one."""
    answered = Answer.objects.of(organisation_id).values("incident")
    rows = Incident.objects.of(organisation_id).filter(ASKS, TOLD).exclude(state="observing")
    return (
        rows.exclude(pk__in=answered).count()
        + rows.filter(state="waiting", pk__in=answered).count()
    )


def _mood(*, asks: int, open_count: int, last: datetime | None, moment: datetime) -> Mood:
    """What matters most first. Calm needs fresh, readable records."""
    if asks:
        return Mood.ASK
    if open_count:
        return Mood.WORKING
    if last is None:
        return Mood.NOT_STARTED
    return Mood.STALE if moment - last > FRESH_FOR else Mood.CALM


def _all_rest(cards: list[Card]) -> bool:
    """Every source that ever spoke is switched off: nothing is missing, and nothing is proved."""
    speaking = [card for card in cards if card.view.watch is not Watch.WAITING]
    return bool(speaking) and all(card.view.watch is Watch.OFF for card in speaking)


def _sentence(mood: Mood, *, asks: int) -> str:
    return {
        Mood.ASK: f"お願いが{asks}件あります",
        Mood.WORKING: "いま対応しています",
        Mood.NOT_STARTED: "まだ見守りが始まっていません",
        Mood.STALE: "最新の状態を取得できていません",
        Mood.RESTING: "いまは、機器の電源が切れている時間です",
        Mood.CALM: "いま、お願いすることはありません",
    }[mood]


def _detail(last: datetime | None, cards: list[Card], *, moment: datetime) -> str:
    if last is None and not cards:
        return "残り1つの準備があります。見守る機器を登録してください。"
    if last is None:
        return f"残り{len(cards)}つの準備があります。登録した機器から、まだ記録が届いていません。"
    is_today = localtime(last).date() == localtime(moment).date()
    told = clock_ja(last) if is_today else moment_ja(last)
    if _all_rest(cards):
        return f"{told}までに届いた記録を調べました。電源が入ると、また見守ります。"
    if moment - last > FRESH_FOR:
        return f"最後に記録が届いたのは、{told}です。それより後のことは、まだ分かりません。"
    return f"{told}までに届いた記録を調べました。"


def _months(moment: datetime) -> tuple[datetime, datetime]:
    """The first moments of this month and of the one before, in local time."""
    start = localtime(moment).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return start, (start - timedelta(days=1)).replace(day=1)


def _stopped(organisation_id: str, *, since: datetime, until: datetime) -> int:
    return (
        Incident.objects.of(organisation_id)
        .filter(disposition=Disposition.STOPPED.value, opened_at__gte=since, opened_at__lte=until)
        .count()
    )
