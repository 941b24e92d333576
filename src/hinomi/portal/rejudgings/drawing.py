"""The weekly draw: 2 % of what the machine decided alone, at least ten, of each kind one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Count, Q

from hinomi.business import rejudging
from hinomi.portal.access import audit, chain
from hinomi.portal.access.scope import CustomersOf, Scope
from hinomi.portal.access.time import now
from hinomi.portal.incidents.decisions import DecisionKind
from hinomi.portal.incidents.models import DecisionRecord
from hinomi.portal.organisations.models import Firm, FirmKind
from hinomi.portal.rejudgings.models import Draw, Rejudging

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from hinomi.portal.access.owned import ScopedQuerySet

_PROVIDER = (FirmKind.PROVIDER.value,)
_WHY_ALL = "the bell draws for every firm"
# What the machine decides alone. An update that a person confirmed is that person's decision.
AUTOMATIC = (
    DecisionKind.CLOSED_AFTER_QUIET_DAY,
    DecisionKind.CLOSED_WHEN_READ,
    DecisionKind.FINDING_SILENCED,
    DecisionKind.NO_ACTION_NEEDED,
    DecisionKind.NOTICE_SUPPRESSED,
    DecisionKind.SOURCE_SPEAKS_AGAIN,
    DecisionKind.SOURCE_WAS_OFF,
    DecisionKind.TOO_FEW_TO_MATTER,
)
_BY_MACHINE = Q(kind__in=AUTOMATIC) | Q(kind__startswith="mass_silence_", body__by_person=False)


def draw_due() -> int:
    """Draw last week's decisions for each firm that has customers and no draw of that week yet;
    returns how many firms were drawn for."""
    moment = now()
    week = rejudging.last_week(moment)
    drawn = Draw.objects.across_all(reason=_WHY_ALL).filter(week=week)
    firms = Firm.objects.filter(
        Q(engagements__valid_to=None) | Q(engagements__valid_to__gt=moment),
        engagements__valid_from__lte=moment,
        engagements__role__in=_PROVIDER,
    )
    waiting = firms.exclude(pk__in=drawn.values("firm")).distinct().order_by("pk")
    return sum(_draw(firm_id, week) for firm_id in list(waiting.values_list("pk", flat=True)))


@transaction.atomic
def _draw(firm_id: str, week: date) -> bool:
    chain.wait_for_turn()  # the seed is the trail's head: nobody may write behind it meanwhile
    if Draw.objects.of_firm(firm_id).filter(week=week).exists():
        return False
    row = Draw(firm_id=firm_id, week=week, drawn_at=now(), seed=str(chain.head()))
    counts = _counts(row)
    given = rejudging.shares(counts)
    keys = rejudging.draw(_candidates(row), given=given, seed=row.seed)
    row.decisions, row.drawn = sum(counts.values()), len(keys)
    row.kinds = {kind: [count, given[kind]] for kind, count in sorted(counts.items())}
    row.save(force_insert=True)
    _hand_out(row, keys)
    audit.record(
        what="rejudgings:draw",
        user_id=None,
        firm_id=firm_id,
        week=week.isoformat(),
        seed=row.seed,
        decisions=row.decisions,
        drawn=row.drawn,
    )
    return True


def redraw(row: Draw) -> list[int]:
    """The decisions that the kept seed draws, worked out again: they must be those handed out."""
    return rejudging.draw(_candidates(row), given=rejudging.shares(_counts(row)), seed=row.seed)


def population(row: Draw) -> ScopedQuerySet[DecisionRecord]:
    """What was decided without a person in the week at companies that the firm served when the
    draw was made."""
    begin, end = rejudging.span(row.week)
    served = Scope((CustomersOf(row.firm_id, row.drawn_at, roles=_PROVIDER),))
    rows = DecisionRecord.objects.within(served).filter(_BY_MACHINE, at__gte=begin, at__lt=end)
    return rows.filter(
        Q(organisation__deleted_at=None) | Q(organisation__deleted_at__gt=row.drawn_at)
    )


def _counts(row: Draw) -> dict[str, int]:
    counted = population(row).order_by().values_list("kind").annotate(number=Count("pk"))
    return dict(counted)


def _candidates(row: Draw) -> Iterator[rejudging.Candidate]:
    rows = population(row).order_by().values_list("pk", "kind", "hash")
    for pk, kind, mark in rows.iterator(chunk_size=2_000):
        yield rejudging.Candidate(pk, kind, mark)


def _hand_out(row: Draw, keys: list[int]) -> None:
    found = DecisionRecord.objects.across_all(reason="rows that were drawn").filter(pk__in=keys)
    companies = dict(found.values_list("pk", "organisation_id"))
    Rejudging.objects.bulk_create(
        Rejudging(draw=row, decision_id=key, organisation_id=companies[key]) for key in keys
    )
