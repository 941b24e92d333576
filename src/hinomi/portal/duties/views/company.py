"""A company's pages: 夜間の約束, and 閉まる日と緊急連絡先 before a long holiday."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.timezone import localdate
from django.views.decorators.http import require_http_methods, require_safe

from hinomi.business.night import NightAct, Rung
from hinomi.portal.access.guard import needs, one_or_404
from hinomi.portal.access.permissions import Permission
from hinomi.portal.access.time import now
from hinomi.portal.duties import holidays, night
from hinomi.portal.duties.company_forms import ClosureForm, NightForm
from hinomi.portal.organisations.models import Organisation

if TYPE_CHECKING:
    from django.http import HttpResponse

    from hinomi.portal.access.guard import PortalRequest
    from hinomi.portal.duties.models import ClosureAsk, NightTerms


@require_safe
@needs(Permission.NIGHT_READ)
def night_terms(request: PortalRequest, organisation_id: str) -> HttpResponse:
    """What happens at night, in plain words."""
    company = _company(request, organisation_id)
    history, promise = night.history(company.id), night.night_promise(company.id)
    context = {
        "company": company,
        "promise": promise,
        "done": [act.ja for act in NightAct if promise.may(act)],
        "asked": [act.ja for act in NightAct if not promise.may(act)],
        "newest": history[0] if history else None,
        "older": history[1:11],
    }
    return render(request, "duties/night.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.NIGHT_WRITE)
def night_record(request: PortalRequest, organisation_id: str) -> HttpResponse:
    """Our people write down what the customer agreed to."""
    company = _company(request, organisation_id)
    form = NightForm(request.POST or None, initial=_initial(night.newest(company.id)))
    if request.method != "POST" or not form.is_valid():
        context = {"company": company, "form": form}
        status = 422 if form.is_bound or request.method == "POST" else 200
        return render(request, "duties/night_record.html", context, status=status)
    data = form.cleaned_data
    night.record(
        organisation_id=company.id,
        acts=map(NightAct, data["acts"]),
        rung=Rung(data["rung"]),
        rung_until=data["rung_until"],
        waits=data["waits"],
        opens=data["opens"],
        closes=data["closes"],
        agreed_on=data["agreed_on"],
        agreed_by=data["agreed_by"],
        user_id=request.user.pk,
    )
    messages.success(request, "夜間の約束を記録しました。")
    return redirect("night", organisation_id=company.id)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.CLOSURE_ANSWER)
def closure(request: PortalRequest, organisation_id: str) -> HttpResponse:
    """閉まる日と緊急連絡先, as the calendar has them; the answer writes the calendar."""
    company = _company(request, organisation_id)
    row = holidays.current(company.id, now())
    if row is None:
        return render(request, "duties/closure.html", {"company": company})
    form = ClosureForm(request.POST or None, asked=row.first, initial=_said(row))
    if request.method == "POST" and form.is_valid():
        try:
            _answer(row, form, user_id=request.user.pk)
        except holidays.ChangedMeanwhile:
            form.add_error(
                None, "ほかの人が先に答えました。画面を開き直して、もう一度送ってください。"
            )
        else:
            messages.success(request, "休みの予定を受け取りました。会社の休みにも入れました。")
            return redirect("closure", organisation_id=company.id)
    context = {"company": company, "form": form, "row": row, "title": holidays.title_of(row)}
    return render(request, "duties/closure.html", context, status=422 if form.is_bound else 200)


def _answer(row: ClosureAsk, form: ClosureForm, *, user_id: int) -> None:
    data = form.cleaned_data
    holidays.answer(
        row,
        first=data["first"],
        last=data["last"],
        contact_name=data["contact_name"],
        contact_phone=data["contact_phone"],
        remark=data["remark"],
        version=data["version"] or 1,
        user_id=user_id,
    )


def _said(row: ClosureAsk) -> dict[str, object]:
    return {
        "first": row.first,
        "last": row.last,
        "contact_name": row.contact_name,
        "contact_phone": row.contact_phone,
        "remark": row.remark,
        "version": row.version,
    }


def _initial(terms: NightTerms | None) -> dict[str, object]:
    if terms is None:
        return {"agreed_on": localdate(now()), "rung": Rung.FIRST.value}
    return {
        "acts": terms.acts,
        "rung": terms.rung,
        "rung_until": terms.rung_until,
        "waits": terms.waits,
        "opens": terms.opens,
        "closes": terms.closes,
        "agreed_on": localdate(now()),
    }


def _company(request: PortalRequest, organisation_id: str) -> Organisation:
    return one_or_404(Organisation.objects.all(), request, pk=organisation_id)
