"""The answer to one drawn decision, and telling the chief of what nobody answered."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.urls import reverse

from hinomi.core.errors import HinomiError
from hinomi.portal.access import audit
from hinomi.portal.access.scope import CustomersOf, Scope
from hinomi.portal.access.time import now
from hinomi.portal.notices.chiefs import tell_chiefs
from hinomi.portal.rejudgings.models import Draw, Rejudging

if TYPE_CHECKING:
    from datetime import datetime

    from hinomi.portal.access.owned import ScopedQuerySet
    from hinomi.portal.accounts.models import User
    from hinomi.portal.rejudgings.models import Verdict

DUE_AFTER = timedelta(days=7)
_WHY_ALL = "the bell looks after every firm's"


class AnsweredBefore(HinomiError):
    """Somebody answered since the page was opened; an answer is final. `row` has who and when."""

    def __init__(self, row: Rejudging) -> None:
        super().__init__("This decision was judged before.")
        self.row = row


@transaction.atomic
def answer(*, asked: Rejudging, verdict: Verdict, reason: str, user: User) -> Rejudging:
    """A person's word, once and for good. Pressed twice by the same person it changes nothing;
    raises AnsweredBefore when another answer stands."""
    rows = Rejudging.objects.of(asked.organisation_id).select_for_update(of=("self",))
    row = rows.get(pk=asked.pk)
    if row.verdict:
        if (row.verdict, row.reason, row.judged_by_id) == (verdict.value, reason, user.pk):
            return row
        raise AnsweredBefore(row)
    row.verdict, row.reason = verdict.value, reason
    row.judged_by, row.judged_at = user, now()
    row.save(update_fields=["verdict", "reason", "judged_by", "judged_at"])
    audit.record(
        what="rejudgings:answer",
        user_id=user.pk,
        organisation_id=row.organisation_id,
        rejudging=row.pk,
        verdict=verdict.value,
        reason=reason,
    )
    return row


def tell_overdue() -> int:
    """Tell each firm's chief once of a draw that has decisions nobody judged within seven days;
    returns how many draws."""
    draws = Draw.objects.across_all(reason=_WHY_ALL).filter(
        Exists(_unanswered().filter(draw=OuterRef("pk"))),
        chief_told_at=None,
        drawn_at__lte=now() - DUE_AFTER,
    )
    return sum(_tell(pk, firm_id) for pk, firm_id in list(draws.values_list("pk", "firm_id")))


@transaction.atomic
def _tell(pk: int, firm_id: str) -> bool:
    row = Draw.objects.of_firm(firm_id).select_for_update().get(pk=pk)
    left = waiting(firm_id, now()).filter(draw=row).count()
    if row.chief_told_at is not None or not left:
        return False
    row.chief_told_at = now()
    row.save(update_fields=["chief_told_at"])
    tell_chiefs(
        firm_id,
        reason=f"rejudging:{row.pk}",
        title=f"自動の判断の見直しが{left}件、終わっていません",
        lines=("7日のうちに見直す約束です。見直す人を決めてください。",),
        path=reverse("rejudgings"),
    )
    return True


def waiting(firm_id: str, moment: datetime) -> ScopedQuerySet[Rejudging]:
    """What the firm still has to judge; companies that left are not its any more."""
    rows = Rejudging.objects.within(Scope((CustomersOf(firm_id, moment),)))
    return rows.filter(draw__firm=firm_id, verdict="")


def _unanswered() -> ScopedQuerySet[Rejudging]:
    return Rejudging.objects.across_all(reason=_WHY_ALL).filter(verdict="")
