"""Screens about consent to watch: what holds, giving it, taking it back, its papers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localdate
from django.views.decorators.http import require_http_methods, require_safe

from hinomi.pipeline.report.paper import render_paper
from hinomi.portal.access.guard import needs, one_or_404
from hinomi.portal.access.permissions import Permission
from hinomi.portal.access.scope import CustomersOf
from hinomi.portal.access.time import now
from hinomi.portal.consents import services, shown
from hinomi.portal.consents.forms import ConsentForm, EntrustedForm, WithdrawForm
from hinomi.portal.consents.kinds import in_use
from hinomi.portal.consents.models import Entrusted, Way
from hinomi.portal.consents.paper import paper
from hinomi.portal.consents.queries import standing_of
from hinomi.portal.organisations.models import Organisation

if TYPE_CHECKING:
    from hinomi.portal.access.guard import PortalRequest


@require_safe
@needs(Permission.CONSENT_READ)
def consent(request: PortalRequest, organisation_id: str) -> HttpResponse:
    """What holds now, what waits for it, and the history."""
    company = _company(request, organisation_id)
    return render(request, "consents/consent.html", {"view": shown.consent(company)})


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.CONSENT_WRITE)
def consent_sign(request: PortalRequest, organisation_id: str) -> HttpResponse:
    """A customer agrees on this page; our people write down what was signed on paper."""
    company = _company(request, organisation_id)
    standing = standing_of(company.id)
    used = sorted({*in_use(company.id), *standing.covers})
    form = ConsentForm(
        request.POST or None,
        used=used,
        plan_days=company.retention_days,
        initial={"signed_on": localdate(now()), "kinds": used},
    )
    if request.actor.is_firm_staff:
        form.fields["agreed"].label = "この内容の同意書に、お客様の署名があります"
    if request.method != "POST" or not form.is_valid():
        context = {"company": company, "form": form}
        status = 422 if form.is_bound else 200
        return render(request, "consents/sign.html", context, status=status)
    services.sign(
        organisation_id=company.id, said=form.said(), way=_way(request), user_id=request.user.pk
    )
    services.tell()
    messages.success(request, "見守りの同意を記録しました。")
    return redirect("consent", organisation_id=company.id)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.CONSENT_WRITE)
def consent_withdraw(request: PortalRequest, organisation_id: str) -> HttpResponse:
    """Takes kinds, a purpose or everything back."""
    company = _company(request, organisation_id)
    form = WithdrawForm(request.POST or None, standing=standing_of(company.id))
    if request.method != "POST" or not form.is_valid():
        context = {"company": company, "form": form}
        status = 422 if form.is_bound else 200
        return render(request, "consents/withdraw.html", context, status=status)
    done = services.withdraw(
        organisation_id=company.id,
        signer=form.cleaned_data["signer"],
        way=_way(request),
        user_id=request.user.pk,
        **form.taken,
    )
    services.tell()
    if done:
        messages.success(request, "取りやめを記録しました。5秒以内に、受け取りを止めます。")
    else:
        messages.info(request, "もう取りやめています。何も変えていません。")
    return redirect("consent", organisation_id=company.id)


@require_safe
@needs(Permission.CONSENT_READ)
def consent_paper(request: PortalRequest, organisation_id: str, paper_name: str) -> HttpResponse:
    """One of the papers as a page that prints."""
    company = _company(request, organisation_id)
    context = {
        "paper": paper(paper_name, company),
        "pdf": request.path.rstrip("/") + ".pdf",
        "back": company,
    }
    return render(request, "consents/paper.html", context)


@require_safe
@needs(Permission.CONSENT_READ)
def consent_pdf(request: PortalRequest, organisation_id: str, paper_name: str) -> HttpResponse:
    """The same paper as a file."""
    company = _company(request, organisation_id)
    answer = HttpResponse(render_paper(paper(paper_name, company)), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{paper_name}.pdf"'
    answer["Cache-Control"] = "private, no-store"
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.ENTRUSTED_WRITE)
def entrusted(request: PortalRequest) -> HttpResponse:
    """Whom our firm entrusts with records, and one more."""
    firm = next(part.firm_id for part in request.scope.parts if isinstance(part, CustomersOf))
    if request.method == "POST" and "end" in request.POST:
        return _end(request)
    form = EntrustedForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.entrust(firm_id=firm, user_id=request.user.pk, **form.cleaned_data)
        messages.success(request, "再委託先を登録しました。")
        return redirect("entrusted")
    rows = Entrusted.objects.within(request.scope).order_by("valid_to", "name", "pk")
    context = {"form": form, "rows": rows, "today": localdate(now())}
    return render(request, "consents/entrusted.html", context, status=422 if form.errors else 200)


def _end(request: PortalRequest) -> HttpResponse:
    written = request.POST["end"]
    number = int(written) if written.isascii() and written.isdigit() and len(written) < 16 else 0
    row = one_or_404(Entrusted.objects.all(), request, pk=number)
    services.end_entrusting(row=row, user_id=request.user.pk)
    messages.success(request, f"「{row.name}」を、今日までにしました。")
    return redirect("entrusted")


def _company(request: PortalRequest, organisation_id: str) -> Organisation:
    return one_or_404(Organisation.objects.all(), request, pk=organisation_id)


def _way(request: PortalRequest) -> Way:
    return Way.PAPER if request.actor.is_firm_staff else Way.SCREEN
