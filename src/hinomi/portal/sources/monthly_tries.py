"""Which of the month's tries (試験) wait for a person: those that nobody but a person can send, and
those that their device should have sent by itself and did not.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING

from hinomi.portal.access.time import now
from hinomi.portal.sources.models import Source, SourceTry
from hinomi.portal.sources.tries import EVERY, make_try
from hinomi.portal.sources.try_steps import kinds_by_itself

if TYPE_CHECKING:
    from hinomi.portal.access.owned import ScopedQuerySet
    from hinomi.portal.access.scope import Scope

BY_ITSELF_WITHIN = timedelta(days=3)
_SOON = timedelta(days=14)
_WHY_ALL = "the bell asks every company for its tries"


def asked_within(scope: Scope) -> ScopedQuerySet[SourceTry]:
    """The open tries in reach that a person is asked for."""
    return _asked(SourceTry.objects.within(scope))


def asked_by_company() -> dict[str, list[SourceTry]]:
    """Company → the open tries that a person there is asked for, oldest first."""
    found: dict[str, list[SourceTry]] = defaultdict(list)
    rows = _asked(SourceTry.objects.across_all(reason=_WHY_ALL))
    for row in rows.select_related("source", "organisation").order_by("made_at", "pk"):
        found[row.organisation_id].append(row)
    return found


def bring_forward(organisation_id: str) -> int:
    """Make the company's tries that would be asked for within two weeks now, so that its people are
    asked once a month and not once for each device; how many."""
    waiting = SourceTry.objects.of(organisation_id).filter(ended_at=None)
    soon = Source.objects.of(organisation_id).filter(
        revoked_at=None, paused_at=None, tried_at__lt=now() - EVERY + _SOON
    )
    by_person = soon.exclude(kind__in=kinds_by_itself())
    rows = list(by_person.exclude(pk__in=waiting.values("source")))
    for source in rows:
        make_try(source=source)
    return len(rows)


def _asked(rows: ScopedQuerySet[SourceTry]) -> ScopedQuerySet[SourceTry]:
    """Repeats alone: what a person began is on that person's screen."""
    repeats = rows.filter(
        ended_at=None,
        made_by=None,
        source__tried_at__isnull=False,
        source__revoked_at=None,
        source__paused_at=None,
        organisation__deleted_at=None,
    )
    still = now() - BY_ITSELF_WITHIN
    return repeats.exclude(source__kind__in=kinds_by_itself(), made_at__gte=still)
