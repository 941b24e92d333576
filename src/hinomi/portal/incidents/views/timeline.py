"""タイムライン: two tracks, lines with their own time, records taken over, stars, the export."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hinomi.portal.access.guard import needs, one_or_404
from hinomi.portal.access.permissions import Permission
from hinomi.portal.access.time import now
from hinomi.portal.incidents import timeline as history
from hinomi.portal.incidents.forms import LineForm
from hinomi.portal.incidents.models import EntryKind, Incident
from hinomi.portal.incidents.queries.timeline import (
    narrative_markdown,
    narrative_text,
    records_to_promote,
    timeline,
)
from hinomi.portal.incidents.wording import text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from hinomi.portal.access.guard import PortalRequest
    from hinomi.portal.incidents.models import TimelineEntry

_INCIDENTS = Incident.objects.select_related("organisation")
_ACTS: dict[str, tuple[Callable[..., TimelineEntry], str]] = {
    "show": (history.show, "お客様に見せます。"),
    "hide": (history.hide, "お客様には見せません。"),
    "star": (history.star, "報告書に入れます。"),
    "unstar": (history.unstar, "報告書から外しました。"),
}
_EXPORTS = {
    "text": ("txt", "text/plain; charset=utf-8", narrative_text),
    "markdown": ("md", "text/markdown; charset=utf-8", narrative_markdown),
}


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.INCIDENT_WORK)
def case_timeline(request: PortalRequest, number: str) -> HttpResponse:
    """The whole history; POST adds a line."""
    found = one_or_404(_INCIDENTS.all(), request, number=number)
    if request.method != "POST":
        return _page(request, found, LineForm(initial={"at": now(), "kind": "action"}), status=200)
    form = LineForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form, status=422)
    given = form.cleaned_data
    line = history.Line(
        at=given["at"],
        kind=EntryKind(given["kind"]),
        text=given["text"],
        source=given["source"],
        shown=given["shown"],
    )
    try:
        history.add(incident=found, line=line, user=request.user)
    except history.WordsRefused as refused:
        _add_faults(form, refused)
        return _page(request, found, form, status=422)
    except history.NotYet:
        form.add_error("at", "まだ来ていない時刻です。起きた時刻を入力してください。")
        return _page(request, found, form, status=422)
    messages.success(request, "出来事を加えました。")
    return redirect("case_timeline", number=found.number)


@require_POST
@needs(Permission.INCIDENT_WORK)
def change_line(request: PortalRequest, number: str) -> HttpResponse:
    """Show a line to the customer or not, star it or not."""
    found = one_or_404(_INCIDENTS.all(), request, number=number)
    act, said = _ACTS.get(request.POST.get("act", ""), (None, ""))
    entry = request.POST.get("entry", "")
    if act is None or not (entry.isascii() and entry.isdigit() and len(entry) < 19):
        messages.error(request, "どの出来事かが分かりません。画面を開き直してください。")
        return redirect("case_timeline", number=found.number)
    try:
        act(incident=found, entry_id=int(entry), user=request.user)
        messages.success(request, said)
    except history.NoSuchRecord as error:
        raise Http404 from error
    except history.WordsRefused as refused:
        for fault in refused.faults:
            messages.error(request, f"このままでは、お客様に見せられません。{fault}")
    return redirect("case_timeline", number=found.number)


@require_POST
@needs(Permission.INCIDENT_WORK)
def promote_record(request: PortalRequest, number: str) -> HttpResponse:
    """A record of the evidence becomes a fact of the history."""
    found = one_or_404(_INCIDENTS.all(), request, number=number)
    try:
        event_id = request.POST.get("event", "")[:64]
        history.promote(incident=found, event_id=event_id, user=request.user)
        messages.success(request, "記録を、事実として加えました。")
    except history.NoSuchRecord:
        messages.error(request, "その記録は、この案件にありません。画面を開き直してください。")
    return redirect("case_timeline", number=found.number)


@require_safe
@needs(Permission.INCIDENT_WORK)
def export_timeline(request: PortalRequest, number: str) -> HttpResponse:
    """The history as text or Markdown."""
    found = one_or_404(_INCIDENTS.all(), request, number=number)
    ending, kind, write = _EXPORTS.get(request.GET.get("as", ""), _EXPORTS["text"])
    body = write(found, timeline(found), title=text_of(found).title)
    name = f"{found.number}-timeline.{ending}"
    return HttpResponse(
        body,
        content_type=kind,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "private, no-store",
        },
    )


def _add_faults(form: LineForm, refused: history.WordsRefused) -> None:
    for fault in refused.faults:
        form.add_error("text", f"お客様に見せるには直してください。{fault}")


def _page(request: PortalRequest, found: Incident, form: LineForm, *, status: int) -> HttpResponse:
    context = {
        "incident": found,
        "title": text_of(found).title,
        "timeline": timeline(found),
        "records": records_to_promote(found),
        "form": form,
    }
    return render(request, "incidents/timeline.html", context, status=status)
