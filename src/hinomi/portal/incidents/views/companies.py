"""The customers a firm serves, one of them, and its own values for rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from hinomi.portal.access.guard import needs, one_or_404
from hinomi.portal.access.permissions import Permission
from hinomi.portal.incidents.forms import ValuesForm
from hinomi.portal.incidents.queries.companies import companies, company_page
from hinomi.portal.organisations.models import Organisation
from hinomi.portal.organisations.values import NotAValue, set_values, values_of
from hinomi.portal.sources.publication import publish_if_changed
from hinomi.portal.ui import pages

if TYPE_CHECKING:
    from django.http import HttpResponse

    from hinomi.portal.access.guard import PortalRequest


@require_safe
@needs(Permission.CUSTOMER_READ)
def customers(request: PortalRequest) -> HttpResponse:
    """The customers this firm serves."""
    search = request.GET.get("q", "").strip()[:100]
    page = pages.page_of(
        companies(request.scope, search=search),
        number=pages.asked(request),
        question=request.GET,
    )
    return render(request, "incidents/customers.html", {"page": page, "search": search})


@require_safe
@needs(Permission.CUSTOMER_READ)
def customer(request: PortalRequest, organisation_id: str) -> HttpResponse:
    """One customer: incidents, sources, machines, people, values."""
    company = one_or_404(Organisation.objects.all(), request, pk=organisation_id)
    return _page(request, company, form=_form_for(company, request.GET.get("edit", "")))


@require_POST
@needs(Permission.VALUE_WRITE)
def save_values(request: PortalRequest, organisation_id: str) -> HttpResponse:
    """What `%name%` in rules stands for at this company."""
    company = one_or_404(Organisation.objects.all(), request, pk=organisation_id)
    form = ValuesForm(request.POST)
    if not form.is_valid():
        return _page(request, company, form=form, status=422)
    try:
        set_values(organisation_id=company.pk, user_id=request.user.pk, **form.cleaned_data)
    except NotAValue as fault:
        form.add_error(fault.about, fault.words_ja)
        return _page(request, company, form=form, status=422)
    publish_if_changed()
    messages.success(request, "ルールで使う値を保存しました。数秒で使い始めます。")
    return redirect("customer", organisation_id=company.pk)


def _form_for(company: Organisation, name: str) -> ValuesForm:
    """Filled with what a name stands for now; empty for a name that stands for nothing."""
    present = values_of(company.pk).get(name)
    filled = {"name": name, "values": "\n".join(present)} if present else None
    return ValuesForm(initial=filled)


def _page(
    request: PortalRequest, company: Organisation, *, form: ValuesForm, status: int = 200
) -> HttpResponse:
    context = {"view": company_page(company), "form": form}
    return render(request, "incidents/customer.html", context, status=status)
