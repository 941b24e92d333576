"""The customer's screens: ホーム, お知らせ and one お知らせ with its buttons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from hinomi.portal.access.guard import needs, one_or_404
from hinomi.portal.access.permissions import Permission
from hinomi.portal.incidents.answering import NotAnAnswer, give_answer
from hinomi.portal.incidents.casework import note_customer_view
from hinomi.portal.incidents.models import Incident
from hinomi.portal.incidents.queries.home import home as home_of
from hinomi.portal.incidents.queries.lists import CUSTOMER_FILTERS, as_rows, customer_list
from hinomi.portal.incidents.queries.page import incident_page, records
from hinomi.portal.incidents.queries.said import corrections
from hinomi.portal.organisations.models import Organisation
from hinomi.portal.ui import live, pages

if TYPE_CHECKING:
    from hinomi.portal.access.guard import PortalRequest

_INCIDENTS = Incident.objects.select_related("organisation", "merged_into")
_TOLD = _INCIDENTS.filter(held_since=None)  # staff see the page as it will look, customers not yet


@require_safe
@needs(Permission.ACCOUNT_USE)
def start(request: PortalRequest) -> HttpResponse:
    """The first page for whoever signed in: the console for staff, ホーム for customers."""
    if request.actor.can(Permission.HOME_READ):
        return redirect("home")
    return redirect("queue" if request.actor.can(Permission.QUEUE_READ) else "incidents")


@require_safe
@needs(Permission.HOME_READ)
def home(request: PortalRequest) -> HttpResponse:
    """いま、大丈夫？ People of several companies choose one."""
    companies = list(Organisation.objects.within(request.scope).order_by("name", "pk"))
    asked = request.GET.get("company", companies[0].pk if companies else "")
    chosen = next((each for each in companies if each.pk == asked), None)
    if chosen is None:
        raise Http404
    return render(request, "incidents/home.html", {"home": home_of(chosen), "companies": companies})


@require_safe
@needs(Permission.INCIDENT_READ)
def incidents(request: PortalRequest) -> HttpResponse:
    """お知らせ: what is not finished first, then by month."""
    chosen, search = request.GET.get("show", "all"), request.GET.get("q", "").strip()[:100]
    rows = customer_list(request.scope, chosen=chosen, search=search)
    page = pages.page_of(rows, number=pages.asked(request), question=request.GET)
    return render(
        request,
        "incidents/incidents.html",
        {
            "page": page,
            "rows": as_rows(page.items),
            "filters": [(key, word) for key, (word, _) in CUSTOMER_FILTERS.items()],
            "chosen": chosen if chosen in CUSTOMER_FILTERS else "all",
            "search": search,
        },
    )


@require_safe
@needs(Permission.INCIDENT_READ)
def incident(request: PortalRequest, number: str) -> HttpResponse:
    """One お知らせ; its progress is polled. A look by the firm's staff is noted."""
    rows = _INCIDENTS if request.actor.is_firm_staff else _TOLD
    found = one_or_404(rows.all(), request, number=number)
    if found.merged_into is not None:
        return _merged(request, found)
    page = incident_page(found)
    if live.is_part(request):
        return live.part(
            request, "incidents/progress.html", version=page.version, context=lambda: {"page": page}
        )
    if request.actor.is_firm_staff:
        note_customer_view(incident=found, user_id=request.user.pk)
    context = {"page": page, "records": records(found), "corrections": corrections(found)}
    return render(request, "incidents/incident.html", context)


def _merged(request: PortalRequest, found: Incident) -> HttpResponse:
    """The old number leads to the one that stays; a page that polls goes there by itself."""
    if live.is_part(request):
        return HttpResponse(headers={"HX-Redirect": reverse("incident", args=[found.number])})
    if request.actor.is_firm_staff:
        note_customer_view(incident=found, user_id=request.user.pk)
    context = {"merged": found, "target": found.merged_into}
    return render(request, "incidents/merged.html", context)


@require_POST
@needs(Permission.INCIDENT_ANSWER)
def answer(request: PortalRequest, number: str) -> HttpResponse:
    """A button was pressed."""
    found = one_or_404(_TOLD.all(), request, number=number)
    try:
        give_answer(incident=found, choice=request.POST.get("choice", ""), user=request.user)
    except NotAnAnswer:
        messages.warning(
            request,
            "状況が変わったため、この返事は受け取れませんでした。いまの内容を確かめてください。",
        )
    return redirect(f"{reverse('incident', args=[found.number])}#answer")
