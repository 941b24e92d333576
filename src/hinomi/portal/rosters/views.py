"""お客様の取り込み: bring a list, see row by row what it would change, take it in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hinomi.core.errors import HinomiError
from hinomi.portal.access.guard import acting_firm, needs, one_or_404
from hinomi.portal.access.permissions import Permission
from hinomi.portal.rosters import queries, services, sheets
from hinomi.portal.rosters.forms import ColumnsForm, FileForm
from hinomi.portal.rosters.models import Roster
from hinomi.portal.rosters.steps import State
from hinomi.portal.rosters.table import NotATable
from hinomi.portal.sources.publication import publish_if_changed
from hinomi.portal.ui import pages

if TYPE_CHECKING:
    from hinomi.portal.access.guard import PortalRequest

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_ROSTERS = Roster.objects.select_related("mailbox", "brought_by")


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.CUSTOMER_IMPORT)
def rosters(request: PortalRequest) -> HttpResponse:
    """The file, and lists brought before."""
    form = FileForm(request.POST, request.FILES) if request.method == "POST" else FileForm()
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            made = services.bring(
                firm_id=acting_firm(request),
                file_name=file.name,
                raw=file.read(),
                user=request.user,
            )
            return redirect("roster", roster_id=made.pk)
        except NotATable as fault:
            form.add_error("file", fault.words_ja)
    rows = queries.rosters(request.scope)
    page = pages.page_of(rows, number=pages.asked(request), question=request.GET, size=10)
    context = {"form": form, "page": page}
    return render(request, "rosters/rosters.html", context, status=422 if form.errors else 200)


@require_safe
@needs(Permission.CUSTOMER_IMPORT)
def template_xlsx(request: PortalRequest) -> HttpResponse:
    """An empty list with our headings."""
    return _file(sheets.template(), name="okyakusama.xlsx", kind=_XLSX)


@require_safe
@needs(Permission.CUSTOMER_IMPORT)
def roster(request: PortalRequest, roster_id: str) -> HttpResponse:
    """What taking it in would do, or what it did."""
    found = one_or_404(_ROSTERS.all(), request, pk=roster_id)
    return _page(request, found, form=_columns(found))


@require_POST
@needs(Permission.CUSTOMER_IMPORT)
def columns(request: PortalRequest, roster_id: str) -> HttpResponse:
    """What each column means, and the mailbox."""
    found = one_or_404(_ROSTERS.all(), request, pk=roster_id)
    if not found.is_open:
        return redirect("roster", roster_id=found.pk)
    form = _columns(found, data=request)
    if not form.is_valid():
        return _page(request, found, form=form, status=422)
    services.set_columns(
        roster=found, columns=form.cleaned_data["columns"], mailbox=form.cleaned_data["mailbox"]
    )
    return redirect("roster", roster_id=found.pk)


@require_POST
@needs(Permission.CUSTOMER_IMPORT)
def take(request: PortalRequest, roster_id: str) -> HttpResponse:
    """取り込む."""
    found = one_or_404(_ROSTERS.all(), request, pk=roster_id)
    try:
        counts = services.take_in(roster=found, user=request.user)
    except services.AlreadyTaken:
        messages.info(request, "この一覧は、先に取り込まれたか、消されています。")
        return redirect("roster", roster_id=found.pk)
    except IntegrityError:
        messages.error(
            request, "別の人が同時に登録しました。何も変えていません。もう一度、確かめてください。"
        )
        return redirect("roster", roster_id=found.pk)
    except HinomiError as fault:
        messages.error(request, f"取り込めませんでした。何も変えていません。原因：{fault.message}")
        return redirect("roster", roster_id=found.pk)
    publish_if_changed()
    written = counts[State.NEW] + counts[State.CHANGED]
    messages.success(request, f"{written}行を取り込みました。")
    return redirect("roster", roster_id=found.pk)


@require_POST
@needs(Permission.CUSTOMER_IMPORT)
def drop(request: PortalRequest, roster_id: str) -> HttpResponse:
    """Forget the list."""
    found = one_or_404(_ROSTERS.all(), request, pk=roster_id)
    services.drop(roster=found, user=request.user)
    messages.success(request, "一覧を消しました。登録済みのお客様は変わりません。")
    return redirect("rosters")


@require_safe
@needs(Permission.CUSTOMER_IMPORT)
def faults(request: PortalRequest, roster_id: str) -> HttpResponse:
    """The rows to mend, as a file."""
    found = one_or_404(_ROSTERS.all(), request, pk=roster_id)
    cells = {number: list(cells) for number, cells in found.lines}
    raw = sheets.faults_csv(found.headings, queries.faults_of(found), cells)
    return _file(raw, name="naosu-gyou.csv", kind="text/csv; charset=utf-8")


def _page(
    request: PortalRequest, found: Roster, *, form: ColumnsForm, status: int = 200
) -> HttpResponse:
    context: dict[str, object] = {"roster": found}
    if found.is_open:
        view = queries.preview(found, number=pages.asked(request), question=request.GET)
        fields = [form[name] for name in form.fields if name != "mailbox"]
        context |= {
            "view": view,
            "form": form,
            "columns": list(zip(fields, view.samples, strict=True)),
            "chosen": request.GET.get("state", ""),
            "asks_mailbox": found.mailbox is None and form.has_mailboxes,
        }
        return render(request, "rosters/roster.html", context, status=status)
    context["counts"] = [(state.ja, found.counts.get(state.value, 0)) for state in State]
    return render(request, "rosters/taken.html", context, status=status)


def _columns(found: Roster, *, data: PortalRequest | None = None) -> ColumnsForm:
    return ColumnsForm(
        None if data is None else data.POST,
        roster=found,
        mailboxes=queries.mailboxes_of(found.firm_id),
    )


def _file(raw: bytes, *, name: str, kind: str) -> HttpResponse:
    answer = HttpResponse(raw, content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "private, no-store"
    return answer
