"""FAXes that came in: the list, one with its picture beside the buttons, and what was read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hinomi.core.words import IncidentState
from hinomi.portal.access.guard import needs
from hinomi.portal.access.permissions import Permission
from hinomi.portal.incidents.answering import NotAnAnswer
from hinomi.portal.incidents.models import Incident
from hinomi.portal.incidents.wording import text_of
from hinomi.portal.organisations.models import Organisation
from hinomi.portal.tickets import fax_queries
from hinomi.portal.tickets import faxes as services
from hinomi.portal.tickets.models import FaxReading
from hinomi.portal.ui import pages

if TYPE_CHECKING:
    from hinomi.portal.access.guard import PortalRequest
    from hinomi.portal.tickets.models import FaxReturn


class AttachForm(forms.Form):
    """Which incident it answers."""

    use_required_attribute = False

    number = forms.CharField(
        label="案件の受付番号",
        max_length=20,
        help_text="紙の右上にあります。例：K-2041",
        error_messages={"required": "受付番号を入力してください。"},
    )


class ReadForm(forms.Form):
    """What stands on the paper."""

    use_required_attribute = False

    reading = forms.ChoiceField(
        choices=FaxReading.choices,
        error_messages={
            "required": "読んだしるしを選んでください。",
            "invalid_choice": "読んだしるしを選んでください。",
        },
    )
    written_by = forms.CharField(label="紙に書いてある名前", max_length=80, required=False)


class CompanyForm(forms.Form):
    """Whose ticket it becomes."""

    use_required_attribute = False

    company = forms.CharField(
        label="会社名",
        max_length=200,
        help_text="お客様の一覧にある名前を、そのまま入力してください。",
        error_messages={"required": "会社名を入力してください。"},
    )


@require_safe
@needs(Permission.TICKET_MAIL_SORT)
def faxes(request: PortalRequest) -> HttpResponse:
    """Those to read, or with `show=read` those that were."""
    is_read = request.GET.get("show") == "read"
    rows = fax_queries.done(request.scope) if is_read else fax_queries.unread(request.scope)
    page = pages.page_of(rows, number=pages.asked(request), question=request.GET)
    return render(request, "tickets/faxes.html", {"page": page, "is_read": is_read})


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.TICKET_MAIL_SORT)
def fax(request: PortalRequest, fax_id: int) -> HttpResponse:
    """One FAX; POST lays it beside an incident."""
    found = _one(request, fax_id)
    form = AttachForm(request.POST or None)
    if request.method != "POST":
        return _page(request, found)
    if not form.is_valid():
        return _page(request, found, attach=form)
    number = form.cleaned_data["number"].strip().upper()
    incident = Incident.objects.within(request.scope).filter(number=number).first()
    if incident is None:
        form.add_error("number", "その番号の案件はありません。")
        return _page(request, found, attach=form)
    services.lay_beside(fax=found, incident=incident, user=request.user)
    messages.success(request, f"{incident.number}に入れました。しるしを読んでください。")
    return redirect("fax", fax_id=found.pk)


@require_POST
@needs(Permission.TICKET_MAIL_SORT)
def fax_read(request: PortalRequest, fax_id: int) -> HttpResponse:
    """A person read the ticks."""
    found = _one(request, fax_id)
    form = ReadForm(request.POST)
    if not form.is_valid():
        return _page(request, found, reading=form)
    try:
        services.read(
            fax=found,
            reading=FaxReading(form.cleaned_data["reading"]),
            written_by=form.cleaned_data["written_by"],
            user=request.user,
        )
    except services.NotToBeRead:
        form.add_error(None, "先に、どの案件への返事かを選んでください。")
        return _page(request, found, reading=form)
    except NotAnAnswer:
        form.add_error(None, "この案件は、もう返事を受け取りません。案件を開いて確かめてください。")
        return _page(request, found, reading=form)
    messages.success(request, "読んだことを記録しました。")
    return redirect("faxes")


@require_POST
@needs(Permission.TICKET_MAIL_SORT)
def fax_ticket(request: PortalRequest, fax_id: int) -> HttpResponse:
    """It answers no incident: a ticket of the company."""
    found = _one(request, fax_id)
    form = CompanyForm(request.POST)
    if not form.is_valid():
        return _page(request, found, company=form)
    name = form.cleaned_data["company"].strip()
    rows = Organisation.objects.within(request.scope).filter(name=name).order_by("pk")[:2]
    if len(rows) != 1:
        form.add_error("company", "会社を1つに決められません。名前を確かめてください。")
        return _page(request, found, company=form)
    made = services.make_ticket(fax=found, organisation_id=rows[0].pk, user=request.user)
    messages.success(request, f"相談 {made.number} にしました。")
    return redirect("ticket", ticket_number=made.number)


@require_safe
@needs(Permission.TICKET_MAIL_SORT)
def fax_page(request: PortalRequest, fax_id: int, place: int) -> HttpResponse:
    """The picture of one page, under a name of ours."""
    path = services.path_of(_one(request, fax_id), place)
    if not path.is_file():
        raise Http404
    answer = HttpResponse(path.read_bytes(), content_type="image/png")
    answer["Content-Disposition"] = f'inline; filename="fax-{fax_id}-{place}.png"'
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["Cache-Control"] = "private, no-store"
    return answer


def _one(request: PortalRequest, fax_id: int) -> FaxReturn:
    found = fax_queries.faxes(request.scope).filter(pk=fax_id).first()
    if found is None:
        raise Http404
    return found


def _page(
    request: PortalRequest,
    found: FaxReturn,
    *,
    attach: forms.Form | None = None,
    reading: forms.Form | None = None,
    company: forms.Form | None = None,
) -> HttpResponse:
    incident = found.incident
    failed = attach or reading or company
    context = {
        "fax": found,
        "pages": range(1, found.pages + 1),
        "why_not": fax_queries.WHY_NOT.get(found.set_aside, found.set_aside),
        "text": text_of(incident) if incident else None,
        "is_open": bool(incident) and IncidentState(incident.state).is_open if incident else False,
        "attach": attach or AttachForm(),
        "reading": reading or ReadForm(),
        "company": company or CompanyForm(),
        "failed": failed,
    }
    return render(request, "tickets/fax.html", context, status=422 if failed else 200)
