"""For the scenery: sources as the bell saw them, a try that came back and one that is out."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from hinomi.portal.access.time import configuration, now
from hinomi.portal.incidents.models import MassSilence
from hinomi.portal.organisations.calendars import add_special_days
from hinomi.portal.sources.looking import look
from hinomi.portal.sources.tries import make_try
from hinomi.store.pipeline import FILE_NAME, PipelineReader

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.portal.organisations.models import Firm, Organisation
    from hinomi.portal.sources.models import Source


def look_at_sources(
    firm: Firm, company: Organisation, sources: Mapping[str, Source], *, long: str
) -> int:
    """One source was tried, one is being tried, and the firm is asked about a mass of silences;
    returns the question's id."""
    with PipelineReader(configuration().data / FILE_NAME) as reader:
        look(reader)
    tried = sources["fortigate"]
    tried.started_at = tried.tried_at = now() - timedelta(days=3)
    tried.save(update_fields=["started_at", "tried_at"])
    done = make_try(source=tried)
    done.seen_at = done.ended_at = tried.tried_at
    done.save(update_fields=["seen_at", "ended_at"])
    make_try(source=sources["linux"])
    add_special_days(
        organisation_id=company.id,
        first=(now() + timedelta(days=30)).date(),
        last=(now() + timedelta(days=33)).date(),
        name=long,
        is_open=False,
        user_id=None,
    )
    return MassSilence.objects.create(firm=firm, silent=31, judged=412).pk
