"""Screens about a firm's ways out: what there is and what it costs, setting one up, trying it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hinomi.core.errors import HinomiError
from hinomi.portal.access.guard import acting_firm, needs, one_or_404
from hinomi.portal.access.permissions import Permission
from hinomi.portal.access.time import now
from hinomi.portal.ways import queries, services
from hinomi.portal.ways.counting import price_of
from hinomi.portal.ways.forms import TrialForm, WayForm
from hinomi.portal.ways.models import WayAccount
from hinomi.portal.ways.opening import require_usable
from hinomi.portal.ways.trying import try_way
from hinomi.respond.channels.registry import all_makers

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpResponse

    from hinomi.portal.access.guard import PortalRequest

ROWS = WayAccount.objects.select_related("firm")
_TAKEN = "この種類の送り方は、もうあります。そちらを変えるか、外してから足してください。"
_UNUSABLE = "この設定では送れません。鍵と宛先の書き方を確かめてください。"
_CHANGED = "ほかの人が先に変えました。いまの設定を見て、もう一度保存してください。"


@require_safe
@needs(Permission.WAY_READ)
def ways(request: PortalRequest) -> HttpResponse:
    """All of the firm: state, use and cost of this month."""
    firm_id, moment = acting_firm(request), now()
    context = {
        "cards": queries.cards(firm_id=firm_id, moment=moment),
        "removed": queries.removed(firm_id=firm_id, moment=moment),
        "companies": queries.by_company(request.scope, firm_id=firm_id, moment=moment),
    }
    return render(request, "ways/ways.html", context)


@require_safe
@needs(Permission.WAY_READ)
def way(request: PortalRequest, way_id: str) -> HttpResponse:
    """One way: its state, a trial, its settings."""
    found = one_or_404(ROWS.all(), request, pk=way_id)
    return _shown(request, found, TrialForm(initial={"to": _own_address(request, found)}))


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.WAY_CHANGE)
def new(request: PortalRequest) -> HttpResponse:
    """Which one? Then (`?maker=`) its settings."""
    makers = all_makers()
    maker = makers.get(request.GET.get("maker", ""))
    firm_id = acting_firm(request)
    if maker is None:
        taken = {card.way.kind for card in queries.cards(firm_id=firm_id, moment=now())}
        # Values, not classes: a template would call a class.
        offered = [
            {"maker": each.maker, "title": each.title_ja, "is_for_staff": each.is_for_staff}
            for each in makers.values()
            if each.kind not in taken
        ]
        return render(request, "ways/new.html", {"makers": offered})
    form = WayForm(request.POST if request.method == "POST" else None, maker=maker)
    if form.is_valid() and _is_usable(form, WayAccount(firm_id=firm_id, maker=maker.maker)):
        try:
            made = services.connect(firm_id=firm_id, wanted=form.wanted(), user=request.user)
        except services.KindTaken:
            form.add_error(None, _TAKEN)
        else:
            messages.success(request, "足しました。試しのお知らせを、自分に送ってみてください。")
            return redirect("way", way_id=made.pk)
    context = {"form": form, "title": maker.title_ja, "way": None}
    return render(request, "ways/settings.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.WAY_CHANGE)
def settings(request: PortalRequest, way_id: str) -> HttpResponse:
    """Other settings of the same way."""
    found = one_or_404(ROWS.all(), request, pk=way_id)
    if found.removed_at is not None:
        return redirect("way", way_id=found.pk)
    maker = all_makers()[found.maker]
    data = request.POST if request.method == "POST" else None
    yen = price_of(found, day=queries.today()) or None
    form = WayForm(data, maker=maker, way=found, unit_yen=yen)
    status = 200
    if form.is_valid() and _is_usable(form, found):
        try:
            services.change(
                way=found, wanted=form.wanted(), version=_version(request), user=request.user
            )
        except services.ChangedMeanwhile:
            form.add_error(None, _CHANGED)
            status = 409
        else:
            messages.success(request, "設定を保存しました。")
            return redirect("way", way_id=found.pk)
    if form.errors and status == 200:
        status = 422
    context = {"form": form, "title": maker.title_ja, "way": found}
    return render(request, "ways/settings.html", context, status=status)


@require_POST
@needs(Permission.WAY_CHANGE)
def try_it(request: PortalRequest, way_id: str) -> HttpResponse:
    """試しのお知らせを自分に送る."""
    found = one_or_404(ROWS.all(), request, pk=way_id)
    if found.removed_at is not None:
        return redirect("way", way_id=found.pk)
    form = TrialForm(request.POST)
    if not form.is_valid():
        return _shown(request, found, form, status=422)
    trouble = try_way(way=found, to=form.cleaned_data["to"], user=request.user)
    if trouble:
        form.add_error("to", trouble)
        return _shown(request, found, form, status=422)
    messages.success(request, "試しのお知らせを渡しました。届いたか、確かめてください。")
    return redirect("way", way_id=found.pk)


@require_POST
@needs(Permission.WAY_CHANGE)
def pause(request: PortalRequest, way_id: str) -> HttpResponse:
    """しばらく止める."""
    return _act(request, way_id, services.pause, "止めました。再開するまで使いません。")


@require_POST
@needs(Permission.WAY_CHANGE)
def resume(request: PortalRequest, way_id: str) -> HttpResponse:
    """再開する."""
    return _act(request, way_id, services.resume, "再開しました。")


@require_POST
@needs(Permission.WAY_CHANGE)
def remove(request: PortalRequest, way_id: str) -> HttpResponse:
    """外す; for a week it can be taken back."""
    found = one_or_404(ROWS.all(), request, pk=way_id)
    services.remove(way=found, user=request.user)
    messages.success(request, "外しました。7日間は、下の一覧から元に戻せます。")
    return redirect("ways")


@require_POST
@needs(Permission.WAY_CHANGE)
def take_back(request: PortalRequest, way_id: str) -> HttpResponse:
    """元に戻す."""
    found = one_or_404(ROWS.all(), request, pk=way_id)
    try:
        services.take_back(way=found, user=request.user)
    except services.KindTaken:
        messages.error(request, _TAKEN)
    except services.TooLate:
        messages.error(request, "7日を過ぎたので、元に戻せません。新しく足してください。")
    else:
        messages.success(request, "元に戻しました。")
    return redirect("ways")


def _act(request: PortalRequest, way_id: str, act: Callable[..., None], said: str) -> HttpResponse:
    found = one_or_404(ROWS.all(), request, pk=way_id)
    if found.removed_at is None:
        act(way=found, user=request.user)
        messages.success(request, said)
    return redirect("way", way_id=found.pk)


def _shown(
    request: PortalRequest, found: WayAccount, form: TrialForm, *, status: int = 200
) -> HttpResponse:
    context = {
        "card": queries.card(found, moment=now()),
        "way": found,
        "form": form,
        "facts": queries.facts(found),
    }
    return render(request, "ways/way.html", context, status=status)


def _is_usable(form: WayForm, way: WayAccount) -> bool:
    """What no class can be made of is not kept."""
    try:
        require_usable(way, wanted=form.wanted())
    except HinomiError:
        form.add_error(None, _UNUSABLE)
        return False
    return True


def _version(request: PortalRequest) -> int:
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


def _own_address(request: PortalRequest, found: WayAccount) -> str:
    return request.user.email if found.kind == "mail" else ""
