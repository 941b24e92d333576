"""Letters that a person may see: of companies the firm serves now, and the firm's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from hinomi.business.message_costs import JST
from hinomi.portal.ways.models import Letter

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

    from hinomi.portal.access.scope import Scope

_MOST = 200
_LAST = 20


def waiting(scope: Scope) -> list[Letter]:
    """Not yet posted, oldest first."""
    rows = _within(scope).filter(posted_at=None)
    return list(rows.order_by("created_at", "pk").select_related("organisation")[:_MOST])


def posted(scope: Scope) -> list[Letter]:
    """The last ones that were brought away."""
    rows = _within(scope).filter(posted_at__isnull=False).select_related("organisation")
    return list(rows.order_by("-posted_at", "-pk").select_related("posted_by")[:_LAST])


def one(scope: Scope, letter_id: int) -> Letter | None:
    """None for one that does not exist here."""
    return _within(scope).filter(pk=letter_id).first()


def local(moment: datetime) -> datetime:
    """As a date in Japan."""
    return moment.astimezone(JST)


def _within(scope: Scope) -> QuerySet[Letter]:
    return Letter.objects.within(scope).filter(Q(organisation=None) | scope.condition())
