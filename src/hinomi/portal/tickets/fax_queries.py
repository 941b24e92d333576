"""FAXes that came in, for whoever reads them: of the firm, but for companies it serves no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from hinomi.portal.tickets.models import FaxReturn

if TYPE_CHECKING:
    from hinomi.portal.access.owned import ScopedQuerySet
    from hinomi.portal.access.scope import Scope

WHY_NOT = {
    "no_file": "何も付いていません",
    "empty": "付いていたものに中身がありません",
    "too_large": "大きすぎて、開いていません",
    "other_kind": "FAXの紙（PDFかTIFF）ではありません",
    "broken": "こわれていて、絵にできません",
    "too_many": "1時間に届いたFAXが多すぎるため、開いていません",
    "too_many_parts": "部分が多すぎて、開いていません",
    "broken_mail": "メールがこわれていて、読めません",
}


def faxes(scope: Scope) -> ScopedQuerySet[FaxReturn]:
    """All of them."""
    rows = FaxReturn.objects.within(scope).filter(Q(organisation=None) | scope.condition())
    return rows.select_related("organisation", "incident__organisation", "ticket", "read_by")


def unread(scope: Scope) -> ScopedQuerySet[FaxReturn]:
    """Those nobody read yet, who waits longest first."""
    return faxes(scope).filter(read_at=None).order_by("at", "pk")


def done(scope: Scope) -> ScopedQuerySet[FaxReturn]:
    """Those somebody read, newest first."""
    return faxes(scope).exclude(read_at=None).order_by("-read_at", "-pk")
