"""キュー: what to take next, views to keep, and one press on many incidents."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from hinomi.core.words import ActionLevel, IncidentState
from hinomi.portal.access.guard import acting_firm, needs, one_or_404
from hinomi.portal.access.permissions import Permission
from hinomi.portal.access.time import now
from hinomi.portal.incidents import bulk, saved_views
from hinomi.portal.incidents.desk_forms import BulkForm, SaveViewForm, chosen_of
from hinomi.portal.incidents.desk_rows import BulkAct, BulkRun, SavedView
from hinomi.portal.incidents.queries import desk, feed, lists, queue
from hinomi.portal.incidents.queries.campaigns import open_campaigns
from hinomi.portal.incidents.queries.sensors import open_questions
from hinomi.portal.rules.queries.packs import waiting_rules
from hinomi.portal.ui import live

if TYPE_CHECKING:
    from django.http import HttpResponse

    from hinomi.portal.access.guard import PortalRequest

_CHOICES = ("page", "all")  # which rows come ticked


@require_safe
@needs(Permission.QUEUE_READ)
def queue_page(request: PortalRequest) -> HttpResponse:
    """What to take next. Polled for news only: rows never move under the pointer."""
    if live.is_part(request):
        return _news(request)
    return _page(request, _question(request))


@require_POST
@needs(Permission.INCIDENT_WORK)
def many(request: PortalRequest) -> HttpResponse:
    """One press on the ticked incidents. Faults keep what was ticked and typed."""
    firm_id = acting_firm(request)
    form = BulkForm(request.POST, colleagues=desk.colleagues(firm_id, but=request.user.pk))
    chosen = chosen_of(request.POST.getlist("row"))
    if not form.is_valid() or not chosen:
        if not chosen:
            form.add_error(None, "案件を1件以上選んでください。")
        question = queue.Question.of(QueryDict(request.POST.get("question", "")[:600]).dict())
        return _page(request, question, bulk_form=form, ticked=set(chosen), status=422)
    run = bulk.carry_out(
        firm_id=firm_id,
        user=request.user,
        once=form.cleaned_data["once"],
        wanted=bulk.Wanted(
            act=BulkAct(form.cleaned_data["act"]),
            chosen=chosen,
            reason=form.cleaned_data["reason"],
            to=form.colleague,
        ),
        scope=request.scope,
    )
    return redirect("bulk", bulk_id=run.pk)


@require_safe
@needs(Permission.INCIDENT_WORK)
def report(request: PortalRequest, bulk_id: int) -> HttpResponse:
    """What became of each incident of a press."""
    run = one_or_404(BulkRun.objects.select_related("user", "to"), request, pk=bulk_id)
    return render(
        request, "incidents/bulk.html", {"run": run, "view": desk.report(run, request.scope)}
    )


@require_POST
@needs(Permission.INCIDENT_WORK)
def undo(request: PortalRequest, bulk_id: int) -> HttpResponse:
    """元に戻す, for ten minutes."""
    run = one_or_404(BulkRun.objects.all(), request, pk=bulk_id)
    try:
        bulk.undo(run=run, user=request.user, scope=request.scope)
    except bulk.TooLate:
        messages.error(request, "10分を過ぎたため、元に戻せません。1件ずつ開いて変えてください。")
    return redirect("bulk", bulk_id=run.pk)


@require_POST
@needs(Permission.INCIDENT_WORK)
def save_view(request: PortalRequest) -> HttpResponse:
    """Keep the present question under a name."""
    question = queue.Question.of(QueryDict(request.POST.get("question", "")[:600]).dict())
    form = SaveViewForm(request.POST)
    if not form.is_valid():
        return _page(request, question, view_form=form, status=422)
    try:
        saved_views.save(
            firm_id=acting_firm(request),
            user=request.user,
            question=question.address,
            **form.cleaned_data,
        )
    except saved_views.NameTaken:
        form.add_error("name", "同じ名前の見方があります。ほかの名前にしてください。")
        return _page(request, question, view_form=form, status=409)
    except saved_views.TooMany:
        form.add_error("name", "見方は30個までです。使わないものを消してください。")
        return _page(request, question, view_form=form, status=409)
    messages.success(request, f"見方「{form.cleaned_data['name']}」を保存しました。")
    return redirect(f"{reverse('queue')}?{question.address}")


@require_POST
@needs(Permission.INCIDENT_WORK)
def prefer_view(request: PortalRequest, view_id: int) -> HttpResponse:
    """The queue opens with it from now on, or no longer."""
    view = _view(request, view_id)
    saved_views.prefer(view=view, user=request.user)
    return redirect(f"{reverse('queue')}?{view.question}")


@require_POST
@needs(Permission.INCIDENT_WORK)
def remove_view(request: PortalRequest, view_id: int) -> HttpResponse:
    """Out of sight, with a button to take that back."""
    view = _view(request, view_id)
    saved_views.remove(view=view, user=request.user)
    return render(request, "incidents/view_removed.html", {"view": view})


@require_POST
@needs(Permission.INCIDENT_WORK)
def restore_view(request: PortalRequest, view_id: int) -> HttpResponse:
    """元に戻す."""
    view = _view(request, view_id)
    if not saved_views.restore(view=view, user=request.user):
        messages.error(
            request, "同じ名前の見方があるため、戻せません。先に名前の違う見方にしてください。"
        )
    return redirect(f"{reverse('queue')}?{view.question}")


def _view(request: PortalRequest, view_id: int) -> SavedView:
    """A colleague's own view is none of anybody's: it looks as if it did not exist."""
    rows = SavedView.objects.seen_by(request.scope, request.user.pk)
    return one_or_404(rows, request, pk=view_id)


def _question(request: PortalRequest) -> queue.Question:
    """What the address asks; without a question, what the person's queue opens with."""
    asked = request.GET
    names = ("view", "q", "company", "level", "state", "after", "before", "choose")
    if not any(name in asked for name in names):
        asked = QueryDict(desk.default_question(request.scope, user_id=request.user.pk))
    return queue.Question.of(asked.dict())


def _page(
    request: PortalRequest,
    question: queue.Question,
    *,
    bulk_form: BulkForm | None = None,
    view_form: SaveViewForm | None = None,
    ticked: set[str] | None = None,
    status: int = 200,
) -> HttpResponse:
    user_id, choose = request.user.pk, request.GET.get("choose", "")
    found = queue.page(
        request.scope,
        question,
        user_id=user_id,
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
        size=queue.AT_ONCE if choose == "all" or ticked else queue.SIZE,
    )
    counts = queue.counts(request.scope, user_id=user_id)
    colleagues = desk.colleagues(acting_firm(request), but=user_id)
    once = BulkForm(colleagues=colleagues, initial={"once": secrets.token_urlsafe(16)})
    faults = next((each for each in (bulk_form, view_form) if each and each.errors), None)
    context = {
        "question": question,
        "rows": lists.as_rows(found.items),
        "page": found,
        "moment": now(),
        "views": [(key, view.word, counts.get(key)) for key, view in queue.VIEWS.items()],
        "levels": [(level.value, level.ja) for level in ActionLevel],
        "states": [(state.value, state.inside_ja) for state in IncidentState],
        "most": queue.COUNTED,
        "at_once": queue.AT_ONCE,
        "ticks": choose in _CHOICES,
        "ticked": ticked or set(),
        "saved": desk.saved_views(request.scope, user_id=user_id, present=question.address),
        "bulk_form": bulk_form or once,
        "view_form": view_form or SaveViewForm(),
        "failed": faults,
        "campaigns": open_campaigns(request.scope),
        "waiting_rules": waiting_rules(),
        "questions": open_questions(request.scope),
        "feed": feed.feed(),
        "newest": lists.newest_id(),
    }
    return render(request, "incidents/queue.html", context, status=status)


def _news(request: PortalRequest) -> HttpResponse:
    """How many incidents came since the page was drawn, and whether news still comes."""
    since = _number(request.GET.get("since", ""))
    count, state = lists.opened_since(request.scope, since), feed.feed()
    question = queue.Question.of(request.GET.dict())
    return live.part(
        request,
        "incidents/news.html",
        version=(request.user.pk, since, count, question.address, state.stopped_minutes),
        context=lambda: {"count": count, "question": question, "feed": state},
    )


def _number(text: str) -> int:
    """A row id from an address; 0 for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
