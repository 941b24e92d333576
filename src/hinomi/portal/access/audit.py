"""Writes the audit trail. Call inside the transaction of the act, as its last step: from here to
the commit nobody else can write one."""

from __future__ import annotations

from hinomi.portal.access.chain import append
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
    append(
        AuditEntry(
            what=what,
            user_id=user_id,
            organisation_id=organisation_id,
            firm_id=firm_id,
            detail={name: _storable(value) for name, value in detail.items()},
        )
    )


def _storable(value: str | int) -> str | int:
    """As every engine gives it back: the hash is over what is stored (no zero byte, no half of a
    character, and an enum's value instead of the enum)."""
    if not isinstance(value, str):
        return value
    return str(value).replace("\0", "\u2400").encode("utf-8", "replace").decode()
