"""One paper of a case: written, looked at, settled, taken as PDF or Word; and the evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from hinomi.pipeline.report.docx import render_docx
from hinomi.pipeline.report.paper import render_paper
from hinomi.portal.access.guard import needs
from hinomi.portal.access.permissions import Permission
from hinomi.portal.papers import drafts, evidence
from hinomi.portal.papers.forms import FieldsForm
from hinomi.portal.papers.kinds import kind_of
from hinomi.portal.papers.paper import paper
from hinomi.portal.papers.services import ChangedMeanwhile
from hinomi.portal.papers.views import incident_of
from hinomi.portal.ui import pages

if TYPE_CHECKING:
    from hinomi.portal.access.guard import PortalRequest
    from hinomi.portal.incidents.models import Incident

_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_CHANGED = "ほかの人が先に書きました。紙面を確かめ、よければもう一度押してください。"


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.PAPER_WORK)
def write(request: PortalRequest, number: str, kind: str) -> HttpResponse:
    """The fields and the paper they make. POST keeps them; `settle` makes it final."""
    found = incident_of(request, number)
    draft = drafts.draft_of(found, kind)
    if request.method != "POST":
        start = {**(draft.fields if draft else {}), "seen": draft.version if draft else 0}
        return _page(request, found, kind, FieldsForm(kind=kind, initial=start))
    form = FieldsForm(request.POST, kind=kind)
    if not form.is_valid():
        return _page(request, found, kind, form)
    try:
        kept = drafts.save(
            incident=found, kind=kind, fields=form.said, seen=form.seen_version, user=request.user
        )
        if "settle" in request.POST:
            drafts.settle(incident=found, kind=kind, seen=kept.version, user=request.user)
    except ChangedMeanwhile:
        return _page(request, found, kind, _once_more(request, found, kind))
    settled = "settle" in request.POST
    messages.success(request, "確定しました。" if settled else "下書きを保存しました。")
    return redirect(f"paper_{kind}_of_case", number=found.number)


@require_safe
@needs(Permission.PAPER_WORK)
def pdf(request: PortalRequest, number: str, kind: str) -> HttpResponse:
    """The paper as PDF."""
    found = incident_of(request, number)
    body = render_paper(paper(kind, found, drafts.draft_of(found, kind)))
    return _file(body, "application/pdf", f"{found.number}-{kind}.pdf")


@require_safe
@needs(Permission.PAPER_WORK)
def docx(request: PortalRequest, number: str, kind: str) -> HttpResponse:
    """The paper for Word."""
    found = incident_of(request, number)
    body = render_docx(paper(kind, found, drafts.draft_of(found, kind)))
    return _file(body, _WORD, f"{found.number}-{kind}.docx")


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.PAPER_WORK)
def evidence_list(request: PortalRequest, number: str) -> HttpResponse:
    """Every record with its SHA-256; POST takes them out as a file, and the trail says so."""
    found = incident_of(request, number)
    if request.method == "POST":
        body = evidence.take_out(incident=found, user=request.user)
        return _file(body, "application/zip", f"{found.number}-evidence.zip")
    rows = evidence.pieces(found)
    page = pages.page_of_list(rows, number=pages.asked(request), question=request.GET)
    return render(request, "papers/evidence.html", {"incident": found, "page": page})


def _once_more(request: PortalRequest, found: Incident, kind: str) -> FieldsForm:
    """What was typed, over the version that came meanwhile: the next press is meant."""
    draft = drafts.draft_of(found, kind)
    typed = request.POST.copy()
    typed["seen"] = str(draft.version if draft else 0)
    form = FieldsForm(typed, kind=kind)
    form.add_error(None, _CHANGED)
    return form


def _page(request: PortalRequest, found: Incident, kind: str, form: FieldsForm) -> HttpResponse:
    draft = drafts.draft_of(found, kind)
    failed = form if form.errors else None
    context = {
        "incident": found,
        "kind": kind_of(kind),
        "draft": draft,
        "paper": paper(kind, found, draft),
        "form": form,
        "failed": failed,
    }
    return render(request, "papers/write.html", context, status=422 if failed else 200)


def _file(body: bytes, content_type: str, name: str) -> HttpResponse:
    answer = HttpResponse(body, content_type=content_type)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "private, no-store"
    return answer
