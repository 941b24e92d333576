"""脅威情報, for the provider's staff: what is known, what is held, and a person's word on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from hinomi.core.errors import HinomiError
from hinomi.portal.access.guard import needs
from hinomi.portal.access.permissions import Permission
from hinomi.portal.indicators import queries, services
from hinomi.portal.indicators.forms import AllowForm

if TYPE_CHECKING:
    from django.http import HttpResponse

    from hinomi.portal.access.guard import PortalRequest

_LONGEST_SEARCH = 200


@require_safe
@needs(Permission.INDICATOR_READ)
def indicators(request: PortalRequest) -> HttpResponse:
    """Sources, what is held, and a search."""
    search = request.GET.get("q", "").strip()[:_LONGEST_SEARCH]
    context = {"view": queries.overview(search), "search": search}
    return render(request, "indicators/indicators.html", context)


@require_http_methods(["GET", "POST"])
@needs(Permission.INDICATOR_ALLOW)
def indicator_allow(request: PortalRequest) -> HttpResponse:
    """Asks once, with the reason it is held, then lets it in."""
    asked = request.POST if request.method == "POST" else request.GET
    held = queries.held_value(asked.get("kind", ""), asked.get("value", ""))
    if held is None:
        messages.error(request, "保留中ではありません。すでに使われているか、なくなりました。")
        return redirect("indicators")
    form = AllowForm(
        request.POST if request.method == "POST" else None,
        initial={"kind": held.key, "value": held.value},
    )
    if form.is_valid():
        return _allow(request, form)
    context = {"held": held, "form": form}
    return render(request, "indicators/allow.html", context, status=422 if form.errors else 200)


def _allow(request: PortalRequest, form: AllowForm) -> HttpResponse:
    try:
        is_allowed = services.allow(**form.cleaned_data, user=request.user)
    except HinomiError:
        messages.error(
            request, "使えませんでした。取り込みの途中です。数分待って、もう一度お試しください。"
        )
        return redirect("indicators")
    if is_allowed:
        messages.success(request, "使うことにしました。これまでの記録も、これから調べます。")
    return redirect("indicators")
