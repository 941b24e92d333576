"""Whether an article helped: 「これで分かりましたか」, once per person and article."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from hinomi.portal.access.owned import OrganisationOwned
from hinomi.portal.access.time import now


class Helped(OrganisationOwned):
    """One person's newest はい or いいえ about one article and its version."""

    article = models.CharField(max_length=40)
    version = models.PositiveIntegerField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    is_clear = models.BooleanField()
    at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "article", "user"], name="helped_once_per_person"
            ),
        ]
        indexes = [models.Index(fields=["article", "is_clear"], name="helped_counts")]
