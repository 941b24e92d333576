"""自動の判断の見直し for analysts, and 判断の控え for whoever may read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from hinomi.core.words import IncidentState
from hinomi.portal.access.guard import acting_firm, needs, one_or_404
from hinomi.portal.access.permissions import Permission
from hinomi.portal.organisations.models import Organisation
from hinomi.portal.rejudgings import queries, services
from hinomi.portal.rejudgings.forms import JudgeForm
from hinomi.portal.rejudgings.models import Rejudging, Verdict
from hinomi.portal.ui import pages

if TYPE_CHECKING:
    from django.http import HttpResponse

    from hinomi.portal.access.guard import PortalRequest

_ROWS = Rejudging.objects.select_related("draw", "decision__incident", "organisation", "judged_by")
_MOST_DIGITS = 18


@require_safe
@needs(Permission.REJUDGING_ANSWER)
def rejudgings(request: PortalRequest) -> HttpResponse:
    """What waits and what was answered, with the rates that the answers give."""
    firm, is_done = acting_firm(request), request.GET.get("show") == "done"
    rows = queries.listed(request.scope, firm, is_done=is_done)
    context = {
        "page": pages.page_of(rows, number=pages.asked(request), question=request.GET),
        "is_done": is_done,
        "first": queries.next_of(request.scope, firm),
        "overdue": queries.overdue(firm),
        "rates": queries.rates(firm),
    }
    return render(request, "rejudgings/rejudgings.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.REJUDGING_ANSWER)
def judge(request: PortalRequest, rejudging_id: int) -> HttpResponse:
    """One decision; POST answers it and shows the next, or what to do about a wrong one."""
    found = one_or_404(_ROWS.all(), request, pk=rejudging_id)
    if found.draw.firm_id != acting_firm(request):
        raise Http404  # another firm serves the company too: its draw is its own
    form = JudgeForm(request.POST if request.method == "POST" else None)
    if not form.is_bound:
        return _page(request, found, form, status=200)
    if not form.is_valid():
        return _page(request, found, form, status=422)
    verdict = Verdict(form.cleaned_data["verdict"])
    try:
        services.answer(
            asked=found,
            verdict=verdict,
            reason=form.cleaned_data["reason"].strip(),
            user=request.user,
        )
    except services.AnsweredBefore as before:
        who = before.row.judged_by.shown_name if before.row.judged_by else "ほかの人"
        messages.warning(
            request,
            f"{who}さんが先に「{before.row.get_verdict_display()}」と答えています。"
            "答えは変えられません。",
        )
        return redirect("rejudging", rejudging_id=found.pk)
    return _after(request, found, verdict)


def _after(request: PortalRequest, found: Rejudging, verdict: Verdict) -> HttpResponse:
    messages.success(request, f"「{verdict.label}」と記録しました。")
    if verdict is Verdict.WRONG:
        return redirect("rejudging", rejudging_id=found.pk)
    following = queries.next_of(request.scope, acting_firm(request))
    return redirect("rejudging", rejudging_id=following) if following else redirect("rejudgings")


def _page(
    request: PortalRequest, found: Rejudging, form: JudgeForm, *, status: int
) -> HttpResponse:
    context = {
        "view": queries.rejudging_view(found, request.scope),
        "form": form,
        "reopened": IncidentState.INVESTIGATING.value,
        "following": queries.next_of(request.scope, acting_firm(request)),
    }
    return render(request, "rejudgings/rejudging.html", context, status=status)


@require_safe
@needs(Permission.DECISION_READ)
def decisions(request: PortalRequest) -> HttpResponse:
    """判断の控え of all companies that the person reaches; one's own only when there is one."""
    companies = list(Organisation.objects.within(request.scope).values_list("pk", flat=True)[:2])
    if len(companies) == 1:
        return redirect("company_decisions", organisation_id=companies[0])
    context = {"view": _records(request)}
    return render(request, "rejudgings/decisions.html", context)


@require_safe
@needs(Permission.DECISION_READ)
def company_decisions(request: PortalRequest, organisation_id: str) -> HttpResponse:
    """One company's, with a sentence on whether the chain holds."""
    company = one_or_404(Organisation.objects.all(), request, pk=organisation_id)
    context = {
        "company": company,
        "view": _records(request, organisation_id),
        "chain": queries.chain_ja(organisation_id, request.GET),
    }
    return render(request, "rejudgings/decisions.html", context)


def _records(request: PortalRequest, organisation_id: str = "") -> queries.Records:
    text = request.GET.get("before", "")
    is_place = text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
    return queries.records(
        request.scope,
        organisation_id=organisation_id,
        before=int(text) if is_place else None,
        for_customer=not request.actor.can(Permission.QUEUE_READ),
    )
