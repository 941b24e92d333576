"""The weekly pattern, and how a firm keeps its duty."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from hinomi.core.errors import UsageError
from hinomi.portal.access.guard import acting_firm, needs
from hinomi.portal.access.permissions import Permission
from hinomi.portal.duties import desks
from hinomi.portal.duties.forms import DeskForm, LineForm, PartnerForm
from hinomi.portal.duties.partners import (
    companies_naming,
    end_partnership,
    partnerships,
    possible_partners,
    start_partnership,
)
from hinomi.portal.duties.queries import desk_of
from hinomi.portal.duties.shown import colleagues, phones
from hinomi.portal.duties.views.choices import who_choices

if TYPE_CHECKING:
    from django.http import HttpResponse

    from hinomi.portal.access.guard import PortalRequest


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.ROTA_CHANGE)
def rota_pattern(request: PortalRequest) -> HttpResponse:
    """ふだんの当番: the lines, one more, one less."""
    firm = acting_firm(request)
    if request.method == "POST" and "remove" in request.POST:
        if desks.remove_line(firm, _number(request, "remove"), user_id=request.user.pk):
            messages.success(request, "ふだんの当番から消しました。公開した週は変わりません。")
        return redirect("rota_pattern")
    form = LineForm(request.POST or None, who=who_choices(firm))
    if request.method == "POST" and form.is_valid():
        desks.add_line(firm, form.cleaned_data, minutes=form.minutes, user_id=request.user.pk)
        messages.success(request, "加えました。下書きを作り直すと、当番表に入ります。")
        return redirect("rota_pattern")
    context = {"form": form, "lines": desks.lines_of(firm)}
    return render(request, "duties/pattern.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.ROTA_CHANGE)
def rota_settings(request: PortalRequest) -> HttpResponse:
    """Numbers, limits, the chief, everybody's own telephone, partners."""
    firm, posted = acting_firm(request), request.POST
    desk, partner = _desk_form(request, firm), _partner_form(request, firm)
    if "end" in posted:
        return _end(request, firm)
    if "partner" in posted and partner.is_valid():
        return _start(request, firm, partner)
    if "nights_in_row" in posted and desk.is_valid():
        try:
            desks.set_desk(
                firm, desk.cleaned_data, phones=_phones(request), user_id=request.user.pk
            )
        except desks.ChangedMeanwhile:
            desk.add_error(
                None, "ほかの人が先に変えました。画面を開き直して、もう一度保存してください。"
            )
        else:
            messages.success(request, "当番の決まりを保存しました。")
            return redirect("rota_settings")
    typed = _phones(request) if desk.is_bound else phones(firm)
    context = {
        "desk": desk,
        "partner": partner,
        "faulty": partner if partner.is_bound else desk,
        "people": [(pk, name, typed.get(pk, "")) for pk, name in colleagues(firm)],
        "partnerships": [
            (row, companies_naming(firm, row.partner_id)) for row in partnerships(firm)
        ],
        "has_partners": bool(possible_partners(firm)),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "duties/settings.html", context, status=status)


def _desk_form(request: PortalRequest, firm: str) -> DeskForm:
    desk, people = desk_of(firm), colleagues(firm)
    data = request.POST if "nights_in_row" in request.POST else None
    initial = {
        "phone": desk.phone,
        "chief": str(desk.chief_id or ""),
        "nights_in_row": desk.nights_in_row,
        "nights_in_month": desk.nights_in_month,
        "rest_hours": desk.rest_hours,
        "calls_in_half_hour": desk.calls_in_half_hour,
        "version": desk.version if desk.pk else 0,
    }
    return DeskForm(data, people=people, initial=initial)


def _partner_form(request: PortalRequest, firm: str) -> PartnerForm:
    firms = [(each.pk, each.name) for each in possible_partners(firm)]
    data = request.POST if "partner" in request.POST else None
    return PartnerForm(data, firms=firms, initial={"answer_minutes": 10})


def _start(request: PortalRequest, firm: str, form: PartnerForm) -> HttpResponse:
    data = form.cleaned_data
    try:
        start_partnership(
            firm_id=firm,
            partner_id=data["partner"],
            phone=data["partner_phone"],
            mail=data["partner_mail"],
            answer_minutes=data["answer_minutes"],
            user_id=request.user.pk,
        )
    except UsageError:
        messages.error(request, "監視センターではない会社は、当番にできません。")
        return redirect("rota_settings")
    messages.success(request, "監視センターを登録しました。")
    return redirect("rota_settings")


def _end(request: PortalRequest, firm: str) -> HttpResponse:
    number = _number(request, "end")
    row = next((each for each in partnerships(firm) if each.pk == number), None)
    if row is not None and end_partnership(row, user_id=request.user.pk):
        messages.success(request, f"「{row.partner.name}」との取り決めを終えました。")
    return redirect("rota_settings")


def _phones(request: PortalRequest) -> dict[int, str]:
    return {
        pk: request.POST.get(f"phone_{pk}", "").strip()[:40]
        for pk, _ in colleagues(acting_firm(request))
    }


def _number(request: PortalRequest, name: str) -> int:
    written = request.POST.get(name, "")
    return int(written) if written.isascii() and written.isdigit() and len(written) < 16 else 0
