"""Keys of programs: each is one person's, for one company or for one firm's customers."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from hinomi.portal.access.identifiers import draw
from hinomi.portal.access.owned import ScopedQuerySet
from hinomi.portal.access.time import now


def draw_key_id() -> str:
    """A new key's id."""
    return draw("key")


class KeysQuerySet(ScopedQuerySet["AccessKey"]):
    """A key is read by its person, or by who holds the secret."""

    def of_person(self, user_id: int) -> Self:
        """Only the keys that this person made."""
        return self._scoped().filter(user_id=user_id)

    def with_secret(self, sha256: str) -> Self:
        """The key whose secret has this hash."""
        return self._scoped().filter(secret_sha256=sha256)


class AccessKey(models.Model):
    """The secret is never stored, only its hash and last four characters. `permissions` are what
    the person gave it; what it may now is never more than the person may now."""

    id = models.CharField(primary_key=True, max_length=40, default=draw_key_id, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(
        "organisations.Organisation", null=True, on_delete=models.PROTECT, related_name="+"
    )
    firm = models.ForeignKey(
        "organisations.Firm", null=True, on_delete=models.PROTECT, related_name="+"
    )
    name = models.CharField(max_length=60)
    secret_sha256 = models.CharField(max_length=64, unique=True)
    secret_hint = models.CharField(max_length=4)
    permissions = models.JSONField(default=list)
    created_at = models.DateTimeField(default=now)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    objects = KeysQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(organisation=None) ^ Q(firm=None), name="access_key_one_tenant"
            ),
            models.UniqueConstraint(
                fields=["user", "name"], condition=Q(revoked_at=None), name="access_key_name_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name
