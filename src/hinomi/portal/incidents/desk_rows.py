"""What the desk keeps for itself beside the incidents: saved views of the queue, what was done to
many incidents at once, and what to know before ringing a customer."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from hinomi.core.words import IncidentState
from hinomi.portal.access.owned import FirmOwnedQuerySet, OrganisationOwned
from hinomi.portal.access.time import now

if TYPE_CHECKING:
    from hinomi.portal.access.scope import Scope


_CLOSED = [state.value for state in IncidentState if not state.is_open]


class SavedViewsQuerySet(FirmOwnedQuerySet["SavedView"]):
    """A view belongs to a firm; one that is not shared, to one person in it."""

    def seen_by(self, scope: Scope, user_id: int) -> Self:
        """Their own and the shared ones of their firm, removed ones too."""
        return self.within(scope).filter(Q(is_shared=True) | Q(owner=user_id))


class SavedView(models.Model):
    """A question to the queue with a name. `question` is the address's part behind the `?`."""

    firm = models.ForeignKey("organisations.Firm", on_delete=models.PROTECT, related_name="+")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=40)
    question = models.CharField(max_length=600)
    is_shared = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=now)
    removed_at = models.DateTimeField(null=True)

    objects = SavedViewsQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["firm", "owner", "name"],
                condition=Q(removed_at=None),
                name="saved_view_one_of_a_name",
            ),
        ]


class QueueDefault(models.Model):
    """The saved view with which a person's queue opens."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    view = models.ForeignKey(SavedView, on_delete=models.CASCADE, related_name="+")


class BulkAct(models.TextChoices):
    """What can be done to many incidents at once."""

    TAKE = "take", "取る"
    HAND = "hand", "ほかの人に渡す"
    OBSERVE = "observe", "様子を見ています、にする"
    CLOSE = "close", "完了にする"


class BulkRun(models.Model):
    """One press. `once` comes with the form: a second press of the same form finds this row."""

    firm = models.ForeignKey("organisations.Firm", on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    once = models.CharField(max_length=40)
    act = models.CharField(max_length=10, choices=BulkAct)
    to = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    reason = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField(default=now)
    undone_at = models.DateTimeField(null=True)

    objects = FirmOwnedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "once"], name="bulk_once_per_form"),
        ]


class BulkOutcome(models.TextChoices):
    """What became of one incident in a press."""

    DONE = "done", "済み"
    CHANGED = "changed", "先に変わっていました"
    REFUSED = "refused", "できませんでした"
    WAITS = "waits", "2人目の確認を待っています"
    UNDONE = "undone", "元に戻しました"
    KEPT = "kept", "その後に変わったため、戻していません"


class BulkRow(OrganisationOwned):
    """One incident in a press. `before` is what an undo puts back, while `version` still stands."""

    run = models.ForeignKey(BulkRun, on_delete=models.CASCADE, related_name="rows")
    incident = models.ForeignKey("incidents.Incident", on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=10, choices=BulkOutcome)
    told = models.CharField(max_length=300, blank=True)
    before = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=0)

    partner_sees: ClassVar[Q | None] = ~Q(incident__state__in=_CLOSED)  # as its incident

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "incident"], name="bulk_row_once"),
        ]


class PhoneNote(OrganisationOwned):
    """What to know before ringing this customer. One text per company, with an optimistic lock."""

    text = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField(default=now)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation"], name="phone_note_one_per_company"),
        ]
