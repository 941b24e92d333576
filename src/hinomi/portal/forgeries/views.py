"""本物か for everybody, reporting for customers, and the warning in two clicks for our people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hinomi.portal.access.guard import acting_firm, needs, one_or_404, public
from hinomi.portal.access.permissions import Permission
from hinomi.portal.forgeries import queries, rates, services
from hinomi.portal.forgeries.forms import GenuineForm, ReportForm
from hinomi.portal.forgeries.models import FakeWarning, SuspectReport, Verdict
from hinomi.portal.organisations.models import Organisation
from hinomi.portal.ui import pages

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from hinomi.portal.access.guard import PortalRequest

_MOST_DIGITS = 18


@public("says of a number only when a notice went out and what it is about")
@require_http_methods(["GET", "HEAD", "POST"])
def genuine(request: HttpRequest) -> HttpResponse:
    """このお知らせは本物か. The answer has the same shape whether the number is known or not."""
    form = GenuineForm(request.POST if request.method == "POST" else None)
    context: dict[str, object] = {"form": form}
    status = 200
    if form.is_bound and not rates.may_ask(request):
        context["is_too_often"] = True
        status = 429
    elif form.is_bound and form.is_valid():
        number = form.cleaned_data["number"]
        context |= {"asked": number, "found": queries.genuine(number)}
    elif form.is_bound:
        status = 400
    answer = render(request, "forgeries/genuine.html", context, status=status)
    if status == 429:
        answer["Retry-After"] = str(rates.WINDOW_S)
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.FORGERY_REPORT)
def report(request: PortalRequest) -> HttpResponse:
    """A customer doubts a message; what became of earlier ones."""
    companies = list(Organisation.objects.within(request.scope).order_by("name", "pk"))
    if not companies:
        raise Http404
    form = ReportForm(request.POST if request.method == "POST" else None, companies=companies)
    if form.is_bound and form.is_valid():
        said = form.cleaned_data
        services.report(
            organisation_id=form.company_id(),
            way=said["way"],
            text=said["text"],
            did_something=said["did_something"],
            user=request.user,
        )
        messages.success(request, "届け出を受け付けました。担当者の画面に出しました。")
        return redirect("forgery_report")
    context = {"form": form, "rows": queries.own_reports(request.scope)}
    return render(request, "forgeries/report.html", context, status=422 if form.errors else 200)


@require_safe
@needs(Permission.FORGERY_WARN)
def forgeries(request: PortalRequest) -> HttpResponse:
    """What was reported, and the warnings of the firm."""
    rows = queries.reports(request.scope)
    context = {
        "page": pages.page_of(rows, number=pages.asked(request), question=request.GET),
        "warnings": queries.warnings(request.scope),
        "waiting": queries.waiting(request.scope),
    }
    return render(request, "forgeries/forgeries.html", context)


@require_POST
@needs(Permission.FORGERY_WARN)
def judge_genuine(request: PortalRequest) -> HttpResponse:
    """It was us."""
    found = _report(request, request.POST.get("report", ""))
    if found is None:
        return redirect("forgeries")
    if services.call_genuine(report=found, user=request.user):
        messages.success(request, "わたしたちが送ったもの、としました。お客様の画面に出ます。")
    else:
        messages.info(request, "ほかの人が先に判断しています。")
    return redirect("forgeries")


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.FORGERY_WARN)
def warn(request: PortalRequest) -> HttpResponse:
    """First click: the words and how many companies. Second: it goes out in a minute."""
    asked = request.POST if request.method == "POST" else request.GET
    found = _report(request, asked.get("report", ""))
    firm = acting_firm(request)
    if request.method != "POST":
        context = {
            "report": found,
            "count": services.customers_of(firm).count(),
            "said": services.warning_text(),
            "undo_s": int(services.UNDO_FOR.total_seconds()),
        }
        return render(request, "forgeries/warn.html", context)
    try:
        made = services.order_warning(firm_id=firm, report=found, user=request.user)
        messages.success(request, f"{made.companies}社に、1分後に送り始めます。")
    except services.AlreadyOrdered:
        messages.warning(request, "ほかの注意を送っているところです。もう一度は送りません。")
    return redirect("forgeries")


@require_POST
@needs(Permission.FORGERY_WARN)
def undo(request: PortalRequest) -> HttpResponse:
    """取り消す, until the first is sent."""
    text = request.POST.get("warning", "")
    if not _is_id(text):
        return redirect("forgeries")
    found = one_or_404(FakeWarning.objects.select_related("report"), request, pk=int(text))
    try:
        services.undo_warning(warning=found, user=request.user)
        messages.success(request, "取り消しました。どこにも送っていません。")
    except services.TooLate:
        messages.warning(request, "もう送り始めたか、取り消してあります。")
    return redirect("forgeries")


def _report(request: PortalRequest, text: str) -> SuspectReport | None:
    if not text:
        return None
    if not _is_id(text):
        raise Http404
    rows = SuspectReport.objects.select_related("organisation")
    found = one_or_404(rows, request, pk=int(text))
    return found if found.verdict == Verdict.WAITING else None


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
