"""Screens about a company's equipment: P7 機器, whose box it is, and what ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from hinomi.pipeline.report.paper import render_paper
from hinomi.portal.access.guard import needs, one_or_404
from hinomi.portal.access.permissions import Permission
from hinomi.portal.installations import papers, queries, services
from hinomi.portal.installations.forms import CareForm
from hinomi.portal.organisations.models import Organisation
from hinomi.portal.sources.models import Source

if TYPE_CHECKING:
    from hinomi.pipeline.report.paper import Paper
    from hinomi.portal.access.guard import PortalRequest


@require_safe
@needs(Permission.SOURCE_READ)
def equipment(request: PortalRequest, organisation_id: str) -> HttpResponse:
    """全部見守れている？"""
    company = company_of(request, organisation_id)
    context = {"company": company, "boxes": queries.boxes(company)}
    return render(request, "installations/equipment.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.CARE_WRITE)
def care(request: PortalRequest, source_id: str) -> HttpResponse:
    """Whose box it is: password, vendor, lease, licences."""
    source = _source(request, source_id)
    known, licences = queries.care_of(source), queries.licences_of(source)
    start = {name: getattr(known, name) for name in services.Known.__dataclass_fields__} | {
        f"until_{function}": day for function, day in licences.items()
    }
    form = CareForm(request.POST or None, initial=start)
    if request.method != "POST" or not form.is_valid():
        context = {"source": source, "form": form}
        status = 422 if form.is_bound else 200
        return render(request, "installations/care.html", context, status=status)
    services.say_of(
        source=source, known=form.known(), licences=form.licences(), user_id=request.user.pk
    )
    messages.success(request, "機器の持ち主と契約を保存しました。")
    return redirect("equipment", organisation_id=source.organisation_id)


@require_safe
@needs(Permission.CARE_WRITE)
def vendor_letter(request: PortalRequest, source_id: str) -> HttpResponse:
    """設定変更のお願い as a page."""
    source = _source(request, source_id)
    letter = papers.vendor_letter(source, queries.care_of(source))
    return page(request, letter, back=reverse("source_care", args=[source.id]))


@require_safe
@needs(Permission.CARE_WRITE)
def vendor_letter_pdf(request: PortalRequest, source_id: str) -> HttpResponse:
    """設定変更のお願い as a file."""
    source = _source(request, source_id)
    return file(papers.vendor_letter(source, queries.care_of(source)), name="onegai")


@require_safe
@needs(Permission.SENSOR_READ)
def ends(request: PortalRequest) -> HttpResponse:
    """Licences and leases that end soon, or did."""
    context = {"ends": queries.coming_ends(request.scope)}
    return render(request, "installations/ends.html", context)


def company_of(request: PortalRequest, organisation_id: str) -> Organisation:
    """The company in the view's scope."""
    return one_or_404(Organisation.objects.all(), request, pk=organisation_id)


def page(request: PortalRequest, paper: Paper, *, back: str) -> HttpResponse:
    """A paper that prints, with its file beside it."""
    context = {"paper": paper, "pdf": request.path.rstrip("/") + ".pdf", "back": back}
    return render(request, "installations/paper.html", context)


def file(paper: Paper, *, name: str) -> HttpResponse:
    """A paper as PDF."""
    answer = HttpResponse(render_paper(paper), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    answer["Cache-Control"] = "private, no-store"
    return answer


def _source(request: PortalRequest, source_id: str) -> Source:
    return one_or_404(Source.objects.select_related("organisation"), request, pk=source_id)
