"""What other parts are told of taught formats: the directory, and whoever registers a source."""

from __future__ import annotations

from django.db.models import F

from hinomi.core.directory import LearnedFormat
from hinomi.portal.formats.models import FormatVersion, TaughtFormat
from hinomi.portal.organisations.services import firms_serving

_WHOLE = "the directory holds every firm's formats"


def all_learned() -> tuple[LearnedFormat, ...]:
    """The version in use of every format that is in use."""
    rows = (
        FormatVersion.objects.across_all(reason=_WHOLE)
        .filter(format__retired_at=None, place=F("format__version"))
        .select_related("format")
        .order_by("format_id")
    )
    return tuple(
        LearnedFormat(
            id=row.format.id,
            firm=row.format.firm_id,
            name=row.format.name,
            definition=row.definition,
        )
        for row in rows
    )


def may_use(format_id: str, organisation_id: str) -> bool:
    """True when a firm that serves the company now taught this format and uses it."""
    return (
        TaughtFormat.objects.across_all(reason="the company's firms are named beside")
        .filter(pk=format_id, retired_at=None, firm__in=firms_serving(organisation_id))
        .exists()
    )
