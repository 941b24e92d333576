"""いま (O1): which promise breaks next, and who is on duty. Answered at first glance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.views.decorators.http import require_safe

from hinomi.portal.access.guard import acting_firm, needs
from hinomi.portal.access.permissions import Permission
from hinomi.portal.boards.queries import board
from hinomi.portal.ui import live

if TYPE_CHECKING:
    from django.http import HttpResponse

    from hinomi.portal.access.guard import PortalRequest


@require_safe
@needs(Permission.NOW_READ)
def present(request: PortalRequest) -> HttpResponse:
    """The whole page, or to a polling browser its part: 304 while it would look the same."""
    view = board(request.scope, firm_id=acting_firm(request), user_id=request.user.pk)
    if live.is_part(request):
        minute = view.moment.replace(second=0, microsecond=0)
        shown = (view.lines, view.counts, view.duty, view.parts, view.rates, view.is_old, minute)
        return live.part(
            request,
            "boards/board.html",
            version=(request.user.pk, shown),
            context=lambda: {"view": view},
        )
    return render(request, "boards/now.html", {"view": view})
