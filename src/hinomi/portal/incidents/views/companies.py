"""The customers a firm serves, one of them, and its own values for rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localdate, localtime
from django.views.decorators.http import require_POST, require_safe

from hinomi.portal.access import audit
from hinomi.portal.access.guard import acting_firm, needs, one_or_404
from hinomi.portal.access.permissions import Permission
from hinomi.portal.access.time import now
from hinomi.portal.contacts.watchwords import watchword_of
from hinomi.portal.incidents import phone_notes
from hinomi.portal.incidents.desk_forms import PhoneNoteForm
from hinomi.portal.incidents.forms import ValuesForm
from hinomi.portal.incidents.queries import customers as queries
from hinomi.portal.incidents.queries.companies import company_page, note_of
from hinomi.portal.incidents.queries.customers import VIEWS
from hinomi.portal.incidents.queries.queue import clean
from hinomi.portal.organisations.models import Organisation
from hinomi.portal.organisations.values import NotAValue, set_values, values_of
from hinomi.portal.sources.publication import publish_if_changed
from hinomi.portal.ui import pages
from hinomi.portal.ui.files import csv_lines

if TYPE_CHECKING:
    from django.http import HttpResponse
    from django.http.response import HttpResponseBase

    from hinomi.portal.access.guard import PortalRequest
    from hinomi.portal.access.owned import ScopedQuerySet

_HEAD = ("番号", "会社", "電話", "状態", "機器", "未対応", "最終連絡")


@require_safe
@needs(Permission.CUSTOMER_READ)
def customers(request: PortalRequest) -> HttpResponseBase:
    """The customers this firm serves. `?as=csv` gives all of the question as a file."""
    search, chosen = clean(request.GET.get("q", "")), request.GET.get("view", "all")
    chosen = chosen if chosen in VIEWS else "all"
    rows = queries.customers(request.scope, chosen=chosen, search=search)
    if request.GET.get("as") == "csv":
        return _file(request, rows)
    page = pages.page_of(rows, number=pages.asked(request), question=request.GET, size=queries.SIZE)
    context = {
        "page": page,
        "lines": queries.lines(page.items),
        "search": search,
        "chosen": chosen,
        "views": [(key, word) for key, (word, _) in VIEWS.items()],
        "file": f"{pages.kept(request.GET)}&as=csv",
    }
    return render(request, "incidents/customers.html", context)


@require_safe
@needs(Permission.CUSTOMER_READ)
def customer(request: PortalRequest, organisation_id: str) -> HttpResponse:
    """One customer: incidents, sources, machines, people, values."""
    company = one_or_404(Organisation.objects.all(), request, pk=organisation_id)
    return _page(request, company, form=_form_for(company, request.GET.get("edit", "")))


@require_POST
@needs(Permission.VALUE_WRITE)
def save_values(request: PortalRequest, organisation_id: str) -> HttpResponse:
    """What `%name%` in rules stands for at this company."""
    company = one_or_404(Organisation.objects.all(), request, pk=organisation_id)
    form = ValuesForm(request.POST)
    if not form.is_valid():
        return _page(request, company, form=form, status=422)
    try:
        set_values(organisation_id=company.pk, user_id=request.user.pk, **form.cleaned_data)
    except NotAValue as fault:
        form.add_error(fault.about, fault.words_ja)
        return _page(request, company, form=form, status=422)
    publish_if_changed()
    messages.success(request, "ルールで使う値を保存しました。数秒で使い始めます。")
    return redirect("customer", organisation_id=company.pk)


@require_POST
@needs(Permission.WATCHWORD_SHOW)
def watchword(request: PortalRequest, organisation_id: str) -> HttpResponse:
    """The company's 合言葉, to be said to them on the telephone. That it was shown is kept."""
    company = one_or_404(Organisation.objects.all(), request, pk=organisation_id)
    audit.record(
        what=Permission.WATCHWORD_SHOW.value,
        user_id=request.user.pk,
        organisation_id=company.pk,
    )
    answer = _page(
        request, company, form=_form_for(company, ""), word=watchword_of(company.pk), asked=True
    )
    answer["Cache-Control"] = "private, no-store"
    return answer


@require_POST
@needs(Permission.INCIDENT_WORK)
def write_note(request: PortalRequest, organisation_id: str) -> HttpResponse:
    """What to know before ringing. What was typed survives another's note."""
    company = one_or_404(Organisation.objects.all(), request, pk=organisation_id)
    form = PhoneNoteForm(request.POST)
    if not form.is_valid():
        return _page(request, company, form=_form_for(company, ""), note_form=form, status=422)
    try:
        phone_notes.write(organisation_id=company.pk, user=request.user, **form.cleaned_data)
    except phone_notes.NoteChanged:
        messages.warning(
            request,
            "ほかの人が先に書きかえました。いまのメモを確かめて、もう一度保存してください。",
        )
        again = PhoneNoteForm(
            initial={
                "version": note_of(company.pk).version,
                "text": form.cleaned_data["text"],
            }
        )
        return _page(request, company, form=_form_for(company, ""), note_form=again, status=409)
    messages.success(request, "電話の前のメモを保存しました。")
    return redirect("customer", organisation_id=company.pk)


def _file(request: PortalRequest, rows: ScopedQuerySet[Organisation]) -> StreamingHttpResponse:
    audit.record(
        what="organisations:customer:export",
        user_id=request.user.pk,
        firm_id=acting_firm(request),
    )
    answer = StreamingHttpResponse(
        csv_lines(_HEAD, map(_cells, queries.all_lines(rows))),
        content_type="text/csv; charset=utf-8",
    )
    answer["Content-Disposition"] = (
        f'attachment; filename="okyakusama-{localdate(now()):%Y%m%d}.csv"'
    )
    answer["Cache-Control"] = "private, no-store"
    return answer


def _cells(line: queries.CustomerLine) -> tuple[str, ...]:
    company = line.company
    return (
        company.pk,
        company.name,
        company.contact_phone,
        line.state,
        str(line.sources),
        str(line.open_count),
        f"{localtime(line.contact_at):%Y-%m-%d %H:%M}" if line.contact_at else "",
    )


def _form_for(company: Organisation, name: str) -> ValuesForm:
    """Filled with what a name stands for now; empty for a name that stands for nothing."""
    present = values_of(company.pk).get(name)
    filled = {"name": name, "values": "\n".join(present)} if present else None
    return ValuesForm(initial=filled)


def _page(
    request: PortalRequest,
    company: Organisation,
    *,
    form: ValuesForm,
    note_form: PhoneNoteForm | None = None,
    word: str = "",
    asked: bool = False,
    status: int = 200,
) -> HttpResponse:
    view = company_page(company)
    known = {"version": view.note.version, "text": view.note.text}
    context = {
        "view": view,
        "form": form,
        "note_form": note_form or PhoneNoteForm(initial=known),
        "word": word,
        "is_word_asked": asked,
    }
    return render(request, "incidents/customer.html", context, status=status)
