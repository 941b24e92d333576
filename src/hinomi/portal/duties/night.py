"""What was agreed with a company about its nights, and when it is night there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from hinomi.business import night as rules
from hinomi.business.night import Hours, NightAct, Rung
from hinomi.core.errors import UsageError
from hinomi.portal.access import audit
from hinomi.portal.duties.models import NightTerms
from hinomi.portal.duties.values import NightPromise
from hinomi.portal.organisations.calendars import calendar_of
from hinomi.portal.organisations.models import Organisation
from hinomi.portal.ui.visible import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime, time


def night_promise(organisation_id: str) -> NightPromise:
    """What holds for the company's nights now."""
    terms = newest(organisation_id)
    calendar = calendar_of(organisation_id)
    if terms is None:
        nothing: frozenset[NightAct] = frozenset()
        return NightPromise(
            nothing, Rung.EVERYBODY, None, "", calendar.opens, calendar.closes, None, ""
        )
    return NightPromise(
        acts=frozenset(map(NightAct, terms.acts)),
        rung=Rung(terms.rung),
        rung_until=terms.rung_until,
        waits=terms.waits,
        opens=terms.opens or calendar.opens,
        closes=terms.closes or calendar.closes,
        agreed_on=terms.agreed_on,
        agreed_by=terms.agreed_by,
    )


def is_night(organisation_id: str, moment: datetime) -> bool:
    """True outside the hours agreed with the company and on its closed days: nobody is there."""
    promise = night_promise(organisation_id)
    hours = Hours(promise.opens, promise.closes)
    return rules.is_night(calendar_of(organisation_id), moment, hours=hours)


def may_ring(organisation_id: str, moment: datetime) -> bool:
    """Whether anybody of the company may be rung now: always by day, at night as agreed."""
    if not is_night(organisation_id, moment):
        return True
    promise = night_promise(organisation_id)
    at = calendar_of(organisation_id).local(moment).time()
    return promise.rung is not Rung.NOBODY and rules.may_ring(
        at=at, until=promise.rung_until, opens=promise.opens
    )


def newest(organisation_id: str) -> NightTerms | None:
    """The version that holds."""
    return NightTerms.objects.of(organisation_id).order_by("-pk").first()


def history(organisation_id: str) -> list[NightTerms]:
    """Every version, newest first."""
    rows = NightTerms.objects.of(organisation_id).select_related("recorded_by")
    return list(rows.order_by("-pk"))


@transaction.atomic
def record(
    *,
    organisation_id: str,
    acts: Iterable[NightAct],
    rung: Rung,
    rung_until: time | None,
    waits: str,
    opens: time | None,
    closes: time | None,
    agreed_on: date,
    agreed_by: str,
    user_id: int | None,
) -> NightTerms:
    """A new version, as the customer agreed to it. The same once more (a double click) adds none.
    Raises UsageError."""
    if not one_line(agreed_by):
        raise UsageError("Night terms need the name of who agreed.")
    if (opens is None) != (closes is None) or (opens and closes and opens >= closes):
        raise UsageError("Hours need a beginning and a later end.", advice="e.g. 8:30 to 18:00")
    Organisation.objects.of(organisation_id).select_for_update().get()
    said = {
        "acts": sorted(each.value for each in acts),
        "rung": rung.value,
        "rung_until": rung_until,
        "waits": waits.strip(),
        "opens": opens,
        "closes": closes,
        "agreed_on": agreed_on,
        "agreed_by": one_line(agreed_by),
    }
    present = newest(organisation_id)
    if present and all(getattr(present, name) == value for name, value in said.items()):
        return present
    terms = NightTerms.objects.of(organisation_id).create(
        organisation_id=organisation_id, recorded_by_id=user_id, **said
    )
    audit.record(
        what="duties:night:record",
        user_id=user_id,
        organisation_id=organisation_id,
        terms=terms.pk,
        acts=" ".join(said["acts"]),  # type: ignore[arg-type]
    )
    return terms
