"""Rules, for the provider's staff: what they see (検知の範囲), packs and holds (検知ルール)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hinomi.core.errors import HinomiError
from hinomi.portal.access.guard import needs
from hinomi.portal.access.permissions import Permission
from hinomi.portal.rules import services
from hinomi.portal.rules.forms import DecisionForm
from hinomi.portal.rules.queries import coverage as sights
from hinomi.portal.rules.queries import packs

if TYPE_CHECKING:
    from django.http import HttpResponse

    from hinomi.portal.access.guard import PortalRequest

_LONGEST_NAME = 63  # of a pack


@require_safe
@needs(Permission.RULE_READ)
def coverage(request: PortalRequest) -> HttpResponse:
    """The table; when it cannot be made, the page says so and stays a page."""
    view = sights.coverage()
    return render(request, "rules/coverage.html", {"view": view}, status=200 if view else 503)


@require_safe
@needs(Permission.RULE_READ)
def rules(request: PortalRequest) -> HttpResponse:
    """Versions, the trial, held rules."""
    view = packs.overview(request.scope)
    return render(request, "rules/rules.html", {"view": view}, status=200 if view else 503)


@require_POST
@needs(Permission.RULE_CHANGE)
def rules_promote(request: PortalRequest) -> HttpResponse:
    """The version on trial becomes everybody's."""
    try:
        services.promote(user=request.user)
    except HinomiError:
        messages.error(request, "お試し中の版はありません。もう終わったのかもしれません。")
    else:
        messages.success(request, "すべてのお客様で使うことにしました。数秒で切り替わります。")
    return redirect("rules")


@require_POST
@needs(Permission.RULE_CHANGE)
def rules_back(request: PortalRequest) -> HttpResponse:
    """End a trial, or take the version before; one press, because it may be urgent."""
    pack = request.POST.get("pack", "")[:_LONGEST_NAME]
    try:
        active = services.roll_back(pack=pack, user=request.user)
    except HinomiError:
        messages.error(request, "戻せる版がありません。ほかの人が先に戻したのかもしれません。")
    else:
        shown = f"{pack} {active}" if active else "パックなし"
        messages.success(request, f"「{shown}」に戻しました。数秒で切り替わります。")
    return redirect("rules")


@require_http_methods(["GET", "POST"])
@needs(Permission.RULE_CHANGE)
def rule_held(request: PortalRequest) -> HttpResponse:
    """Asks what shall become of a held rule, with the reason it is held."""
    is_answer = request.method == "POST"
    asked = request.POST if is_answer else request.GET
    held = packs.held_rule(asked.get("rule", ""))
    if held is None:
        messages.error(request, "止められているルールではありません。")
        return redirect("rules")
    form = DecisionForm(request.POST if is_answer else None)
    if form.is_valid():
        services.decide(rule_id=held.rule_id, **form.cleaned_data, user=request.user)
        messages.success(request, f"「{held.title}」について記録しました。数秒で切り替わります。")
        return redirect("rules")
    context = {"held": held, "form": form}
    return render(request, "rules/held.html", context, status=422 if form.errors else 200)
