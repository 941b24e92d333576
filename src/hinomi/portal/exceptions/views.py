"""例外: what is left alone, by whom, why, until when; and 見直す."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from hinomi.portal.access.guard import needs, one_or_404
from hinomi.portal.access.permissions import Permission
from hinomi.portal.exceptions.forms import DAYS, ReviewForm
from hinomi.portal.exceptions.models import RuleException
from hinomi.portal.exceptions.queries import FILTERS, page_rows
from hinomi.portal.exceptions.services import ReviewedMeanwhile, review
from hinomi.portal.ui import pages

if TYPE_CHECKING:
    from django.http import HttpResponse

    from hinomi.portal.access.guard import PortalRequest


@require_safe
@needs(Permission.EXCEPTION_READ)
def exceptions(request: PortalRequest) -> HttpResponse:
    """All that the person's companies and firm have, by how they stand."""
    return _page(request, status=200)


@require_POST
@needs(Permission.EXCEPTION_WRITE)
def review_exception(request: PortalRequest) -> HttpResponse:
    """Renew or end one, with a reason."""
    form = ReviewForm(request.POST)
    asked = request.POST.get("exception", "")[:40]
    found = one_or_404(RuleException.objects.all(), request, pk=asked) if asked else None
    if found is None or not form.is_valid():
        for faults in form.errors.as_data().values():
            messages.error(request, str(faults[0].message))
        return _page(request, status=422)
    given = form.cleaned_data
    try:
        review(
            exception=found,
            seen_until=given["seen_until"],
            days=int(given["days"]),
            reason=given["reason"],
            user=request.user,
        )
        messages.success(
            request, "例外を続けます。" if int(given["days"]) else "例外を終わらせました。"
        )
    except ReviewedMeanwhile:
        messages.warning(request, "先に見直されています。いまの期限を確かめてください。")
    return redirect("exceptions")


def _page(request: PortalRequest, *, status: int) -> HttpResponse:
    chosen, search = request.GET.get("show", "holds"), request.GET.get("q", "").strip()[:100]
    rows = page_rows(request.scope, chosen=chosen, search=search)
    context = {
        "page": pages.page_of(rows, number=pages.asked(request), question=request.GET),
        "filters": list(FILTERS.items()),
        "chosen": chosen if chosen in FILTERS else "holds",
        "search": search,
        "days": DAYS,
        "typed": request.POST.get("reason", ""),
        "typed_for": request.POST.get("exception", ""),
    }
    return render(request, "exceptions/exceptions.html", context, status=status)
