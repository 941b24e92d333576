"""When somebody knew of a leak, which reports were handed in, and what people write in papers."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from hinomi.business.legal_clocks import Breach, Clock
from hinomi.portal.access.owned import OrganisationOwned
from hinomi.portal.access.time import now
from hinomi.portal.incidents.models import Incident

BREACHES = [
    (Breach.UNLAWFUL.value, "不正な目的によるもの（不正アクセス、ウイルスなど）"),
    (Breach.OTHER.value, "そのほかの漏えい（要配慮情報、財産の被害、1,000人を超えるもの）"),
    (Breach.UNKNOWN.value, "まだ分からない（短いほうの期限で数えます）"),
    (Breach.NONE.value, "個人データに関係しない（期限を数えません）"),
]
_CLOCKS = [(clock.value, clock.ja) for clock in Clock]


class Recognition(OrganisationOwned):
    """認知: when the company knew, who knew it, and why that time is right. Rows are only added;
    the last `place` holds, so that a moved clock shows who moved it and why."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="+")
    place = models.PositiveIntegerField()
    at = models.DateTimeField()
    known_by = models.CharField(max_length=200)
    reason = models.CharField(max_length=500)
    breach = models.CharField(max_length=10, choices=BREACHES)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    recorded_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["incident", "place"], name="recognition_order"),
        ]


class Delivery(OrganisationOwned):
    """A report was handed in: its clock stands still. One that was noted by mistake is withdrawn,
    and the clock runs again."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="+")
    clock = models.CharField(max_length=10, choices=_CLOCKS)
    at = models.DateTimeField()
    receipt = models.CharField(max_length=200, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    recorded_at = models.DateTimeField(default=now)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "clock"],
                condition=models.Q(withdrawn_at=None),
                name="delivery_once",
            ),
        ]


class Draft(OrganisationOwned):
    """What people wrote in the fields of one paper of a case. 「案」 until `settled_at`; `version`
    grows with every change of words."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20)
    fields = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=1)
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    saved_at = models.DateTimeField(default=now)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["incident", "kind"], name="paper_once"),
        ]
