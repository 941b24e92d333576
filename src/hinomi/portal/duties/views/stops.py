"""止めてよいもの: the sheet, writing it, the company's agreement, the paper."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hinomi.pipeline.report.paper import render_paper
from hinomi.portal.access.guard import needs, one_or_404
from hinomi.portal.access.permissions import Permission
from hinomi.portal.duties import stops
from hinomi.portal.duties.stop_forms import LineForms, SeenForm
from hinomi.portal.duties.stop_paper import stop_paper
from hinomi.portal.organisations.models import Organisation
from hinomi.portal.ui.visible import one_line

if TYPE_CHECKING:
    from django.forms import BaseFormSet

    from hinomi.business.stopping import StopLine
    from hinomi.portal.access.guard import PortalRequest
    from hinomi.portal.duties.models import StopSheet
    from hinomi.portal.duties.stop_forms import LineForm

_CHANGED = "ほかの人が先に変えました。いまの内容を確かめてから、もう一度行ってください。"


@require_safe
@needs(Permission.STOP_READ)
def stop_sheet(request: PortalRequest, organisation_id: str) -> HttpResponse:
    """What was agreed, and a newer proposal where there is one."""
    company = _company(request, organisation_id)
    last, holds = stops.newest(company.id), stops.holding(company.id)
    proposal = last if last is not None and last.agreed_at is None else None
    context = {
        "company": company,
        "holds": holds,
        "agreed": stops.lines_of(holds) if holds else [],
        "proposal": proposal,
        "proposed": stops.lines_of(proposal) if proposal else [],
        "older": stops.agreements(company.id)[1:],
    }
    return render(request, "duties/stops.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.STOP_WRITE)
def stop_write(request: PortalRequest, organisation_id: str) -> HttpResponse:
    """Prepare a version. The old agreement holds until the company agrees anew."""
    company = _company(request, organisation_id)
    last = stops.newest(company.id)
    if request.method != "POST":
        rows = [_typed(each) for each in stops.lines_of(last)] if last else []
        return _page(request, company, LineForms(initial=rows), last)
    forms, seen = LineForms(request.POST), SeenForm(request.POST)
    if not forms.is_valid() or not seen.is_valid():
        return _page(request, company, forms, last, status=422)
    lines = [line for form in forms if (line := form.line()) is not None]
    try:
        stops.prepare(
            organisation_id=company.id,
            lines=lines,
            seen=seen.cleaned_data["seen"],
            user_id=request.user.pk,
        )
    except stops.ChangedMeanwhile:
        messages.warning(request, _CHANGED)
        return _page(request, company, forms, last, status=409)
    messages.success(request, "案を保存しました。会社の人が同意すると、使い始めます。")
    return redirect("stop_sheet", organisation_id=company.id)


@require_POST
@needs(Permission.STOP_AGREE)
def stop_agree(request: PortalRequest, organisation_id: str) -> HttpResponse:
    """Somebody of the company agrees to what stands there."""
    company = _company(request, organisation_id)
    seen = SeenForm(request.POST)
    try:
        stops.agree(
            organisation_id=company.id,
            seen=seen.cleaned_data["seen"] if seen.is_valid() else 0,
            user=request.user,
        )
        messages.success(request, "同意を受け取りました。これからは、この内容で止めます。")
    except stops.ChangedMeanwhile:
        messages.warning(request, _CHANGED)
    except stops.NothingToAgree:
        messages.warning(request, "まだ何も書いていないため、同意できません。")
    return redirect("stop_sheet", organisation_id=company.id)


@require_safe
@needs(Permission.STOP_READ)
def stop_pdf(request: PortalRequest, organisation_id: str) -> HttpResponse:
    """The paper: what holds, or with `proposal` what waits for agreement."""
    company = _company(request, organisation_id)
    wanted = stops.newest if "proposal" in request.GET else stops.holding
    sheet = wanted(company.id)
    if sheet is None:
        raise Http404
    body = render_paper(stop_paper(company, sheet))
    answer = HttpResponse(body, content_type="application/pdf")
    answer["Content-Disposition"] = 'inline; filename="stops.pdf"'
    answer["Cache-Control"] = "private, no-store"
    return answer


def _typed(line: StopLine) -> dict[str, object]:
    """The line as its boxes show it: a box hides what does not print, so none gets it."""
    values = asdict(line).items()
    return {name: one_line(value) if isinstance(value, str) else value for name, value in values}


def _page(
    request: PortalRequest,
    company: Organisation,
    forms: BaseFormSet[LineForm],
    last: StopSheet | None,
    *,
    status: int = 200,
) -> HttpResponse:
    faults = [form for form in forms if form.is_bound and form.errors]
    context = {
        "company": company,
        "forms": forms,
        "seen": last.place if last else 0,
        "failed": bool(faults),
        "faults": [
            (f"{form.prefix}-{name}", number, error)
            for number, form in enumerate(forms, start=1)
            if form.is_bound
            for name, errors in form.errors.items()
            for error in errors
        ],
    }
    return render(request, "duties/stop_write.html", context, status=status)


def _company(request: PortalRequest, organisation_id: str) -> Organisation:
    return one_or_404(Organisation.objects.all(), request, pk=organisation_id)
