"""Which company is it? One customer of an API at a time, and taking an answer back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from hinomi.portal.access.guard import needs, one_or_404
from hinomi.portal.access.permissions import Permission
from hinomi.portal.connections import queries, services
from hinomi.portal.connections.forms import AnswerForm
from hinomi.portal.connections.models import CustomerRoute
from hinomi.portal.connections.views import ROWS
from hinomi.portal.organisations.models import Organisation
from hinomi.portal.sources.publication import publish_if_changed

if TYPE_CHECKING:
    from django.http import HttpResponse

    from hinomi.portal.access.guard import PortalRequest
    from hinomi.portal.connections.models import Connection


@require_safe
@needs(Permission.CONNECTION_SORT)
def customers(request: PortalRequest, connection_id: str) -> HttpResponse:
    """Who waits longest, or `?customer=`; `?q=` looks for a company."""
    found = one_or_404(ROWS.all(), request, pk=connection_id)
    search = request.GET.get("q", "").strip()[:100]
    asked = request.GET.get("customer", "")[:450]
    question = queries.question(found, asked=asked, search=search)
    context = {"connection": found, "question": question, "search": search}
    return render(request, "connections/customers.html", context)


@require_POST
@needs(Permission.CONNECTION_SORT)
def answer(request: PortalRequest, connection_id: str) -> HttpResponse:
    """It is this company, or none of ours. Only a customer that waits can be answered."""
    found = one_or_404(ROWS.all(), request, pk=connection_id)
    form = AnswerForm(request.POST)
    back = redirect("connection_customers", connection_id=found.pk)
    if not form.is_valid():
        messages.error(request, "答えを受け取れませんでした。もう一度選んでください。")
        return back
    said = form.cleaned_data
    waiting = queries.unknown_customers(found)
    customer = next((each for each in waiting if each.customer == said["customer"]), None)
    if customer is None:
        messages.info(request, "もう答えが出ています。")
        return back
    if said["nobody"]:
        services.is_nobody(
            connection=found, customer=customer.customer, name=customer.name, user=request.user
        )
        publish_if_changed()
        messages.success(request, "対象外にしました。この記録は取り込みません。")
        return back
    if not customer.customer:
        messages.error(request, "どのお客様の記録か書かれていないので、会社を決められません。")
        return back
    company = _company(found, said["company"])
    if company is None:
        messages.error(request, "会社を選んでください。")
        return back
    route = services.is_company(
        connection=found,
        customer=customer.customer,
        name=customer.name,
        organisation_id=company.pk,
        user=request.user,
    )
    publish_if_changed()
    if route.pk in queries.awaiting_consent(found):
        messages.warning(request, f"「{company.name}」の同意がないため、まだ取り込みません。")
    else:
        messages.success(request, f"「{company.name}」の記録として取り込みます。")
    return back


@require_POST
@needs(Permission.CONNECTION_SORT)
def forget(request: PortalRequest, connection_id: str) -> HttpResponse:
    """取り消す. What was delivered stays delivered."""
    found = one_or_404(ROWS.all(), request, pk=connection_id)
    text = request.POST.get("route", "")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else -1
    route = CustomerRoute.objects.within_connection(found).filter(pk=number).first()
    if route is not None:
        services.forget(route=route, user=request.user)
        publish_if_changed()
        messages.success(request, "取り消しました。これから届く記録は、会社の確認待ちになります。")
    return redirect("connection", connection_id=found.pk)


def _company(found: Connection, company_id: str) -> Organisation | None:
    served = Organisation.objects.within(queries.served_by(found))
    return served.filter(pk=company_id).first()
