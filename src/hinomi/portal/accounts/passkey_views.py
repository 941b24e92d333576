"""アカウント and パスキー: one's own page, one's passkeys, and the door they open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hinomi.portal.access.guard import needs, public
from hinomi.portal.access.permissions import Permission
from hinomi.portal.accounts import passkeys as services
from hinomi.portal.accounts.entrance import sign_in_by_passkey
from hinomi.portal.accounts.forms import AnswerForm, PasskeyForm
from hinomi.portal.accounts.fresh import fresh
from hinomi.portal.accounts.limits import limited
from hinomi.portal.accounts.refusals import PasskeyRefused, Reason
from hinomi.portal.accounts.relying import is_offered
from hinomi.portal.accounts.second_factor import is_set_up

if TYPE_CHECKING:
    from django.http import HttpRequest

    from hinomi.portal.access.guard import PortalRequest

_METHODS = ["GET", "HEAD", "POST"]
_FAULTY = 422


@require_safe
@needs(Permission.ACCOUNT_USE)
def account(request: PortalRequest) -> HttpResponse:
    """One's own name, address and ways to sign in."""
    context = {"passkeys": request.user.passkeys.count(), "has_app": is_set_up(request.user)}
    return render(request, "accounts/account.html", context)


@require_safe
@needs(Permission.ACCOUNT_USE)
def passkeys(request: PortalRequest) -> HttpResponse:
    """One's own passkeys."""
    rows = list(request.user.passkeys.order_by("created_at", "pk"))
    context = {
        "rows": rows,
        "is_full": len(rows) >= services.MOST,
        "is_offered": is_offered(request),
    }
    return render(request, "accounts/passkeys.html", context)


@require_http_methods(_METHODS)
@needs(Permission.ACCOUNT_USE)
@fresh
@limited("change")
def passkey_new(request: PortalRequest) -> HttpResponse:
    """A name, and what the device made; without a script there is nothing to keep."""
    form = PasskeyForm(request.POST or None)
    if form.is_bound and form.is_valid():
        told = form.cleaned_data
        try:
            services.add(request, user=request.user, name=told["name"], answer=told["answer"])
        except PasskeyRefused as refused:
            form.add_error("name" if refused.reason is Reason.NAME else None, refused.sentence)
        else:
            messages.success(request, "パスキーを加えました。次からは、これで入れます。")
            return redirect("passkeys")
    context = {"form": form, "is_offered": is_offered(request)}
    return render(request, "accounts/new.html", context, status=_FAULTY if form.errors else 200)


@require_POST
@needs(Permission.ACCOUNT_USE)
@fresh
@limited("change")
def passkey_question(request: PortalRequest) -> HttpResponse:
    """What the script asks the device. A name that is wrong is told before the device has made
    anything, because what it made stays there."""
    form = PasskeyForm(request.POST)
    try:
        if not form.is_valid():
            return HttpResponse(status=_FAULTY)
        services.check_room(user=request.user, name=form.cleaned_data["name"])
        return _question(services.ask_to_add(request, user=request.user))
    except PasskeyRefused:
        return HttpResponse(status=_FAULTY)


@require_http_methods(_METHODS)
@needs(Permission.ACCOUNT_USE)
def passkey(request: PortalRequest, passkey_id: int) -> HttpResponse:
    """Another name for one's own passkey."""
    row = get_object_or_404(request.user.passkeys, pk=passkey_id)
    form = PasskeyForm(request.POST or None, initial={"name": row.name})
    if form.is_bound and form.is_valid():
        try:
            services.rename(passkey=row, name=form.cleaned_data["name"])
        except PasskeyRefused as refused:
            form.add_error("name", refused.sentence)
        else:
            messages.success(request, "名前を変えました。")
            return redirect("passkeys")
    status = _FAULTY if form.errors else 200
    return render(request, "accounts/rename.html", {"form": form}, status=status)


@require_http_methods(_METHODS)
@needs(Permission.ACCOUNT_USE)
@fresh
@limited("change")
def passkey_remove(request: PortalRequest, passkey_id: int) -> HttpResponse:
    """Asks, then removes. A second press, like another's passkey, finds nothing."""
    row = get_object_or_404(request.user.passkeys, pk=passkey_id)
    if request.method != "POST":
        return render(request, "accounts/remove.html", {"passkey": row})
    if services.remove(request, passkey=row):
        messages.success(request, "パスキーを外しました。これでは、もう入れません。")
    return redirect("passkeys")


@public("the question at the door; the same for everybody")
@never_cache
@require_POST
@limited("door")
def passkey_door(request: HttpRequest) -> HttpResponse:
    """What the script asks the device of whoever wants to come in."""
    try:
        return _question(services.ask_to_sign_in(request))
    except PasskeyRefused:
        return HttpResponse(status=404)


@public("the way in; shows nothing but itself")
@never_cache
@require_http_methods(_METHODS)
@limited("door")
def passkey_sign_in(request: HttpRequest) -> HttpResponse:
    """The device's answer signs in; opening the address leads to the page with the button."""
    if request.method != "POST":
        return redirect("account_login")
    form = AnswerForm(request.POST)
    try:
        if not form.is_valid():
            raise PasskeyRefused(Reason.UNREADABLE)
        return sign_in_by_passkey(request, answer=form.cleaned_data["answer"])
    except PasskeyRefused as refused:
        context = {"sentence": refused.sentence}
        return render(request, "accounts/passkey_refused.html", context, status=400)


def _question(options: dict[str, object]) -> HttpResponse:
    answer = JsonResponse(options)
    answer["Cache-Control"] = "private, no-store"
    return answer
