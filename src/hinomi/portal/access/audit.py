"""Writes the audit trail. Call inside the transaction of the act."""

from __future__ import annotations

from hinomi.portal.access.models import AuditEntry


def record(
    *,
    what: str,
    user_id: int | None,
    organisation_id: str | None = None,
    firm_id: str | None = None,
    **detail: str | int,
) -> None:
    """One act. `user_id` None: a command at the provider's machine. No secret in `detail`."""
    AuditEntry.objects.create(
        what=what,
        user_id=user_id,
        organisation_id=organisation_id,
        firm_id=firm_id,
        detail=detail,
    )
