"""What an incident could be merged with, why the machine joined what it joined, what was merged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db.models import Q

from hinomi.core.words import IncidentState
from hinomi.portal.incidents.models import CLOSED_STATES, Incident, IncidentFinding, Merge
from hinomi.portal.incidents.wording import titles_of
from hinomi.triage.cases import case_of
from hinomi.triage.decide import STORY_GAP

if TYPE_CHECKING:
    from collections.abc import Iterable

CANDIDATES_SHOWN = 20
_LOOKED_AT = 200


@dataclass(frozen=True, slots=True)
class Candidate:
    """An open incident of the same company; `why` says in what the two are alike."""

    incident: Incident
    title: str
    why: tuple[str, ...]

    @property
    def state_ja(self) -> str:
        """The state in inside words."""
        return IncidentState(self.incident.state).inside_ja

    @property
    def why_ja(self) -> str:
        """The reasons in one line."""
        return "、".join(self.why) or "似たところは見つかりません"


@dataclass(frozen=True, slots=True)
class Merged:
    """An incident that went into this one."""

    merge: Merge
    number: str
    title: str


def candidates(incident: Incident, *, search: str) -> list[Candidate]:
    """Open incidents of the same company, the most alike first; of many, those that `search`
    names."""
    rows = Incident.objects.of(incident.organisation_id).exclude(state__in=CLOSED_STATES)
    rows = rows.exclude(pk=incident.pk).select_related("organisation")
    if search:
        rows = rows.filter(Q(number__iexact=search) | Q(device__icontains=search))
    near = rows.order_by("-last_event_at", "-pk")[:_LOOKED_AT]
    listed = list(near)
    titles, patterns = titles_of(listed), _patterns([incident, *listed])
    mine = patterns.get(incident.pk, set())
    found = [
        Candidate(
            each, titles[each.pk], why_alike(incident, each, mine & patterns.get(each.pk, set()))
        )
        for each in listed
    ]
    found.sort(key=lambda each: -len(each.why))  # stable: among equals the newest first
    return found[:CANDIDATES_SHOWN]


def why_alike(one: Incident, other: Incident, patterns: set[str]) -> tuple[str, ...]:
    """In what two incidents are alike, in the order in which it weighs."""
    near = _gap(one, other) <= STORY_GAP
    is_same_device = bool(one.device) and one.device.casefold() == other.device.casefold()
    is_story = case_of(one.kind).is_story and case_of(other.kind).is_story
    found = (
        (is_same_device and near and is_story, "同じ機器で1時間以内に続いている"),
        (is_same_device and not (near and is_story), "同じ機器"),
        (bool(patterns), "同じ動きの記録がある"),
        (one.kind == other.kind, "同じ種類"),
        (near and not is_same_device, "時刻が近い"),
    )
    return tuple(text for holds, text in found if holds)


def why_joined(incident: Incident) -> tuple[str, ...]:
    """What the machine or a person put into this incident beside its own group, and why."""
    taken = {key for row in merges_into(incident) for key in row.keys}
    return tuple(
        f"{_of_key(key)}：{_BY_PERSON if key in taken else _BY_MACHINE}"
        for key in incident.merged_keys
    )


def merged_into(incident: Incident) -> list[Merged]:
    """The incidents that went into this one, newest first."""
    rows = merges_into(incident)
    titles = titles_of(row.source for row in rows)
    return [Merged(row, row.source.number, titles[row.source_id]) for row in rows]


def merges_into(incident: Incident) -> list[Merge]:
    """The merges that hold."""
    rows = Merge.objects.of(incident.organisation_id).filter(target=incident, parted_at=None)
    return list(rows.select_related("source__organisation", "by").order_by("-pk"))


def merged_numbers(incident: Incident) -> list[str]:
    """受付番号 of all that went into it, over several steps too."""
    found: list[str] = []
    waiting = [incident.pk]
    while waiting:
        rows = Incident.objects.of(incident.organisation_id).filter(merged_into__in=waiting)
        pairs = list(rows.order_by("pk").values_list("pk", "number"))
        waiting = [pk for pk, _ in pairs]
        found += [number for _, number in pairs]
    return found


_BY_MACHINE = "同じ機器で1時間以内に続いたため、自動でまとめました"
_BY_PERSON = "担当者がまとめました"


def _of_key(key: str) -> str:
    """A group key is `kind:…hash`; people know the kind."""
    return key.partition(":")[0]


def _gap(one: Incident, other: Incident) -> timedelta:
    """The time between the two; zero when they overlap."""
    later, earlier = sorted((one, other), key=lambda each: each.first_event_at, reverse=True)
    return max(timedelta(), later.first_event_at - earlier.last_event_at)


def _patterns(incidents: Iterable[Incident]) -> dict[int, set[str]]:
    listed = list(incidents)
    rows = IncidentFinding.objects.of(listed[0].organisation_id)
    pairs = rows.filter(incident__in=listed).exclude(pattern="").order_by()
    found: dict[int, set[str]] = {}
    for incident_id, pattern in pairs.values_list("incident_id", "pattern").distinct():
        found.setdefault(incident_id, set()).add(pattern)
    return found
