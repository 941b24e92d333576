"""A hunt as ordered on screen. What it does and finds is in its folder (`hinomi.store.hunts`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models

from hinomi.portal.access.owned import ScopedQuerySet
from hinomi.portal.access.scope import CustomersOf
from hinomi.portal.access.time import now
from hinomi.portal.organisations.models import Firm

if TYPE_CHECKING:
    from hinomi.portal.access.scope import Scope


class HuntState(models.TextChoices):
    """Where it stands; `failed` says why in `detail`."""

    WAITING = "waiting", "順番待ち"
    RUNNING = "running", "調べています"
    DONE = "done", "終わりました"
    STOPPED = "stopped", "止めました"
    FAILED = "failed", "調べられませんでした"


OPEN_STATES = (HuntState.WAITING, HuntState.RUNNING)


class HuntsQuerySet(ScopedQuerySet["Hunt"]):
    """A hunt belongs to a firm: who serves the firm's customers reaches it."""

    def within(self, scope: Scope) -> Self:
        """Only hunts of firms whose customers the scope covers."""
        firms = [part.firm_id for part in scope.parts if isinstance(part, CustomersOf)]
        return self._scoped().filter(firm__in=firms)


class Hunt(models.Model):
    """`organisation_ids` empty: all companies the firm serves when the hunt begins."""

    id = models.CharField(primary_key=True, max_length=26, editable=False)
    firm = models.ForeignKey(Firm, on_delete=models.PROTECT, related_name="hunts")
    rules = models.JSONField(default=list)
    indicators = models.JSONField(default=list)
    organisation_ids = models.JSONField(default=list)
    since = models.DateTimeField()
    until = models.DateTimeField()
    hands_on = models.BooleanField(default=False)
    ordered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    ordered_at = models.DateTimeField(default=now)
    state = models.CharField(max_length=10, choices=HuntState, default=HuntState.WAITING)
    stop_requested = models.BooleanField(default=False)
    detail = models.TextField(blank=True)

    objects = HuntsQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["firm", "ordered_at"], name="hunt_list")]

    def __str__(self) -> str:
        return self.id

    @property
    def sought(self) -> str:
        """What is looked for, in a line."""
        return "、".join([*self.rules, *(each.partition(":")[2] for each in self.indicators)])

    @property
    def is_open(self) -> bool:
        """Whether something is still to come."""
        return self.state in OPEN_STATES
