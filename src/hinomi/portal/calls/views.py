"""最初の電話: whose number it is, and one screen for the whole call."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from hinomi.business.phone_numbers import phone_key
from hinomi.portal.access import audit
from hinomi.portal.access.guard import acting_firm, needs, one_or_404
from hinomi.portal.access.permissions import Permission
from hinomi.portal.access.time import now
from hinomi.portal.calls import queries, ringing, services
from hinomi.portal.calls.finding import (
    caller_of,
    companies_named,
    companies_of,
    looks_like_number,
)
from hinomi.portal.calls.models import FirstCall
from hinomi.portal.calls.services import Said
from hinomi.portal.calls.wording import questions, referral
from hinomi.portal.contacts.watchwords import watchword_of
from hinomi.portal.duties.stops import stops_now
from hinomi.portal.organisations.models import Organisation
from hinomi.portal.ui import live
from hinomi.portal.ui.visible import one_line

if TYPE_CHECKING:
    from django.http import HttpResponse

    from hinomi.portal.access.guard import PortalRequest

CALLS = FirstCall.objects.select_related("organisation", "booking__user", "incident", "ticket")
_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
_LEAST = 2  # characters; one would list half of all companies
_CHANGED = "別の画面で先に保存されました。下の内容を見て、もう一度押してください。"


@require_safe
@needs(Permission.FIRST_CALL_TAKE)
def first_call(request: PortalRequest) -> HttpResponse:
    """Type the number, take a call that rings, or go on with one that was not ended. Polled for
    calls that ring."""
    if live.is_part(request):
        return ringing_part(request)
    return start_page(request)


@require_POST
@needs(Permission.FIRST_CALL_TAKE)
def find(request: PortalRequest) -> HttpResponse:
    """One company: its call begins at once. Several: choose. None: the fixed referral."""
    return find_page(request, one_line(request.POST.get("number", ""))[:100])


def find_page(request: PortalRequest, asked: str) -> HttpResponse:
    """What stands for the number or the name."""
    is_number = looks_like_number(asked)
    if len(asked) < _LEAST:
        return start_page(request, asked=asked, fault=True, status=422)
    look = companies_of if is_number else companies_named
    found = look(request.scope, asked)
    if is_number and len(found) == 1:
        return begin_with(request, found[0], asked)
    number = asked if is_number else ""
    if found:
        return start_page(request, asked=asked, found=found, number=number)
    before = queries.rang_before(request.scope, phone_key(number))
    return start_page(request, asked=asked, referral=referral(), before=before)


@require_POST
@needs(Permission.FIRST_CALL_TAKE)
def begin(request: PortalRequest, organisation_id: str) -> HttpResponse:
    """The company was chosen."""
    company = one_or_404(Organisation.objects.all(), request, pk=organisation_id)
    return begin_with(request, company, request.POST.get("number", ""))


@require_POST
@needs(Permission.FIRST_CALL_TAKE)
def note_unknown(request: PortalRequest) -> HttpResponse:
    """What a caller wanted whom nobody knows."""
    number, note = request.POST.get("number", ""), one_line(request.POST.get("note", ""))
    if not note:
        messages.error(request, "用件を書いてください。")
        return start_page(request, asked=number, number=number, referral=referral(), status=422)
    services.note_unknown(firm_id=acting_firm(request), number=number, note=note, user=request.user)
    messages.success(request, "用件を書き留めました。")
    return redirect("first_call")


@require_safe
@needs(Permission.FIRST_CALL_TAKE)
def call(request: PortalRequest, call_id: str) -> HttpResponse:
    """The one screen."""
    return _page(request, one_or_404(CALLS.all(), request, pk=call_id))


@require_POST
@needs(Permission.FIRST_CALL_TAKE)
def save(request: PortalRequest, call_id: str) -> HttpResponse:
    """Every press of an answer saves all that stands in the fields."""
    found = one_or_404(CALLS.all(), request, pk=call_id)
    conflict = _save(request, found)
    return conflict or redirect("call", call_id=found.pk)


@require_POST
@needs(Permission.FIRST_CALL_TAKE)
def promise(request: PortalRequest, call_id: str) -> HttpResponse:
    """Book the next call, or take it back."""
    found = one_or_404(CALLS.all(), request, pk=call_id)
    if (conflict := _save(request, found)) is not None:
        return conflict
    within = request.POST.get("within", "")
    if within == "none":
        services.take_back(call=found, user=request.user)
    elif not services.promise(call=found, within=within, user=request.user):
        messages.warning(
            request, "当番に空きがありません。時刻は言わず、「折り返します」とだけ伝えてください。"
        )
    return redirect("call", call_id=found.pk)


@require_POST
@needs(Permission.FIRST_CALL_TAKE)
def finish(request: PortalRequest, call_id: str) -> HttpResponse:
    """電話を終える: a note on the incident, or a ticket."""
    found = one_or_404(CALLS.all(), request, pk=call_id)
    if (conflict := _save(request, found)) is not None:
        return conflict
    number = request.POST.get("about", "")
    about = queries.open_incidents(found).filter(number=number).first() if number else None
    if number and about is None:
        messages.error(request, "その案件は、もう終わっています。選び直してください。")
        return _page(request, found, status=409)
    ended = services.finish(call=found, incident=about, user=request.user)
    messages.success(request, "電話を終えました。聞いたことは、ここに残しました。")
    if ended.incident is not None:
        return redirect("case", number=ended.incident.number)
    assert ended.ticket is not None, "an ended call stands on an incident or in a ticket"
    return redirect("ticket", ticket_number=ended.ticket.number)


@require_POST
@needs(Permission.WATCHWORD_SHOW)
def call_watchword(request: PortalRequest, call_id: str) -> HttpResponse:
    """合言葉, for us to say to them. That it was shown is kept."""
    found = one_or_404(CALLS.all(), request, pk=call_id)
    audit.record(
        what=Permission.WATCHWORD_SHOW.value,
        user_id=request.user.pk,
        organisation_id=found.organisation_id,
    )
    said = _said(request, found)
    answer = _page(request, found, word=watchword_of(found.organisation_id), said=said)
    answer["Cache-Control"] = "private, no-store"
    return answer


def begin_with(request: PortalRequest, company: Organisation, number: str) -> HttpResponse:
    """The call's screen, with the company and the number filled in."""
    caller = caller_of(company.pk, number)
    made = services.begin(
        organisation_id=company.pk, number=number, caller=caller.name, user=request.user
    )
    return redirect("call", call_id=made.pk)


def _save(request: PortalRequest, found: FirstCall) -> HttpResponse | None:
    said = _said(request, found)
    if said is None:
        return None
    try:
        services.save(call=found, said=said, user=request.user)
    except services.SavedMeanwhile:
        messages.error(request, _CHANGED)
        return _page(
            request, CALLS.of(found.organisation_id).get(pk=found.pk), said=said, status=409
        )
    return None


def _said(request: PortalRequest, found: FirstCall) -> Said | None:
    """What the fields hold, and the answer that was pressed; None for a form without them."""
    form = request.POST
    version = form.get("version", "")
    if not (version.isascii() and version.isdigit() and len(version) < 9):
        return None
    written = (key for key, each in questions().items() if not each.answers)
    answers = {key: form[key] for key in written if key in form}
    key, _, answer = form.get("press", "").partition(":")
    if answer:
        answers[key] = answer
    return Said(int(version), form.get("caller", found.caller), answers)


def start_page(request: PortalRequest, *, status: int = 200, **more: object) -> HttpResponse:
    """The page before a call, with what was found."""
    context = {
        "running": queries.running(request.scope, user_id=request.user.pk),
        "rings": ringing.with_companies(request.scope, list(ringing.live(request.scope))),
        "missed": ringing.to_call_back(request.scope),
        "drawn": (now() - _EPOCH) // _MICROSECOND,
        **more,
    }
    return render(request, "calls/first.html", context, status=status)


def ringing_part(request: PortalRequest) -> HttpResponse:
    """Asked for each second: without news it costs two small reads and no rendering."""
    scope = request.scope
    calls, count = list(ringing.live(scope)), ringing.missed_since(scope, _drawn(request))
    return live.part(
        request,
        "calls/ringing.html",
        version=(request.user.pk, count, [(call.pk, call.answered_at) for call in calls]),
        context=lambda: {"rings": ringing.with_companies(scope, calls), "count": count},
    )


def _drawn(request: PortalRequest) -> datetime:
    """When the page was drawn; its list holds what was missed before."""
    text = request.GET.get("drawn", "")
    known = text.isascii() and text.isdigit() and len(text) < 18  # before the end of time
    return _EPOCH + _MICROSECOND * int(text) if known else now()


def _page(
    request: PortalRequest,
    found: FirstCall,
    *,
    word: str | None = None,
    said: Said | None = None,
    status: int = 200,
) -> HttpResponse:
    """`said`: what was typed and is not saved stays in the fields."""
    if said is not None:
        found.caller = said.caller
        found.answers = {
            **found.answers,
            **{key: each for key, each in said.answers.items() if each},
        }
    context = {
        "page": queries.call_page(found),
        "call": found,
        "word": word,
        "stops": stops_now(found.organisation_id, moment=now()),
        "withins": [(key, words) for key, (words, _) in services.WITHIN.items()],
        "about": request.POST.get("about", ""),
    }
    return render(request, "calls/call.html", context, status=status)
