"""当番表 (O3): a week, making it known, a change to it, and swaps."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localdate
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hinomi.business.rota import week_of
from hinomi.core.errors import UsageError
from hinomi.portal.access.guard import acting_firm, needs, one_or_404
from hinomi.portal.access.permissions import Permission
from hinomi.portal.access.time import now
from hinomi.portal.duties import rota as writing
from hinomi.portal.duties import swaps
from hinomi.portal.duties.forms import ChangeForm
from hinomi.portal.duties.models import Slot, Swap
from hinomi.portal.duties.shown import colleagues, rota_page
from hinomi.portal.duties.views.choices import who_choices
from hinomi.portal.duties.words import span_ja

if TYPE_CHECKING:
    from django.http import HttpResponse

    from hinomi.portal.access.guard import PortalRequest

_ANSWERS = {
    "take": (swaps.take, "当番を引き受けました。"),
    "refuse": (swaps.refuse, "引き受けないことを伝えました。"),
    "withdraw": (swaps.withdraw, "頼んだことを取り下げました。"),
}


@require_safe
@needs(Permission.ROTA_READ)
def rota(request: PortalRequest) -> HttpResponse:
    """Who is on duty tonight, and in the week that was asked for."""
    return _page(request, monday_of(request.GET.get("week", "")))


@require_POST
@needs(Permission.ROTA_CHANGE)
def rota_lay(request: PortalRequest) -> HttpResponse:
    """A draft of the week from the pattern."""
    monday, firm = monday_of(request.POST.get("week", "")), acting_firm(request)
    try:
        count = writing.lay_week(firm_id=firm, monday=monday, user_id=request.user.pk)
    except UsageError:
        messages.info(
            request, "この週は、もう公開しています。変えるときは、1つずつ変えてください。"
        )
        return _to(monday)
    if count:
        messages.success(request, f"ふだんの当番から、{count}件の下書きを作りました。")
    else:
        messages.warning(request, "ふだんの当番がありません。先に登録してください。")
    return _to(monday)


@require_POST
@needs(Permission.ROTA_CHANGE)
def rota_publish(request: PortalRequest) -> HttpResponse:
    """Make the week known; with gaps it is refused and they are named."""
    monday = monday_of(request.POST.get("week", ""))
    try:
        writing.publish(
            firm_id=acting_firm(request),
            monday=monday,
            reason=request.POST.get("reason", ""),
            user_id=request.user.pk,
        )
    except writing.GapsLeft as left:
        first = span_ja(left.spans[0])
        messages.error(
            request, f"空きが{len(left.spans)}つあるため、公開できません。最初の空きは{first}です。"
        )
        return _page(request, monday, status=422)
    except writing.TooMuch as much:
        words = much.found[0].words_ja
        messages.error(
            request, f"当番が多すぎる人がいます。{words}公開するときは、理由を書いてください。"
        )
        return _page(request, monday, status=422)
    messages.success(request, "当番表を公開しました。")
    return _to(monday)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.ROTA_CHANGE)
def rota_change(request: PortalRequest) -> HttpResponse:
    """This once somebody else, for a day or a part of it."""
    firm = acting_firm(request)
    given = request.GET.get("day", "")
    form = ChangeForm(
        request.POST or None,
        who=who_choices(firm),
        initial={"day": given or localdate(now()), "starts": "09:00", "ends": "18:00"},
    )
    if request.method == "POST" and form.is_valid():
        duty = form.duty()
        try:
            writing.change(firm_id=firm, duty=duty, user_id=request.user.pk)
        except UsageError:
            form.add_error("day", "これからの時間を選んでください。")
        else:
            messages.success(request, f"{span_ja(duty.span)}の当番を変えました。")
            return _to(week_of(form.cleaned_data["day"]))
    status = 422 if form.is_bound else 200
    return render(request, "duties/change.html", {"form": form}, status=status)


@require_POST
@needs(Permission.ROTA_READ)
def swap_ask(request: PortalRequest) -> HttpResponse:
    """交代を頼む."""
    if not request.POST.get("slot"):
        return _nothing_chosen(request)
    slot = _own_slot(request)
    monday = week_of(localdate(slot.starts_at))
    asked = request.POST.get("of", "")
    known = {str(pk): name for pk, name in colleagues(slot.firm_id)}
    if asked not in known:
        messages.error(request, "交代を頼む人を選んでください。")
        return _page(request, monday, status=422)
    try:
        swaps.ask(
            slot=slot,
            asked_by=request.user.pk,
            asked_of=int(asked),
            reason=request.POST.get("reason", ""),
        )
    except UsageError:
        messages.error(request, "交代を頼めるのは、これからの自分の当番だけです。")
        return _page(request, monday, status=422)
    messages.success(
        request, f"{known[asked]}さんに交代を頼みました。返事があるまで、当番はあなたです。"
    )
    return _to(monday)


@require_POST
@needs(Permission.ROTA_READ)
def swap_answer(request: PortalRequest) -> HttpResponse:
    """Take it, refuse it, or take the question back."""
    if not request.POST.get("swap"):
        return _nothing_chosen(request)
    swap = _swap(request)
    act = _ANSWERS.get(request.POST.get("answer", ""))
    monday = week_of(localdate(swap.starts_at))
    if act is None:
        messages.error(request, "引き受けるかどうかを選んでください。")
        return _page(request, monday, status=422)
    do, words = act
    try:
        done = do(swap, user_id=request.user.pk)
    except UsageError:
        messages.error(request, "答えられるのは、頼まれた人だけです。")
        return _page(request, monday, status=422)
    if done:
        messages.success(request, words)
    else:
        messages.info(request, "当番が変わったか、もう返事がありました。何も変えていません。")
    return _to(monday)


def monday_of(written: str) -> date:
    """The Monday of the written day's week; of this week where nothing sensible is written."""
    try:
        day = date.fromisoformat(written[:10])
    except ValueError:
        day = localdate(now())
    return week_of(day if 2020 <= day.year <= 2090 else localdate(now()))


def _page(request: PortalRequest, monday: date, *, status: int = 200) -> HttpResponse:
    firm = acting_firm(request)
    view = rota_page(firm, monday=monday, moment=now(), user_id=request.user.pk)
    context = {"view": view, "reason": request.POST.get("reason", "")}
    return render(request, "duties/rota.html", context, status=status)


def _to(monday: date) -> HttpResponse:
    return redirect(f"{reverse('rota')}?week={monday.isoformat()}")


def _nothing_chosen(request: PortalRequest) -> HttpResponse:
    messages.error(request, "当番を選んでください。")
    return _page(request, monday_of(""), status=422)


def _own_slot(request: PortalRequest) -> Slot:
    return one_or_404(Slot.objects.all(), request, pk=_number(request, "slot"))


def _swap(request: PortalRequest) -> Swap:
    return one_or_404(Swap.objects.all(), request, pk=_number(request, "swap"))


def _number(request: PortalRequest, name: str) -> int:
    written = request.POST.get(name, "")
    return int(written) if written.isascii() and written.isdigit() and len(written) < 16 else 0
