"""The audit trail: who did what to whose data, appended in the same transaction as the act.

Rows are written by `audit.record` only and never changed: the database refuses it (`sealing`), and
a chain of hashes shows it (`chain`)."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from hinomi.portal.access.time import now


class AuditEntry(models.Model):
    """One act. `what` is a permission-like code (`sources:source:revoke`); `detail` names the
    thing by id and holds no secret and no customer text. `user` None means a command."""

    at = models.DateTimeField(default=now)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    what = models.CharField(max_length=80)
    organisation = models.ForeignKey(
        "organisations.Organisation", null=True, on_delete=models.PROTECT, related_name="+"
    )
    firm = models.ForeignKey(
        "organisations.Firm", null=True, on_delete=models.PROTECT, related_name="+"
    )
    detail = models.JSONField(default=dict)
    # No place: written by an older version, linked at the next start (`chain.take_in_unlinked`).
    sequence = models.PositiveBigIntegerField(null=True, unique=True)
    previous_hash = models.CharField(max_length=64, db_default="")
    hash = models.CharField(max_length=64, db_default="")

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "at"], name="audit_organisation_at"),
            models.Index(fields=["user", "sequence"], name="audit_user"),
            models.Index(fields=["what", "sequence"], name="audit_what"),
        ]
