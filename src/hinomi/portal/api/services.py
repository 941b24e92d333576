"""Making and stopping keys."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from hinomi.core.errors import HinomiError
from hinomi.portal.access import audit
from hinomi.portal.access.time import now
from hinomi.portal.api.models import AccessKey
from hinomi.portal.api.secrets import drawn, sha256

if TYPE_CHECKING:
    from hinomi.portal.access.actor import Grant
    from hinomi.portal.access.permissions import Permission
    from hinomi.portal.accounts.models import User


class NameTaken(HinomiError):
    """The person has a live key of this name: the button was pressed twice, or it is another."""


@transaction.atomic
def make_key(
    *, user: User, grant: Grant, name: str, permissions: list[Permission], days: int
) -> tuple[AccessKey, str]:
    """A new key and its secret, which nobody can read again."""
    secret = drawn()
    key = AccessKey(
        user=user,
        organisation_id=grant.organisation_id,
        firm_id=grant.firm_id,
        name=name,
        secret_sha256=sha256(secret),
        secret_hint=secret[-4:],
        permissions=sorted(permission.value for permission in permissions),
        expires_at=now() + timedelta(days=days),
    )
    try:
        with transaction.atomic():
            key.save(force_insert=True)
    except IntegrityError as error:
        raise NameTaken(f"{user.pk} has a key {name!r}.") from error
    _audit("make", key)
    return key, secret


@transaction.atomic
def revoke_key(*, user: User, key_id: str) -> bool:
    """Stop the person's key at once; False when it is not theirs or stopped already."""
    mine = AccessKey.objects.of_person(user.pk).filter(pk=key_id, revoked_at=None)
    key = mine.select_for_update().first()
    if key is None:
        return False
    key.revoked_at = now()
    key.save(update_fields=["revoked_at"])
    _audit("revoke", key)
    return True


def _audit(act: str, key: AccessKey) -> None:
    audit.record(
        what=f"api:token:{act}",
        user_id=key.user_id,
        organisation_id=key.organisation_id,
        firm_id=key.firm_id,
        token=key.pk,
        name=key.name,
    )
