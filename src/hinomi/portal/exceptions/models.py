"""One exception from rules, of one company or of all companies a firm serves. Never deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from hinomi.portal.access.identifiers import draw
from hinomi.portal.access.owned import ScopedQuerySet
from hinomi.portal.access.scope import CustomersOf
from hinomi.portal.access.time import now
from hinomi.portal.organisations.models import Firm, Organisation

if TYPE_CHECKING:
    from hinomi.portal.access.scope import Scope


def draw_exception_id() -> str:
    """A new exception's id."""
    return draw("exc")


class ExceptionQuerySet(ScopedQuerySet["RuleException"]):
    """An exception is a company's, or of a firm for all it serves: only that firm sees the second
    kind, no customer and no other firm."""

    def within(self, scope: Scope) -> Self:
        """Rows of companies in the scope, and of the firms whose customers it covers."""
        firms = [part.firm_id for part in scope.parts if isinstance(part, CustomersOf)]
        own = scope.condition("organisation") if scope.parts else Q(pk__in=())
        return self._scoped().filter(own | Q(firm__in=firms))


class RuleException(models.Model):
    """`document` is a Sigma filter. It holds from `since` until `until`, or until a person ends it
    before (`ended_at`)."""

    id = models.CharField(
        primary_key=True, max_length=40, default=draw_exception_id, editable=False
    )
    organisation = models.ForeignKey(
        Organisation, null=True, on_delete=models.PROTECT, related_name="+"
    )
    firm = models.ForeignKey(Firm, null=True, on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=200)
    rules = models.JSONField()
    document = models.TextField()
    digest = models.CharField(max_length=64)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=500)
    since = models.DateTimeField(default=now)
    until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects = ExceptionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="exception_company_or_firm",
                condition=Q(organisation__isnull=False, firm=None)
                | Q(organisation=None, firm__isnull=False),
            ),
            models.CheckConstraint(
                name="exception_ends_after_it_begins", condition=Q(until__gt=F("since"))
            ),
            models.CheckConstraint(name="exception_has_a_reason", condition=~Q(reason="")),
        ]
        indexes = [models.Index(fields=["until"], name="exception_until")]


class ExceptionReview(models.Model):
    """Somebody looked at an exception again: until when it holds now, and why."""

    exception = models.ForeignKey(RuleException, on_delete=models.PROTECT, related_name="reviews")
    at = models.DateTimeField(default=now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=500)
    until = models.DateTimeField(null=True)
