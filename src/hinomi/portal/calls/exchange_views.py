"""電話交換機: what tells us of calls, its secret shown once, how it does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from hinomi.portal.access.guard import acting_firm, needs, one_or_404
from hinomi.portal.access.permissions import Permission
from hinomi.portal.calls import exchanges as services
from hinomi.portal.calls.exchange_forms import ExchangeForm, TokenForm
from hinomi.portal.calls.models import Exchange, Speaks

if TYPE_CHECKING:
    from django.http import HttpResponse

    from hinomi.portal.access.guard import PortalRequest

_TAKEN = "同じ名前の電話交換機があります。別の名前にしてください。"


@require_safe
@needs(Permission.EXCHANGE_CHANGE)
def exchanges(request: PortalRequest) -> HttpResponse:
    """All of the firm."""
    rows = Exchange.objects.within(request.scope).filter(removed_at=None)
    return render(request, "calls/exchanges.html", {"rows": rows.order_by("name", "pk")})


@require_safe
@needs(Permission.EXCHANGE_CHANGE)
def exchange(request: PortalRequest, exchange_id: str) -> HttpResponse:
    """One: its address, what came last, what was refused."""
    found = one_or_404(Exchange.objects.all(), request, pk=exchange_id)
    return render(
        request, "calls/exchange.html", {"found": found, "address": services.address_of(found)}
    )


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.EXCHANGE_CHANGE)
def new(request: PortalRequest) -> HttpResponse:
    """Its name; then its secret, shown once."""
    form = ExchangeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            made, secret = services.add(
                firm_id=acting_firm(request), user=request.user, **form.cleaned_data
            )
        except services.NameTaken:
            form.add_error("name", _TAKEN)
        else:
            return _made(request, made, secret)
    status = 422 if form.errors else 200
    return render(request, "calls/exchange_new.html", {"form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.EXCHANGE_CHANGE)
def renew(request: PortalRequest, exchange_id: str) -> HttpResponse:
    """Asks once: the secret in use ends at once."""
    found = one_or_404(Exchange.objects.all(), request, pk=exchange_id)
    if found.removed_at is not None:
        return redirect("exchange", exchange_id=found.pk)
    data = request.POST if request.method == "POST" else None
    form = TokenForm(data) if found.speaks == Speaks.TWILIO else None
    if data is not None and (form is None or form.is_valid()):
        token = form.cleaned_data["token"] if form else ""
        secret = services.renew(exchange=found, token=token, user=request.user)
        return _made(request, found, secret)
    status = 422 if form is not None and form.errors else 200
    context = {"found": found, "form": form}
    return render(request, "calls/exchange_renew.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.EXCHANGE_CHANGE)
def remove(request: PortalRequest, exchange_id: str) -> HttpResponse:
    """Asks once."""
    found = one_or_404(Exchange.objects.all(), request, pk=exchange_id)
    if request.method != "POST":
        return render(request, "calls/exchange_remove.html", {"found": found})
    services.remove(exchange=found, user=request.user)
    messages.success(request, "電話交換機を外しました。")
    return redirect("exchanges")


def _made(request: PortalRequest, found: Exchange, secret: str) -> HttpResponse:
    """Twilio's own token is known to whoever typed it, and not shown."""
    if found.speaks == Speaks.TWILIO:
        messages.success(request, "Auth Token を保存しました。")
        return redirect("exchange", exchange_id=found.pk)
    context = {"found": found, "secret": secret, "address": services.address_of(found)}
    answer = render(request, "calls/exchange_made.html", context)
    answer["Cache-Control"] = "private, no-store"
    return answer
