"""Changes of rule packs by a person at the console: the same acts as `hinomi rules pack`.

The packs' state is not the portal's database, so the trail is written first: an entry without its
effect can be seen and repeated, an effect without its entry could not.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from hinomi.pipeline.packs import acts
from hinomi.pipeline.packs.state import Verb
from hinomi.portal.access import audit
from hinomi.portal.access.time import configuration, now

if TYPE_CHECKING:
    from hinomi.portal.accounts.models import User


def promote(*, user: User) -> None:
    """The version on trial, for all companies. Raises HinomiError when nothing is on trial."""
    audit.record(what="rules:pack:promote", user_id=user.pk)
    acts.promote(configuration(), who=user.email)


def roll_back(*, pack: str, user: User) -> str:
    """The version in use from now on, "" for none. Raises HinomiError."""
    audit.record(what="rules:pack:rollback", user_id=user.pk, pack=pack)
    return acts.roll_back(configuration(), pack, who=user.email).use(pack).active


def decide(*, rule_id: str, verb: str, reason: str, days: int, user: User) -> None:
    """Resume, or keep for so many days. Raises HinomiError when the rule is not held."""
    until = now() + timedelta(days=days) if verb == Verb.KEEP else None
    audit.record(
        what=f"rules:rule:{verb}",
        user_id=user.pk,
        rule=rule_id,
        reason=reason,
        until=until.isoformat() if until else "",
    )
    acts.decide(
        configuration(), rule_id, verb=Verb(verb), reason=reason, until=until, who=user.email
    )
