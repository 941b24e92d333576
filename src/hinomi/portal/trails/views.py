"""監査 (O8) for the firm's managers, and だれが見たか for the company's owner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from hinomi.portal.access import chain
from hinomi.portal.access.guard import acting_firm, needs, one_or_404
from hinomi.portal.access.permissions import Permission
from hinomi.portal.organisations.models import Organisation
from hinomi.portal.trails import queries, services
from hinomi.portal.trails.forms import TrailForm
from hinomi.portal.trails.looks import looks

if TYPE_CHECKING:
    from hinomi.portal.access.guard import PortalRequest


@require_safe
@needs(Permission.AUDIT_READ)
def trail(request: PortalRequest) -> HttpResponse:
    """Who did what, newest first, by place."""
    form = TrailForm(request.GET)
    is_clear = form.is_valid()
    question = form.question() if is_clear else queries.Question()
    context = {
        "form": form,
        "is_asked": any(request.GET.get(name) for name in form.fields),
        "view": queries.found(request.scope, question, before=_before(request))
        if is_clear
        else queries.Found([], None),
        "head": chain.head(),
        "kept": _kept(request),
    }
    return render(request, "trails/trail.html", context, status=200 if is_clear else 422)


@require_POST
@needs(Permission.AUDIT_READ)
def trail_export(request: PortalRequest) -> HttpResponse:
    """The same question as a file; taking it is an act, so it is a POST."""
    form = TrailForm(request.POST)
    if not form.is_valid():
        context = {"form": form, "view": queries.Found([], None), "head": chain.head()}
        return render(request, "trails/trail.html", context, status=422)
    text = services.export(
        scope=request.scope,
        question=form.question(),
        firm_id=acting_firm(request),
        user=request.user,
    )
    answer = HttpResponse(text, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="trail.csv"'
    answer["Cache-Control"] = "private, no-store"
    return answer


@require_safe
@needs(Permission.LOOK_READ)
def company_looks(request: PortalRequest, organisation_id: str) -> HttpResponse:
    """When the provider's people looked into the company's things, and why."""
    company = one_or_404(Organisation.objects.all(), request, pk=organisation_id)
    return render(request, "trails/looks.html", {"company": company, "rows": looks(company.id)})


@require_safe
@needs(Permission.LOOK_READ)
def looks_of_mine(request: PortalRequest) -> HttpResponse:
    """To the person's company; who has several chooses."""
    companies = list(Organisation.objects.within(request.scope).order_by("name", "pk"))
    if len(companies) == 1:
        return redirect("company_looks", organisation_id=companies[0].pk)
    return render(request, "trails/companies.html", {"companies": companies})


def _before(request: PortalRequest) -> int | None:
    text = request.GET.get("before", "")
    is_place = text.isascii() and text.isdigit() and len(text) <= 18
    return int(text) if is_place else None


def _kept(request: PortalRequest) -> str:
    """The question without the place, for the link to what follows."""
    asked = request.GET.copy()
    asked.pop("before", None)
    return asked.urlencode()
