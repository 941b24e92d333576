"""練習席: play made-up calls and incidents; the manager sees everybody and sets levels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hinomi.business.rehearsing import LEVELS
from hinomi.portal.access.guard import acting_firm, needs, one_or_404
from hinomi.portal.access.permissions import Permission
from hinomi.portal.organisations.levels import TooFewPeople, require_level
from hinomi.portal.organisations.models import Right
from hinomi.portal.practices import playing, runs, seat
from hinomi.portal.practices.library import cases
from hinomi.portal.practices.run_rows import Run
from hinomi.portal.ui import pages

if TYPE_CHECKING:
    from django.http import HttpResponse

    from hinomi.portal.access.guard import PortalRequest

_MOST_DIGITS = 4
_CHANGED = "このケースは新しくなりました。はじめからやり直してください。"


@require_safe
@needs(Permission.PRACTICE_PLAY)
def practice_seat(request: PortalRequest) -> HttpResponse:
    """The cases, one's level, one's results."""
    firm = acting_firm(request)
    rows = seat.history(firm, request.user.pk)
    page = pages.page_of(rows, number=pages.asked(request), question=request.GET)
    context = {
        "seat": seat.seat(firm, request.user.pk),
        "page": page,
        "results": seat.result_lines(page.items),
    }
    return render(request, "practices/seat.html", context)


@require_POST
@needs(Permission.PRACTICE_PLAY)
def practice_begin(request: PortalRequest) -> HttpResponse:
    """始める, or go on with what is open."""
    case = cases().get(request.POST.get("case", ""))
    if case is None:
        return redirect("practice_seat")
    made = runs.begin(firm_id=acting_firm(request), case=case, user=request.user)
    return redirect("practice_run", run_id=made.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.PRACTICE_PLAY)
def practice_run(request: PortalRequest, run_id: str) -> HttpResponse:
    """One step after the other, then the result. A colleague's is for the manager to read."""
    found = one_or_404(Run.objects.select_related("user"), request, pk=run_id)
    is_mine = found.user_id == request.user.pk
    if not is_mine and not (found.ended_at and request.actor.can(Permission.PRACTICE_MANAGE)):
        messages.info(request, "ほかの人の練習は開けません。")
        return redirect("practice_seat")
    if found.ended_at is not None:
        return _result(request, found)
    try:
        return _step(request, found)
    except runs.CaseChanged:
        messages.warning(request, _CHANGED)
        return redirect("practice_seat")


@require_safe
@needs(Permission.PRACTICE_MANAGE)
def practice_people(request: PortalRequest) -> HttpResponse:
    """Everybody's level and results, and which rights ask for one."""
    firm = acting_firm(request)
    rows = seat.everybody_s(firm)
    page = pages.page_of(rows, number=pages.asked(request), question=request.GET)
    context = {
        "people": seat.people(firm),
        "rules": seat.rules(firm),
        "choices": seat.level_choices(),
        "words": seat.LEVEL_WORDS,
        "page": page,
        "results": seat.result_lines(page.items),
    }
    return render(request, "practices/people.html", context)


@require_POST
@needs(Permission.PRACTICE_MANAGE)
def practice_level(request: PortalRequest) -> HttpResponse:
    """A right asks for a level from now on, or for none."""
    right, level = request.POST.get("right", ""), request.POST.get("level", "")
    if right not in Right.values or level not in {"0", *map(str, LEVELS)}:
        return redirect("practice_people")
    try:
        is_new = require_level(
            firm_id=acting_firm(request),
            right=Right(right),
            level=int(level),
            user_id=request.user.pk,
        )
    except TooFewPeople as few:
        said = f"レベル{level}の人が{few.least}人そろうまで、決められません。"
        messages.error(request, said)
    else:
        if is_new:
            messages.success(request, "レベルを決めました。いまから使います。")
    return redirect("practice_people")


def _step(request: PortalRequest, found: Run) -> HttpResponse:
    if request.method != "POST":
        return _ask(request, found)
    at, said = request.POST.get("at", ""), request.POST.get("said", "")
    if not (at.isascii() and at.isdigit() and len(at) <= _MOST_DIGITS):
        return redirect("practice_run", run_id=found.pk)
    wanted, _ = seat.at_hand(found, runs.case_of(found))
    is_known = int(at) == len(found.answers)
    if wanted is not None and wanted.step.wanted and is_known:
        length = len(playing.clean(said))
        if not 0 < length <= playing.WORDS_MOST:
            return _ask(request, found, typed=said, status=422)
    runs.answer(run=found, at=int(at), said=said)
    return redirect("practice_run", run_id=found.pk)


def _ask(request: PortalRequest, found: Run, *, typed: str = "", status: int = 200) -> HttpResponse:
    case = runs.case_of(found)
    step, talk = seat.at_hand(found, case)
    context = {
        "run": found,
        "case": case,
        "step": step,
        "talk": talk,
        "at": len(found.answers),
        "typed": typed,
        "most": playing.WORDS_MOST,
        "fault": status != 200,
    }
    return render(request, "practices/step.html", context, status=status)


def _result(request: PortalRequest, found: Run) -> HttpResponse:
    context = {"run": found, "title": seat.title_of(found), "marks": seat.mark_lines(found)}
    return render(request, "practices/result.html", context)
