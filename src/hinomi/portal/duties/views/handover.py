"""引き継ぎ (S10): what the next one on duty must know, a note, and both signatures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from hinomi.core.errors import UsageError
from hinomi.portal.access.guard import needs, one_or_404
from hinomi.portal.access.permissions import Permission
from hinomi.portal.access.scope import CustomersOf
from hinomi.portal.access.time import now
from hinomi.portal.duties import handovers
from hinomi.portal.duties.alerts import giver, taker
from hinomi.portal.duties.models import Handover

if TYPE_CHECKING:
    from django.http import HttpResponse

    from hinomi.portal.access.guard import PortalRequest


@dataclass(frozen=True, slots=True)
class Shown:
    """One hand-over as the reader sees it."""

    row: Handover
    giver: str
    taker: str
    may_give: bool
    may_take: bool

    @property
    def is_signed(self) -> bool:
        """Whether both signed."""
        return self.row.given_at is not None and self.row.taken_at is not None


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.HANDOVER_SIGN)
def handover(request: PortalRequest) -> HttpResponse:
    """What is open now, and the hand-overs around now."""
    if request.method == "POST" and request.POST.get("handover"):
        return _sign(request)
    return _page(request, status=422 if request.method == "POST" else 200)


def _page(request: PortalRequest, *, note: str = "", status: int = 200) -> HttpResponse:
    moment = now()
    context = {
        "sections": handovers.sections(request.scope, moment),
        "rows": [_shown(row, request) for row in handovers.listed(request.scope, moment)],
        "note": note,
        "moment": moment,
    }
    return render(request, "duties/handover.html", context, status=status)


def _sign(request: PortalRequest) -> HttpResponse:
    written = request.POST.get("handover", "")
    number = int(written) if written.isascii() and written.isdigit() and len(written) < 16 else 0
    row = one_or_404(Handover.objects.all(), request, pk=number)
    note, firms = request.POST.get("note", ""), _firms(request)
    sections = handovers.sections(request.scope, now())
    lines = [[each.text, each.when] for section in sections for each in section.lines]
    try:
        if request.POST.get("side") == "give":
            done = handovers.give(
                row, note=note, user_id=request.user.pk, firm_ids=firms, lines=lines
            )
        else:
            done = handovers.take(row, user_id=request.user.pk, firm_ids=firms, lines=lines)
    except UsageError:
        messages.error(request, "署名できるのは、この引き継ぎの当番の人だけです。")
        return _page(request, note=note, status=422)
    if done:
        messages.success(request, "引き継ぎに署名しました。")
    else:
        messages.info(request, "もう署名があります。何も変えていません。")
    return redirect("handovers")


def _shown(row: Handover, request: PortalRequest) -> Shown:
    firms, user = _firms(request), request.user.pk
    return Shown(
        row=row,
        giver=giver(row),
        taker=taker(row),
        may_give=row.given_at is None
        and (row.from_user_id == user or row.from_partner_id in firms),
        may_take=row.taken_at is None and (row.to_user_id == user or row.to_partner_id in firms),
    )


def _firms(request: PortalRequest) -> list[str]:
    """The firms in whose name the reader acts: a partner's people sign for each other."""
    return [part.firm_id for part in request.scope.parts if isinstance(part, CustomersOf)]
