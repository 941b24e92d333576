"""約束の電話: whom the firm promised a call until when, and noting that it was made."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from hinomi.portal.access.guard import needs, one_or_404
from hinomi.portal.access.permissions import Permission
from hinomi.portal.access.time import now
from hinomi.portal.duties import services
from hinomi.portal.duties.models import Booking
from hinomi.portal.ui import pages

if TYPE_CHECKING:
    from django.http import HttpResponse

    from hinomi.portal.access.guard import PortalRequest

_SHOWN_BACK = timedelta(days=7)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.PROMISE_KEEP)
def promises(request: PortalRequest) -> HttpResponse:
    """Open promises, soonest first."""
    if request.method == "POST" and request.POST.get("booking"):
        return _keep(request)
    moment = now()
    rows = Booking.objects.within(request.scope).filter(
        kept_at=None, dropped_at=None, promised_at__gt=moment - _SHOWN_BACK
    )
    listed = rows.select_related("organisation", "user").order_by("promised_at", "pk")
    page = pages.page_of(listed, number=pages.asked(request), question=request.GET, size=50)
    context = {
        "page": page,
        "rows": [
            (row, row.promised_at < moment, row.user_id == request.user.pk) for row in page.items
        ],
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "duties/promises.html", context, status=status)


def _keep(request: PortalRequest) -> HttpResponse:
    written = request.POST.get("booking", "")
    number = int(written) if written.isascii() and written.isdigit() and len(written) < 16 else 0
    row = one_or_404(Booking.objects.select_related("organisation"), request, pk=number)
    if services.keep(row, user_id=request.user.pk):
        messages.success(request, f"{row.organisation.name}に電話したことを記録しました。")
    else:
        messages.info(request, "もう記録があります。何も変えていません。")
    return redirect("promises")
