"""S12 センサー, and the answer to "is it us?"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from hinomi.portal.access.guard import needs, one_or_404
from hinomi.portal.access.permissions import Permission
from hinomi.portal.incidents import mass_silence
from hinomi.portal.incidents.forms import SilenceForm
from hinomi.portal.incidents.models import MassSilence
from hinomi.portal.incidents.queries import sensors as queries
from hinomi.portal.ui import pages

if TYPE_CHECKING:
    from django.http import HttpResponse

    from hinomi.portal.access.guard import PortalRequest

_ROWS = 25  # keeps the page within 25 KB however different the rows are
_ANSWERED = "ほかの人が先に答えたか、もう解消しています。"


@require_safe
@needs(Permission.SENSOR_READ)
def sensors(request: PortalRequest) -> HttpResponse:
    """Who is silent? 20,000 sources are paged, searched and filtered in the database."""
    asked = {name: request.GET.get(name, "").strip()[:100] for name in ("show", "q", "company")}
    filters = queries.filters(request.scope)
    known = {each.key for each in filters}
    chosen = asked["show"] if asked["show"] in known else "trouble"
    rows = queries.sensors(
        request.scope, chosen=chosen, search=asked["q"], company=asked["company"]
    )
    page = pages.page_of(rows, number=pages.asked(request), question=request.GET, size=_ROWS)
    return render(
        request,
        "incidents/sensors.html",
        {
            "page": page,
            "rows": queries.as_rows(request.scope, page.items),
            "filters": filters,
            "chosen": chosen,
            "search": asked["q"],
            "company": asked["company"],
            "questions": queries.open_questions(request.scope),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.SILENCE_ANSWER)
def answer(request: PortalRequest, mass_id: int) -> HttpResponse:
    """Whose fault is it? First what follows from each answer, then the answer."""
    found = one_or_404(MassSilence.objects.all(), request, pk=mass_id)
    if found.answer:
        messages.warning(request, _ANSWERED)
        return redirect("sensors")
    form = SilenceForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        status = 422 if form.is_bound else 200
        context = {"form": form, "question": found}
        return render(request, "incidents/sensors_answer.html", context, status=status)
    done = mass_silence.answer(
        mass=found,
        choice=form.cleaned_data["choice"],
        reason=form.cleaned_data["reason"],
        user=request.user,
    )
    messages.add_message(
        request,
        messages.SUCCESS if done else messages.WARNING,
        "答えを受け付けました。数秒で実行します。" if done else _ANSWERED,
    )
    return redirect("sensors")
