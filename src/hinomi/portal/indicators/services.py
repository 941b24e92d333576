"""Lets a held value in: recorded with who, why and until when, then put to use by its own process.

The store is not the portal's database, so the trail is written first: an entry without its effect
can be seen and repeated, an effect without its entry could not.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from hinomi.detect.intel import Kind
from hinomi.pipeline.intel.publish import changing, publish
from hinomi.pipeline.intel.start import start_look_back
from hinomi.portal.access import audit
from hinomi.portal.access.time import configuration, now
from hinomi.store.intel import Allowance

if TYPE_CHECKING:
    from hinomi.portal.accounts.models import User


def allow(*, kind: str, value: str, reason: str, days: int, user: User) -> bool:
    """False when the value is no longer held. Raises HinomiError while an import runs."""
    data, moment = configuration().data, now()
    until = moment + timedelta(days=days)
    audit.record(
        what="indicators:indicator:allow",
        user_id=user.pk,
        kind=kind,
        value=value,
        reason=reason,
        until=until.isoformat(),
    )
    allowance = Allowance(Kind(kind), value, reason=reason, who=user.email, until=until)
    with changing(data) as store:
        is_allowed = store.allow(allowance, now=moment)
    if is_allowed and not start_look_back(data):
        with changing(data) as store:  # no worker ever ran here: nothing to look back into
            publish(store, data=data, now=moment)
    return is_allowed
