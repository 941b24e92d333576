"""書類と期限 of one case: 認知, the legal clocks, what was handed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from hinomi.business.legal_clocks import Breach, Clock
from hinomi.portal.access.guard import needs, one_or_404
from hinomi.portal.access.permissions import Permission
from hinomi.portal.access.time import now
from hinomi.portal.incidents.models import Incident
from hinomi.portal.papers import queries, services
from hinomi.portal.papers.forms import DeliveryForm, RecognitionForm
from hinomi.portal.papers.kinds import KINDS, kind_of
from hinomi.portal.papers.law import law
from hinomi.portal.papers.offices import offices

if TYPE_CHECKING:
    from django import forms
    from django.http import HttpResponse

    from hinomi.portal.access.guard import PortalRequest

_NOT_YET = "まだ来ていない時刻です。起きた時刻を入力してください。"


@require_safe
@needs(Permission.PAPER_WORK)
def papers(request: PortalRequest, number: str) -> HttpResponse:
    """The clocks and papers of the case."""
    return _page(request, incident_of(request, number))


@require_POST
@needs(Permission.PAPER_WORK)
def recognise(request: PortalRequest, number: str) -> HttpResponse:
    """Write 認知. A later row holds; the earlier ones stay."""
    found = incident_of(request, number)
    form = RecognitionForm(request.POST)
    if not form.is_valid():
        return _page(request, found, known=form)
    said = form.cleaned_data
    known = services.Known(
        at=said["at"],
        known_by=said["known_by"],
        reason=said["reason"],
        breach=Breach(said["breach"]),
    )
    try:
        services.recognise(incident=found, known=known, seen=said["seen"], user=request.user)
    except services.NotYet:
        form.add_error("at", _NOT_YET)
        return _page(request, found, known=form)
    except services.ChangedMeanwhile:
        return _page(request, found, known=_once_more(request, found))
    messages.success(request, "知った時刻を記録しました。")
    return redirect("papers", number=found.number)


@require_POST
@needs(Permission.PAPER_WORK)
def deliver(request: PortalRequest, number: str) -> HttpResponse:
    """A report was handed in, or was not after all."""
    found = incident_of(request, number)
    if "withdraw" in request.POST:
        return _withdraw(request, found)
    form = DeliveryForm(request.POST)
    if not form.is_valid():
        return _page(request, found, delivery=form)
    said = form.cleaned_data
    try:
        services.deliver(
            incident=found,
            clock=Clock(said["clock"]),
            at=said["delivered_at"],
            receipt=said["receipt"],
            user=request.user,
        )
    except services.NotYet:
        form.add_error("delivered_at", _NOT_YET)
        return _page(request, found, delivery=form)
    messages.success(request, "提出を記録しました。")
    return redirect("papers", number=found.number)


def incident_of(request: PortalRequest, number: str) -> Incident:
    """The case of the address, or 404."""
    return one_or_404(Incident.objects.select_related("organisation"), request, number=number)


def _once_more(request: PortalRequest, found: Incident) -> RecognitionForm:
    """What was typed, over the row that came meanwhile: the next press is meant."""
    typed = request.POST.copy()
    typed["seen"] = str(queries.recognitions(found)[0].place)
    form = RecognitionForm(typed)
    form.add_error(
        None, "開いている間に、ほかの人が書きました。記録を確かめ、よければもう一度押してください。"
    )
    return form


def _withdraw(request: PortalRequest, found: Incident) -> HttpResponse:
    given = request.POST["withdraw"]
    if given in list(Clock) and services.withdraw(
        incident=found, clock=Clock(given), user=request.user
    ):
        messages.success(request, "提出の記録を取り消しました。期限をまた数えます。")
    else:
        messages.info(request, "提出の記録はありません。何も変えていません。")
    return redirect("papers", number=found.number)


def _page(
    request: PortalRequest,
    found: Incident,
    *,
    known: forms.Form | None = None,
    delivery: forms.Form | None = None,
) -> HttpResponse:
    rows = queries.recognitions(found)
    seen = rows[0].place if rows else 0
    failed = known or delivery
    context = {
        "incident": found,
        "recognitions": rows,
        "clocks": queries.clocks(found, now()),
        "law": law(),
        "offices": offices(),
        "papers": [(name, kind_of(name).title) for name in KINDS],
        "form": known or RecognitionForm(initial={"seen": seen}),
        "delivery": delivery or DeliveryForm(initial={"delivered_at": now()}),
        "failed": failed,
    }
    return render(request, "papers/papers.html", context, status=422 if failed else 200)
