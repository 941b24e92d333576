"""Screens about accounts at makers' APIs: which there are, connecting one, how it is doing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hinomi.collect.pollers.registry import APIS
from hinomi.portal.access.guard import acting_firm, needs, one_or_404
from hinomi.portal.access.permissions import Permission
from hinomi.portal.access.time import configuration
from hinomi.portal.connections import queries, services
from hinomi.portal.connections.forms import AccessForm
from hinomi.portal.connections.models import Connection
from hinomi.portal.connections.trying import try_access
from hinomi.portal.sources.publication import publish_if_changed
from hinomi.store.sealed import NotOpened, unseal

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpResponse

    from hinomi.portal.access.guard import PortalRequest

ROWS = Connection.objects.select_related("firm")
_TAKEN = "この呼び名の連携が、もうあります。別の呼び名にしてください。"
_NOT_OPENED = "保存した鍵を開けません。鍵をもう一度入力してください。"


@require_safe
@needs(Permission.CONNECTION_READ)
def connections(request: PortalRequest) -> HttpResponse:
    """All of the firm, with their state."""
    cards = queries.cards(queries.connections(request.scope))
    return render(request, "connections/connections.html", {"cards": cards})


@require_safe
@needs(Permission.CONNECTION_READ)
def connection(request: PortalRequest, connection_id: str) -> HttpResponse:
    """One account: state, what it brings, and which customer is which company."""
    found = one_or_404(ROWS.all(), request, pk=connection_id)
    context = {
        "card": queries.card(found),
        "connection": found,
        "lines": queries.lines(found),
        "routes": queries.routes(found),
        "awaiting": queries.awaiting_consent(found),
    }
    return render(request, "connections/connection.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.CONNECTION_CHANGE)
def new(request: PortalRequest) -> HttpResponse:
    """Which maker? Then (`?api=`) the key of a new account, tried before it is kept."""
    api = request.GET.get("api", "")
    maker = APIS.get(api)
    if maker is None:
        return render(request, "connections/new.html", {"apis": list(APIS.values())})
    form = AccessForm(request.POST if request.method == "POST" else None, api=maker)
    if form.is_valid() and _is_reached(form, secret=form.cleaned_data["secret"]):
        try:
            made = services.connect(
                firm_id=acting_firm(request), api=api, wanted=form.access(), user=request.user
            )
        except services.NameTaken:
            form.add_error("name", _TAKEN)
        else:
            publish_if_changed()
            messages.success(request, "つなぎました。数秒で、取り込みを始めます。")
            return redirect("connection", connection_id=made.pk)
    context = {"form": form, "connection": None, "maker": maker}
    status = 422 if form.errors else 200
    return render(request, "connections/settings.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.CONNECTION_CHANGE)
def settings(request: PortalRequest, connection_id: str) -> HttpResponse:
    """Another key, other customers, other records."""
    found = one_or_404(ROWS.all(), request, pk=connection_id)
    maker = APIS[found.api]
    data = request.POST if request.method == "POST" else None
    form = AccessForm(data, api=maker, connection=found)
    if form.is_valid() and _is_reached(form, secret=_secret(form, found), client=found.client):
        try:
            wanted = form.access(kept_client=found.client)
            services.change(connection=found, wanted=wanted, user=request.user)
        except services.NameTaken:
            form.add_error("name", _TAKEN)
        else:
            publish_if_changed()
            messages.success(request, "設定を保存しました。")
            return redirect("connection", connection_id=found.pk)
    context = {"form": form, "connection": found, "maker": maker}
    status = 422 if form.errors else 200
    return render(request, "connections/settings.html", context, status=status)


@require_POST
@needs(Permission.CONNECTION_CHANGE)
def try_again(request: PortalRequest, connection_id: str) -> HttpResponse:
    """つながるか試す."""
    found = one_or_404(ROWS.all(), request, pk=connection_id)
    wanted = services.Access(
        name=found.name,
        client=found.client,
        subject=found.subject,
        tenants=tuple(found.tenants),
        streams=tuple(found.streams),
    )
    try:
        secret = unseal(found.secret, data=configuration().data, about=found.pk)
        troubles = try_access(wanted, api=found.api, secret=secret)
    except NotOpened:
        troubles = [_NOT_OPENED]
    for trouble in troubles:
        messages.error(request, trouble)
    if not troubles:
        messages.success(request, "つながりました。読む権限もあります。")
    return redirect("connection", connection_id=found.pk)


@require_POST
@needs(Permission.CONNECTION_CHANGE)
def pause(request: PortalRequest, connection_id: str) -> HttpResponse:
    """しばらく止める."""
    return _act(request, connection_id, services.pause, "取り込みを止めました。")


@require_POST
@needs(Permission.CONNECTION_CHANGE)
def resume(request: PortalRequest, connection_id: str) -> HttpResponse:
    """再開する."""
    return _act(request, connection_id, services.resume, "取り込みを再開しました。")


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.CONNECTION_CHANGE)
def remove(request: PortalRequest, connection_id: str) -> HttpResponse:
    """Asks once, then disconnects."""
    found = one_or_404(ROWS.all(), request, pk=connection_id)
    if request.method != "POST":
        return render(request, "connections/remove.html", {"connection": found})
    return _act(request, connection_id, services.remove, "連携を外しました。")


def _act(
    request: PortalRequest, connection_id: str, act: Callable[..., None], said: str
) -> HttpResponse:
    found = one_or_404(ROWS.all(), request, pk=connection_id)
    if found.removed_at is None:
        act(connection=found, user=request.user)
        publish_if_changed()
        messages.success(request, said)
    return redirect("connection", connection_id=found.pk)


def _is_reached(form: AccessForm, *, secret: str, client: str = "") -> bool:
    """A key that brings nothing is not kept; why stands above the form. One stream that a contract
    does not include must not keep the others out: untick it."""
    wanted = form.access(kept_client=client)
    troubles = try_access(wanted, api=form.api.kind, secret=secret)
    for trouble in troubles:
        form.add_error(None, trouble)
    return not troubles


def _secret(form: AccessForm, found: Connection) -> str:
    try:
        kept = unseal(found.secret, data=configuration().data, about=found.pk)
    except NotOpened:
        kept = ""
    return str(form.cleaned_data["secret"]) or kept
