"""An exception begins and ends: one transaction with its audit entry, and the directory is told."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from hinomi.core.errors import HinomiError, UsageError
from hinomi.detect.exceptions import ExceptionRule
from hinomi.normalise import aliases_by_shape
from hinomi.portal.access import audit
from hinomi.portal.access.time import now
from hinomi.portal.accounts.models import User
from hinomi.portal.exceptions.models import RuleException
from hinomi.portal.organisations.models import Membership
from hinomi.portal.organisations.services import (
    UnknownThing,
    find_firm,
    find_organisation,
    firms_serving,
    mark_directory_changed,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

MOST_DAYS = 180


class ReviewedMeanwhile(HinomiError):
    """Somebody else ended or renewed it since the page was opened."""


_WHO = "only whether this person works for the firm is asked"


@transaction.atomic
def add_exception(
    *,
    document: str,
    path: str,
    organisation_id: str = "",
    firm_id: str = "",
    owner_mail: str,
    reason: str,
    days: int,
) -> RuleException:
    """For one company, or for all that a firm serves. The same document for the same place that
    holds already gives that one. Raises RuleRefused, UsageError or UnknownThing."""
    if not 1 <= days <= MOST_DAYS:
        raise UsageError(
            f"An exception holds 1 to {MOST_DAYS} days.", advice="When it ends, look at it again."
        )
    if not reason.strip():
        raise UsageError("An exception needs a reason.", advice="--reason TEXT")
    if bool(organisation_id) == bool(firm_id):
        raise UsageError("An exception is for one company or for one firm's customers.")
    rule = ExceptionRule(document, path=path, aliases=aliases_by_shape())
    place = _place(organisation_id, firm_id)
    owner = _owner(owner_mail, place)
    digest = hashlib.sha256(document.encode()).hexdigest()
    live = RuleException.objects.across_all(reason="the same one is looked for")
    same = live.filter(**place, digest=digest, ended_at=None, until__gt=now()).first()
    if same is not None:
        return same
    moment = now()
    made = RuleException.objects.create(
        **place,
        title=rule.filter.title[:200],
        rules=sorted(rule.rule_ids),
        document=document,
        digest=digest,
        owner=owner,
        reason=reason.strip()[:500],
        since=moment,
        until=moment + timedelta(days=days),
    )
    audit.record(what="exceptions:add", user_id=owner.pk, exception=made.id, days=days, **place)
    mark_directory_changed()
    return made


@transaction.atomic
def end_exception(*, exception_id: str) -> RuleException:
    """From now on its rules are told again. Ending twice changes nothing."""
    rows = RuleException.objects.across_all(reason="a command names it by its id")
    found = rows.select_for_update().filter(pk=exception_id).first()
    if found is None:
        raise UnknownThing(
            f"There is no exception {exception_id}.", advice="`hinomi rules exceptions list`."
        )
    if found.ended_at is None and found.until > now():
        found.ended_at = now()
        found.save(update_fields=["ended_at"])
        audit.record(
            what="exceptions:end",
            user_id=None,
            exception=found.id,
            organisation_id=found.organisation_id,
            firm_id=found.firm_id,
        )
        mark_directory_changed()
    return found


@transaction.atomic
def review(
    *, exception: RuleException, seen_until: datetime, days: int, reason: str, user: User
) -> RuleException:
    """Look at it again: it holds `days` from now, 0 ends it. `seen_until` is the end the person
    saw. Raises ReviewedMeanwhile or UsageError."""
    if not 0 <= days <= MOST_DAYS:
        raise UsageError(f"An exception holds 1 to {MOST_DAYS} days; 0 ends it.")
    if not reason.strip():
        raise UsageError("Looking at an exception again needs a reason.")
    rows = RuleException.objects.across_all(reason="the row was read in a scope")
    row = rows.select_for_update().get(pk=exception.pk)
    if row.ended_at is not None or row.until != seen_until:
        raise ReviewedMeanwhile(f"{row.id} was looked at meanwhile.")
    moment = now()
    if days:
        row.until = moment + timedelta(days=days)
    else:
        row.ended_at = moment
    row.save(update_fields=["until", "ended_at"])
    until = row.until if days else None
    row.reviews.create(by=user, at=moment, reason=reason.strip()[:500], until=until)
    audit.record(
        what=f"exceptions:{'renew' if days else 'end'}",
        user_id=user.pk,
        exception=row.id,
        days=days,
        organisation_id=row.organisation_id,
        firm_id=row.firm_id,
    )
    mark_directory_changed()
    return row


def _place(organisation_id: str, firm_id: str) -> Mapping[str, str]:
    if firm_id:
        return {"firm_id": find_firm(firm_id).id}
    return {"organisation_id": find_organisation(organisation_id).id}


def _owner(mail: str, place: Mapping[str, str]) -> User:
    """Who answers for it: staff of the firm, or of a firm that serves the company."""
    user = User.objects.filter(email=mail.strip().lower()).first()
    if user is None:
        raise UnknownThing(f"Nobody here has the address {mail}.", advice="`hinomi user add`.")
    firms = [place["firm_id"]] if "firm_id" in place else firms_serving(place["organisation_id"])
    staff = Membership.objects.across_all(reason=_WHO).filter(user=user, firm__in=firms)
    if not staff.exists():
        raise UsageError(
            f"{mail} does not work for a firm that serves here.",
            advice="The owner of an exception is staff of the provider.",
        )
    return user
