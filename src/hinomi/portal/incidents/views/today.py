"""今日の警報 by company, for the firm's people: a page, and the same as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from hinomi.portal.access.guard import needs
from hinomi.portal.access.permissions import Permission
from hinomi.portal.incidents.queries.today import FILTERS, Today, today
from hinomi.portal.ui.files import csv_lines
from hinomi.portal.ui.pages import Page, asked, kept

if TYPE_CHECKING:
    from hinomi.portal.access.guard import PortalRequest
    from hinomi.portal.incidents.queries.today import Line

_ROWS = 60
_HEAD = ("会社", "いちばん急ぐもの", "今日の警報の数", "見つかったこと", "最後に届いた記録")


@require_safe
@needs(Permission.QUEUE_READ)
def today_by_company(request: PortalRequest) -> HttpResponse:
    """Every customer in one line. `?as=csv` gives all lines as a file."""
    chosen = request.GET.get("view", "all")
    search = request.GET.get("q", "").strip()[:100]
    view = today(request.scope, chosen=chosen, search=search)
    if request.GET.get("as") == "csv":
        return _file(view)
    number = min(asked(request), max(1, -(-len(view.lines) // _ROWS)))
    start = (number - 1) * _ROWS
    lines = view.lines[start : start + _ROWS]
    return render(
        request,
        "incidents/today.html",
        {
            "view": view,
            "page": Page(lines, number, len(view.lines), _ROWS, kept(request.GET)),
            "filters": [(key, word, view.counts[key]) for key, (word, _) in FILTERS.items()],
            "chosen": chosen if chosen in FILTERS else "all",
            "search": search,
        },
    )


def _file(view: Today) -> HttpResponse:
    answer = HttpResponse(
        b"".join(csv_lines(_HEAD, map(_cells, view.lines))),
        content_type="text/csv; charset=utf-8",
    )
    name = f"kyou-no-keihou-{view.day:%Y%m%d}.csv"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "private, no-store"
    return answer


def _cells(line: Line) -> tuple[str, ...]:
    told = " / ".join(f"{each.title}（{each.alerts}件）" for each in line.incidents)
    level = line.level.ja if line.level else ""
    return line.name, level, str(line.alerts), told, line.heard_ja
