"""「3社で同じ動き」: what is alike, the question about an update, and the warning to the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hinomi.portal.access.guard import needs, one_or_404
from hinomi.portal.access.permissions import Permission
from hinomi.portal.incidents.campaigns import verdicts
from hinomi.portal.incidents.campaigns.announcing import warning_of
from hinomi.portal.incidents.campaigns.rows import Campaign
from hinomi.portal.incidents.forms import VerdictForm
from hinomi.portal.incidents.queries.campaigns import campaign_page
from hinomi.triage.campaigns import UNDO_FOR, Stance

if TYPE_CHECKING:
    from django.http import HttpResponse

    from hinomi.portal.access.guard import PortalRequest

_CAMPAIGNS = Campaign.objects.select_related("answered_by")
# The answers as they stand in the address.
_SAYINGS = {"update": Stance.UPDATE, "attack": Stance.ATTACK}
_CHANGED = "この画面を開いたあとで、内容が変わりました。いまの内容を確かめてください。"


@require_safe
@needs(Permission.CAMPAIGN_READ)
def campaign(request: PortalRequest, campaign_id: int) -> HttpResponse:
    """What is alike, at whom, and what can be said about it."""
    found = one_or_404(_CAMPAIGNS.all(), request, pk=campaign_id)
    page = campaign_page(found, request.scope)
    return render(request, "incidents/campaign.html", {"page": page, "campaign": found})


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.CAMPAIGN_ANSWER)
def answer(request: PortalRequest, campaign_id: int) -> HttpResponse:
    """First what follows from the answer, then the answer."""
    found = one_or_404(_CAMPAIGNS.all(), request, pk=campaign_id)
    said = request.POST.get("say", "") or request.GET.get("say", "")
    stance = _SAYINGS.get(said)
    if stance is None or Stance(found.stance).is_answered:
        return redirect("campaign", campaign_id=found.pk)
    form = VerdictForm(request.POST or None, initial={"version": found.version})
    if request.method != "POST" or not form.is_valid():
        return _confirm(request, found, stance, form, status=422 if form.is_bound else 200)
    try:
        verdicts.answer(
            campaign=found,
            version=form.cleaned_data["version"],
            stance=stance,
            reason=form.cleaned_data["reason"],
            user=request.user,
        )
        messages.success(request, "答えを受け付けました。")
    except verdicts.CampaignChanged:
        return _answer_again(request, campaign_id, stance, reason=form.cleaned_data["reason"])
    return redirect("campaign", campaign_id=found.pk)


@require_POST
@needs(Permission.CAMPAIGN_ANSWER)
def take_back(request: PortalRequest, campaign_id: int) -> HttpResponse:
    """取り消す, while nothing was sent."""
    found = one_or_404(_CAMPAIGNS.all(), request, pk=campaign_id)
    try:
        verdicts.take_back(campaign=found, user=request.user)
        messages.success(request, "答えを取り消しました。もう一度、答えてください。")
    except verdicts.TooLate:
        messages.warning(request, "もう実行したため、取り消せません。")
    return redirect("campaign", campaign_id=found.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.CAMPAIGN_ANSWER)
def warn(request: PortalRequest, campaign_id: int) -> HttpResponse:
    """注意喚起: first the words and how many companies, then the sending."""
    found = one_or_404(_CAMPAIGNS.all(), request, pk=campaign_id)
    page = campaign_page(found, request.scope)
    if not page.can_warn:
        return redirect("campaign", campaign_id=found.pk)
    if request.method != "POST":
        context = {"page": page, "campaign": found, "warning": warning_of(found)}
        return render(request, "incidents/campaign_warn.html", context)
    try:
        count = verdicts.warn(campaign=found, user=request.user)
        messages.success(request, f"{count}社への注意の知らせを、送信箱に入れました。")
    except verdicts.CampaignChanged:
        messages.warning(request, _CHANGED)
    return redirect("campaign", campaign_id=found.pk)


def _answer_again(
    request: PortalRequest, campaign_id: int, stance: Stance, *, reason: str
) -> HttpResponse:
    """As it is now, with the reason that was written; where another answered, it is shown back."""
    found = one_or_404(_CAMPAIGNS.all(), request, pk=campaign_id)
    if Stance(found.stance).is_answered:
        messages.warning(request, f"{_CHANGED}あなたが書いた理由：「{reason}」")
        return redirect("campaign", campaign_id=found.pk)
    messages.warning(request, _CHANGED)
    form = VerdictForm(initial={"version": found.version, "reason": reason})
    return _confirm(request, found, stance, form, status=409)


def _confirm(
    request: PortalRequest, found: Campaign, stance: Stance, form: VerdictForm, *, status: int = 200
) -> HttpResponse:
    context = {
        "page": campaign_page(found, request.scope),
        "campaign": found,
        "said": stance.value,
        "form": form,
        "undo_s": int(UNDO_FOR.total_seconds()),
    }
    return render(request, "incidents/campaign_answer.html", context, status=status)
