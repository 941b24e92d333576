"""The same pattern at several companies: one campaign, and perhaps only an update.

Decides on hashes, organisations and times alone; no name, address or text ever comes in here. All
sightings given together belong to customers of one firm: no firm counts another's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from hinomi.triage.decide import most_within
from hinomi.triage.patterns import PatternKind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from hinomi.triage.patterns import Pattern

COMPANIES_NEEDED = 3
STORM_WITHIN = timedelta(minutes=60)  # so fast comes an update, or a worm: a person must say which
CAMPAIGN_WITHIN = timedelta(hours=24)  # an attacker works through the companies in a day
NEW_AFTER = timedelta(days=30)  # not seen for so long is new again
VERSIONS_WITHIN = timedelta(hours=48)  # our own rules changed: they may be what is new
ANSWER_LASTS = timedelta(days=7)  # a roll-out is over by then; after it people are asked again
UNDO_FOR = timedelta(seconds=10)
ALARM_AFTER = timedelta(minutes=15)  # customers wait for a notice: the chief must know


class Stance(StrEnum):
    """What is known of a campaign: only seen, asked about, answered, or gone by unanswered."""

    SEEN = "seen"
    ASKED = "asked"
    UPDATE = "update"
    ATTACK = "attack"
    OVER = "over"

    @property
    def waits(self) -> bool:
        """True while a person may still have to say what it is."""
        return self in (Stance.SEEN, Stance.ASKED)

    @property
    def is_answered(self) -> bool:
        """True once a person said what it is."""
        return self in (Stance.UPDATE, Stance.ATTACK)


class Treatment(StrEnum):
    """What the campaigns mean for an incident's notices."""

    TELL = "tell"
    HOLD = "hold"
    SETTLE = "settle"  # it was the update: close it, take back what was said


@dataclass(frozen=True, slots=True)
class Sighting:
    """A pattern at one company: when it was met there first and last (event times)."""

    organisation: str
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class CampaignFacts:
    """The newest campaign of a pattern. `answered_at` is None until a person answered. One that is
    over by its stance is none."""

    stance: Stance
    answered_at: datetime | None = None

    def is_over(self, now: datetime) -> bool:
        """True when its answer no longer speaks for what is seen now."""
        return self.answered_at is not None and now - self.answered_at > ANSWER_LASTS


def weigh(
    pattern: Pattern,
    *,
    sightings: Sequence[Sighting],
    campaign: CampaignFacts | None,
    now: datetime,
    versions_changed_at: datetime | None,
) -> Stance | None:
    """How the pattern's campaign stands after a sighting; None: there is none and none begins.

    `sightings` are those of the last NEW_AFTER, at most one per organisation. `campaign` must not
    be over. An answer stands; an open campaign may turn into a question, never back.
    """
    if campaign is not None and campaign.stance is not Stance.SEEN:
        return campaign.stance
    if _is_storm(pattern, sightings, now=now, versions_changed_at=versions_changed_at):
        return Stance.ASKED
    if campaign is not None:
        return campaign.stance
    lately = [each for each in sightings if each.last_at > now - CAMPAIGN_WITHIN]
    is_many = len(lately) >= COMPANIES_NEEDED
    return Stance.SEEN if is_many and pattern.kind is not PatternKind.RULE else None


def may_begin(pattern: Pattern, *, now: datetime, versions_changed_at: datetime | None) -> bool:
    """False where no sightings at all could make a campaign: on an ordinary day the same rule fires
    in many companies, and that alone means nothing."""
    changed = versions_changed_at
    is_changed = changed is not None and now - changed <= VERSIONS_WITHIN
    return pattern.kind is not PatternKind.RULE or (is_changed and pattern.may_be_update)


def treatment(keys: Iterable[Collection[str]], stances: Mapping[str, Stance]) -> Treatment:
    """`keys` are the patterns of each finding of an incident. One finding that no campaign explains
    is enough to tell the customer: an attacker must not hide in an update."""
    known = [{stances.get(key) for key in each} for each in keys]
    if known and all(Stance.UPDATE in each for each in known):
        return Treatment.SETTLE
    if known and all(each & {Stance.UPDATE, Stance.ASKED} for each in known):
        return Treatment.HOLD
    return Treatment.TELL


def _is_storm(
    pattern: Pattern,
    sightings: Sequence[Sighting],
    *,
    now: datetime,
    versions_changed_at: datetime | None,
) -> bool:
    if not pattern.may_be_update:
        return False
    if not may_begin(pattern, now=now, versions_changed_at=versions_changed_at):
        return False
    fresh = [each.first_at for each in sightings if each.first_at > now - CAMPAIGN_WITHIN]
    return most_within(fresh, STORM_WITHIN) >= COMPANIES_NEEDED
