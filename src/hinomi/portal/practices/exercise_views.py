"""P18 訓練 for a company and our people, and the page behind the link in the mail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hinomi.portal.access.guard import needs, one_or_404, public
from hinomi.portal.access.permissions import Permission
from hinomi.portal.access.time import now
from hinomi.portal.escalations.limits import is_guessing, note_wrong
from hinomi.portal.organisations.models import Organisation
from hinomi.portal.practices import exercises, letters, pages
from hinomi.portal.practices.models import Asked, Ending, Exercise, How
from hinomi.portal.practices.texts import exercise_texts

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from hinomi.portal.access.guard import PortalRequest

_MOST_DIGITS = 15
_WHY = "the signed token names one row"


@require_safe
@needs(Permission.EXERCISE_READ)
def exercise(request: PortalRequest, organisation_id: str) -> HttpResponse:
    """Who answered after how long; to print, or to begin one."""
    company = one_or_404(Organisation.objects.all(), request, pk=organisation_id)
    page = pages.page(
        company,
        number=_number(request.GET.get("of", "")),
        of_firm=request.actor.is_firm_staff,
        user_id=request.user.pk,
    )
    return render(request, "practices/exercise.html", {"page": page, "company": company})


@require_POST
@needs(Permission.EXERCISE_RUN)
def exercise_start(request: PortalRequest, organisation_id: str) -> HttpResponse:
    """訓練を始める."""
    company = one_or_404(Organisation.objects.all(), request, pk=organisation_id)
    try:
        made = exercises.begin(
            organisation_id=company.pk,
            calls_at_night=request.POST.get("nights") == "yes",
            of_firm=request.actor.is_firm_staff,
            user=request.user,
        )
    except exercises.Refused as refused:
        messages.warning(request, exercise_texts()[f"refused.{refused.reason}"])
    else:
        count = Asked.objects.of(company.pk).filter(exercise=made).count()
        messages.success(request, f"訓練を始めました。{count}人に送っています。")
    return redirect("exercise", organisation_id=company.pk)


@require_POST
@needs(Permission.EXERCISE_RUN)
def exercise_end(request: PortalRequest, organisation_id: str) -> HttpResponse:
    """終わりにする."""
    company = one_or_404(Organisation.objects.all(), request, pk=organisation_id)
    rows = Exercise.objects.of(company.pk).filter(pk=_number(request.POST.get("exercise", "")))
    found = rows.first()
    if found and exercises.end(exercise=found, ending=Ending.EARLY, user=request.user):
        messages.success(request, "訓練を終わりにしました。まだの人にも、もう送りません。")
    return redirect("exercise", organisation_id=company.pk)


@require_POST
@needs(Permission.EXERCISE_READ)
def exercise_received(request: PortalRequest, organisation_id: str) -> HttpResponse:
    """受け取りました, by the person themselves, signed in."""
    company = one_or_404(Organisation.objects.all(), request, pk=organisation_id)
    rows = Asked.objects.of(company.pk).filter(user=request.user, exercise__ended_at=None)
    _answered(request, rows.first(), How.PAGE)
    return redirect("exercise", organisation_id=company.pk)


@require_POST
@needs(Permission.EXERCISE_RUN)
def exercise_told(request: PortalRequest, organisation_id: str) -> HttpResponse:
    """話して確かめた: whom only a FAX or an SMS reaches has no button."""
    company = one_or_404(Organisation.objects.all(), request, pk=organisation_id)
    rows = Asked.objects.of(company.pk).filter(pk=_number(request.POST.get("asked", "")))
    _answered(request, rows.first(), How.TOLD)
    return redirect("exercise", organisation_id=company.pk)


@require_POST
@needs(Permission.EXERCISE_AGREE)
def exercise_agree(request: PortalRequest, organisation_id: str) -> HttpResponse:
    """The owner lets our people begin exercises, or no more."""
    company = one_or_404(Organisation.objects.all(), request, pk=organisation_id)
    if request.POST.get("say") == "yes":
        exercises.agree(organisation_id=company.pk, user=request.user)
        messages.success(request, "サービスの担当者も、訓練を始められます。")
    elif request.POST.get("say") == "no":
        exercises.disagree(organisation_id=company.pk, user=request.user)
        messages.success(request, "サービスの担当者は、訓練を始められません。")
    return redirect("exercise", organisation_id=company.pk)


@never_cache
@public("the signed token names one person of one exercise; the page names neither")
@require_http_methods(["GET", "HEAD", "POST"])
def exercise_answer(request: HttpRequest, secret: str) -> HttpResponse:
    """受け取りました, without signing in, for a day. Mail scanners open every link: only a POST is
    an answer."""
    asked = None if is_guessing(request) else _asked(secret)
    if asked is None:
        note_wrong(request)
        return render(request, "practices/gone.html", status=404)
    if request.method == "POST":
        exercises.answer(asked=asked, how=How.LINK, moment=now())
        return redirect("exercise_answer", secret=secret)
    context = {
        "took": pages.took_of(asked),
        "is_over": asked.exercise.ended_at is not None,
        "first": exercise_texts()["first"],
        "password": exercise_texts()["password"],
    }
    return render(request, "practices/answer.html", context)


def _asked(secret: str) -> Asked | None:
    pk = letters.opened(secret)
    if pk is None:
        return None
    rows = Asked.objects.across_all(reason=_WHY).filter(pk=pk, organisation__deleted_at=None)
    return rows.select_related("exercise").first()


def _answered(request: PortalRequest, asked: Asked | None, how: How) -> None:
    if asked is None:
        return
    by = request.user if how is How.TOLD else None
    if exercises.answer(asked=asked, how=how, moment=now(), user=by):
        messages.success(request, "「受け取りました」を記録しました。")


def _number(text: str) -> int:
    is_one = text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
    return int(text) if is_one else 0
