"""Screens about sources: the list, making one, its copy-and-paste setting, what has arrived."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hinomi.portal.access.guard import needs, one_or_404
from hinomi.portal.access.permissions import Permission
from hinomi.portal.consents.kinds import DISCOVERY
from hinomi.portal.consents.models import Way
from hinomi.portal.organisations.models import Organisation
from hinomi.portal.sources import queries, unknown
from hinomi.portal.sources.fetching import fetch_trouble
from hinomi.portal.sources.forms import DeviceNameForm, SourceForm, StaffSourceForm
from hinomi.portal.sources.health_words import health_of
from hinomi.portal.sources.lan import around
from hinomi.portal.sources.models import Source
from hinomi.portal.sources.publication import publish_if_changed
from hinomi.portal.sources.relays import place_behind, relays_of
from hinomi.portal.sources.senders import (
    filled,
    groups,
    needs_token,
    sender_named,
    sender_of_kind,
)
from hinomi.portal.sources.services import (
    Wanted,
    name_device,
    register_source,
    registered,
    revoke_source,
)
from hinomi.portal.sources.tries import try_state
from hinomi.portal.ui import live, pages

if TYPE_CHECKING:
    from django.http import HttpResponse

    from hinomi.portal.access.guard import PortalRequest

_SHOWN_ONCE = "fresh_tokens"  # session: ids of sources whose token was not shown yet
_NAME_TAKEN = "同じ呼び名の機器が、もう登録されています。別の呼び名を入力してください。"


@require_safe
@needs(Permission.SOURCE_READ)
def sources(request: PortalRequest) -> HttpResponse:
    """All sources in reach, with their state."""
    search, company = request.GET.get("q", "").strip()[:100], request.GET.get("company", "")[:40]
    rows = queries.sources(request.scope, company=company, search=search)
    page = pages.page_of(rows, number=pages.asked(request), question=request.GET)
    return render(
        request,
        "sources/sources.html",
        {
            "page": page,
            "cards": queries.cards(page.items),
            "search": search,
            "company": company,
            "companies": queries.companies_to_add_to(request.actor),
        },
    )


@require_safe
@needs(Permission.SOURCE_WRITE)
def source_new(request: PortalRequest, organisation_id: str) -> HttpResponse:
    """Which kind of sender?"""
    company = one_or_404(Organisation.objects.all(), request, pk=organisation_id)
    return render(request, "sources/new.html", {"company": company, "groups": groups()})


@require_http_methods(["GET", "POST"])
@needs(Permission.SOURCE_WRITE)
def source_make(request: PortalRequest, organisation_id: str, sender_id: str) -> HttpResponse:
    """The few questions about a new sender; then on to its setting."""
    company = one_or_404(Organisation.objects.all(), request, pk=organisation_id)
    sender = sender_named(sender_id)
    if sender is None:
        raise Http404
    relays = [] if needs_token(sender) else relays_of(company.id)
    is_of_relay = sender.kind == DISCOVERY
    if is_of_relay and not relays:
        messages.info(request, "はじめに、社内に中継機を置いてください。")
        return redirect("relay_new", organisation_id=company.id)
    form_class = StaffSourceForm if request.actor.is_firm_staff else SourceForm
    form = form_class(request.POST or None, initial={"name": sender.name}, relays=relays)
    if is_of_relay:
        form.of_relay(relays)
    if form.is_valid():
        twin = queries.source_called(company.id, kind=sender.kind, name=form.cleaned_data["name"])
        if twin and twin.id in request.session.get(_SHOWN_ONCE, []):
            return redirect("source_setup", source_id=twin.id)  # the button was pressed twice
        if twin:
            form.add_error("name", _NAME_TAKEN)
    if form.is_valid():
        made = register_source(
            organisation_id=company.id,
            wanted=Wanted(
                kind=sender.kind,
                name=form.cleaned_data["name"],
                expect_every_s=form.cleaned_data["expect_every_s"],
            ),
            user_id=request.user.pk,
            consent_by=request.user.email,
            consent_way=_consent_way(request, form),
        )
        if relay := next((each for each in relays if each.pk == form.cleaned_data["relay"]), None):
            place_behind(source=made.source, relay=relay, user_id=request.user.pk)
        publish_if_changed()
        request.session[_SHOWN_ONCE] = [*request.session.get(_SHOWN_ONCE, []), made.source.id]
        return redirect("source_setup", source_id=made.source.id)
    context = {"company": company, "sender": sender, "form": form}
    return render(request, "sources/make.html", context, status=422 if form.errors else 200)


@require_safe
@needs(Permission.SOURCE_WRITE)
def source_setup(request: PortalRequest, source_id: str) -> HttpResponse:
    """What to paste where. The token is shown the first time only."""
    source = one_or_404(Source.objects.select_related("organisation"), request, pk=source_id)
    sender = sender_of_kind(source.kind)
    fresh = request.session.get(_SHOWN_ONCE, [])
    if source.id in fresh:
        request.session[_SHOWN_ONCE] = [each for each in fresh if each != source.id]
    return render(
        request,
        "sources/setup.html",
        {
            "source": source,
            "sender": sender
            and filled(sender, registered(source), token_is_shown=source.id in fresh),
            "needs_token": bool(sender and needs_token(sender)),
            "is_fresh": source.id in fresh,
            "endpoint": registered(source).endpoint,
            "arrival": queries.arrival(source),
        },
    )


@require_safe
@needs(Permission.SOURCE_READ)
def source(request: PortalRequest, source_id: str) -> HttpResponse:
    """Has it arrived, and can we read it? Polled while nothing has."""
    found = one_or_404(Source.objects.select_related("organisation"), request, pk=source_id)
    arrival = queries.arrival(found)
    context = {"source": found, "arrival": arrival, "sender": _offer(found)}
    if live.is_part(request):
        version = (found.id, arrival)
        return live.part(request, "sources/arrival.html", version=version, context=lambda: context)
    return render(
        request,
        "sources/source.html",
        context
        | {
            "card": queries.card(found),
            "counts": queries.unreadable_days(found),
            "health": health_of(found),
            "is_overdue": try_state(found).is_overdue,
            "trouble": fetch_trouble(found),
        },
    )


@require_http_methods(["GET", "POST"])
@needs(Permission.SOURCE_WRITE)
def source_revoke(request: PortalRequest, source_id: str) -> HttpResponse:
    """Asks once, then stops taking anything from the source."""
    found = one_or_404(Source.objects.select_related("organisation"), request, pk=source_id)
    if request.method == "GET":
        return render(request, "sources/revoke.html", {"source": found})
    revoke_source(source=found, user_id=request.user.pk)
    publish_if_changed()
    messages.success(request, f"「{found.name}」からの受け取りを止めました。")
    return redirect("source", source_id=found.id)


@require_POST
@needs(Permission.DEVICE_NAME)
def device_name(request: PortalRequest, organisation_id: str) -> HttpResponse:
    """Gives a machine the name people use for it."""
    company = one_or_404(Organisation.objects.all(), request, pk=organisation_id)
    form = DeviceNameForm(request.POST)
    device = queries.device_named(company.id, key=request.POST.get("device", ""))
    if form.is_valid() and device is not None:
        name_device(
            organisation_id=company.id,
            native=device.native,
            nickname=form.cleaned_data["nickname"],
            user_id=request.user.pk,
        )
        publish_if_changed()
        messages.success(request, "呼び名を保存しました。")
    else:
        messages.error(request, "保存できませんでした。呼び名は60字までで入力してください。")
    return redirect("devices", organisation_id=company.id)


@require_safe
@needs(Permission.SOURCE_READ)
def devices(request: PortalRequest, organisation_id: str) -> HttpResponse:
    """The machines seen in the company's records, and what people there call them."""
    company = one_or_404(Organisation.objects.all(), request, pk=organisation_id)
    found = around(company.id)
    named = [
        each for each in queries.devices(company.id) if each.native.lower() not in found.natives
    ]
    context = {"company": company, "devices": named, "around": found}
    return render(request, "sources/devices.html", context)


@require_safe
@needs(Permission.UNKNOWN_READ)
def unknown_senders(request: PortalRequest) -> HttpResponse:
    """Lines from addresses that no source claims; kept for 24 hours, for provider staff."""
    found = unknown.senders(request.scope)
    return render(request, "sources/unknown.html", {"senders": found})


def _consent_way(request: PortalRequest, form: SourceForm) -> Way | None:
    """Our own people say that the customer agreed, or that nobody did yet."""
    if not request.actor.is_firm_staff:
        return Way.SCREEN
    return Way.STAFF if form.cleaned_data["consent"] else None


def _offer(found: Source) -> object:
    """The sender's offer with this source's address filled in and the token left out."""
    sender = sender_of_kind(found.kind)
    return sender and filled(sender, registered(found), token_is_shown=False)
