"""Writes the papers of a case: fields kept with a version, settled by a named person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from hinomi.portal.access import audit
from hinomi.portal.access.time import now
from hinomi.portal.incidents.opening import locked
from hinomi.portal.papers.models import Draft
from hinomi.portal.papers.services import ChangedMeanwhile

if TYPE_CHECKING:
    from hinomi.portal.accounts.models import User
    from hinomi.portal.incidents.models import Incident


def draft_of(incident: Incident, kind: str) -> Draft | None:
    """What is written of one paper."""
    rows = Draft.objects.of(incident.organisation_id).filter(incident=incident, kind=kind)
    return rows.select_related("saved_by", "settled_by").first()


@transaction.atomic
def save(*, incident: Incident, kind: str, fields: dict[str, str], seen: int, user: User) -> Draft:
    """Keep the fields as a draft. Raises ChangedMeanwhile when another version came since, unless
    it says the same; other words make a settled paper a draft again."""
    row = locked(incident.organisation_id, incident.pk)
    draft = draft_of(row, kind)
    if draft is not None and draft.fields == fields:
        return draft
    if (draft.version if draft else 0) != seen:
        raise ChangedMeanwhile("The paper was written meanwhile.")
    draft = draft or Draft(organisation_id=row.organisation_id, incident=row, kind=kind)
    draft.fields, draft.version = fields, seen + 1
    draft.saved_by, draft.saved_at = user, now()
    draft.settled_by = draft.settled_at = None
    draft.save()
    _audit("paper:save", row, user, kind)
    return draft


@transaction.atomic
def settle(*, incident: Incident, kind: str, seen: int, user: User) -> Draft:
    """The paper is no draft any more, in this version. Twice is once."""
    row = locked(incident.organisation_id, incident.pk)
    draft = draft_of(row, kind)
    if draft is None or draft.version != seen:
        raise ChangedMeanwhile("The paper was written meanwhile.")
    if draft.settled_at is None:
        draft.settled_by, draft.settled_at = user, now()
        draft.save(update_fields=["settled_by", "settled_at"])
        _audit("paper:settle", row, user, kind)
    return draft


def _audit(act: str, row: Incident, user: User, kind: str) -> None:
    audit.record(
        what=f"papers:{act}",
        user_id=user.pk,
        organisation_id=row.organisation_id,
        incident=row.number,
        paper=kind,
    )
