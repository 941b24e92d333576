"""Screens about mailboxes: which there are, how to connect one, and what it has learned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hinomi.core.mail import ClaimKind
from hinomi.portal.access.guard import acting_firm, needs, one_or_404
from hinomi.portal.access.permissions import Permission
from hinomi.portal.access.time import configuration
from hinomi.portal.mailboxes import queries, services
from hinomi.portal.mailboxes.forms import MailboxForm
from hinomi.portal.mailboxes.models import Mailbox, MailboxKind, MailRoute, MailSender
from hinomi.portal.mailboxes.trying import WELL, try_connection
from hinomi.portal.mailboxes.waiting import companies_like, served_by
from hinomi.portal.mailboxes.words import CLAIMS, REASONS
from hinomi.portal.organisations.models import Organisation
from hinomi.portal.sources.endpoints import mail_address
from hinomi.portal.sources.publication import publish_if_changed
from hinomi.portal.ui import pages
from hinomi.store.sealed import NotOpened, unseal

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpResponse

    from hinomi.portal.access.guard import PortalRequest

BOXES = Mailbox.objects.select_related("firm")
_TAKEN = "この呼び名かアドレスのメールボックスが、もうあります。別のものにしてください。"
_NOT_OPENED = "保存したパスワードを開けません。パスワードをもう一度入力してください。"


@require_safe
@needs(Permission.MAILBOX_READ)
def mailboxes(request: PortalRequest) -> HttpResponse:
    """All of the firm, with their state."""
    cards = queries.cards(queries.mailboxes(request.scope))
    return render(request, "mailboxes/mailboxes.html", {"cards": cards})


@require_safe
@needs(Permission.MAILBOX_READ)
def mailbox(request: PortalRequest, mailbox_id: str) -> HttpResponse:
    """One mailbox: state, today's mails, what could not be read."""
    found = one_or_404(BOXES.all(), request, pk=mailbox_id)
    failed = [(mail, REASONS.get(mail.reason, "")) for mail in queries.failed(found) if mail.reason]
    context = {
        "card": queries.card(found),
        "mailbox": found,
        "failed": failed,
        "mail_address": mail_address(),
    }
    return render(request, "mailboxes/mailbox.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.MAILBOX_CONNECT)
def connect(request: PortalRequest) -> HttpResponse:
    """Settings of a new mailbox, tried before they are kept."""
    form = MailboxForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and _is_reached(form, password=form.cleaned_data["password"]):
        wanted = services.Connection(**form.cleaned_data)
        try:
            made = services.connect_mailbox(
                firm_id=acting_firm(request), wanted=wanted, user=request.user
            )
        except services.MailboxTaken:
            form.add_error("name", _TAKEN)
        else:
            publish_if_changed()
            messages.success(request, "つなぎました。数秒で、メールの受け取りを始めます。")
            return redirect("mailbox", mailbox_id=made.pk)
    context = {"form": form, "mailbox": None}
    return render(request, "mailboxes/settings.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.MAILBOX_CONNECT)
def settings(request: PortalRequest, mailbox_id: str) -> HttpResponse:
    """Change how a mailbox is reached."""
    found = one_or_404(BOXES.all(), request, pk=mailbox_id)
    form = MailboxForm(request.POST if request.method == "POST" else None, mailbox=found)
    if form.is_valid() and _is_reached(form, password=_password(form, found)):
        wanted = services.Connection(**form.cleaned_data)
        try:
            services.change_mailbox(mailbox=found, wanted=wanted, user=request.user)
        except services.MailboxTaken:
            form.add_error("name", _TAKEN)
        else:
            publish_if_changed()
            messages.success(request, "設定を保存しました。")
            return redirect("mailbox", mailbox_id=found.pk)
    context = {"form": form, "mailbox": found}
    return render(request, "mailboxes/settings.html", context, status=422 if form.errors else 200)


@require_POST
@needs(Permission.MAILBOX_CONNECT)
def try_again(request: PortalRequest, mailbox_id: str) -> HttpResponse:
    """つながるか試す."""
    found = one_or_404(BOXES.all(), request, pk=mailbox_id)
    wanted = services.as_connected(found)
    try:
        password = unseal(found.secret, data=configuration().data, about=found.pk)
        trouble = (
            WELL if found.kind != MailboxKind.IMAP else try_connection(wanted, password=password)
        )
    except NotOpened:
        trouble = _NOT_OPENED
    if trouble:
        messages.error(request, f"つながりませんでした。{trouble}")
    else:
        messages.success(request, "つながりました。フォルダーもあります。")
    return redirect("mailbox", mailbox_id=found.pk)


@require_POST
@needs(Permission.MAILBOX_CONNECT)
def pause(request: PortalRequest, mailbox_id: str) -> HttpResponse:
    """しばらく止める."""
    return _act(request, mailbox_id, services.pause_mailbox, "受け取りを止めました。")


@require_POST
@needs(Permission.MAILBOX_CONNECT)
def resume(request: PortalRequest, mailbox_id: str) -> HttpResponse:
    """再開する."""
    return _act(request, mailbox_id, services.resume_mailbox, "受け取りを再開しました。")


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.MAILBOX_CONNECT)
def remove(request: PortalRequest, mailbox_id: str) -> HttpResponse:
    """Asks once, then disconnects."""
    found = one_or_404(BOXES.all(), request, pk=mailbox_id)
    if request.method != "POST":
        return render(request, "mailboxes/remove.html", {"mailbox": found})
    return _act(request, mailbox_id, services.remove_mailbox, "メールボックスを外しました。")


@require_safe
@needs(Permission.MAIL_SORT)
def learned(request: PortalRequest, mailbox_id: str) -> HttpResponse:
    """Accepted senders, and what leads to which company. `?edit=` opens one route."""
    found = one_or_404(BOXES.all(), request, pk=mailbox_id)
    search = request.GET.get("q", "").strip()[:100]
    page = pages.page_of(
        queries.routes(found, search=search), number=pages.asked(request), question=request.GET
    )
    names = queries.names(found, page.items)
    edited = _route(found, request.GET.get("edit", ""))
    context = {
        "mailbox": found,
        "page": page,
        "rows": [
            (row, CLAIMS[ClaimKind(row.kind)], names.get(row.organisation_id or "", ""))
            for row in page.items
        ],
        "senders": queries.senders(found),
        "search": search,
        "edited": edited,
        "companies": companies_like(
            found, [edited.value] if edited else [], search=request.GET.get("company", "")[:100]
        )
        if edited
        else [],
    }
    return render(request, "mailboxes/learned.html", context)


@require_POST
@needs(Permission.MAIL_SORT)
def forget(request: PortalRequest, mailbox_id: str) -> HttpResponse:
    """取り消す: a route or a sender. What was delivered stays delivered."""
    found = one_or_404(BOXES.all(), request, pk=mailbox_id)
    route = _route(found, request.POST.get("route", ""))
    sender = _sender(found, request.POST.get("sender", ""))
    if route is not None:
        services.forget_route(route=route, user=request.user)
    if sender is not None:
        services.forget_sender(sender=sender, user=request.user)
    if route is not None or sender is not None:
        publish_if_changed()
        messages.success(request, "取り消しました。これから届くメールは、確認待ちになります。")
    back = "mail_waiting" if request.POST.get("back") == "waiting" else "mail_learned"
    return redirect(back, mailbox_id=found.pk)


@require_POST
@needs(Permission.MAIL_SORT)
def change_route(request: PortalRequest, mailbox_id: str) -> HttpResponse:
    """To another company from now on."""
    found = one_or_404(BOXES.all(), request, pk=mailbox_id)
    route = _route(found, request.POST.get("route", ""))
    company = (
        Organisation.objects.within(served_by(found))
        .filter(pk=request.POST.get("company", "")[:40])
        .first()
    )
    if route is None or company is None:
        messages.error(request, "変えられませんでした。会社を選んでください。")
        return redirect("mail_learned", mailbox_id=found.pk)
    services.change_route(route=route, organisation_id=company.pk, user=request.user)
    publish_if_changed()
    messages.success(request, f"これから届くメールを「{company.name}」に分けます。")
    return redirect("mail_learned", mailbox_id=found.pk)


def _act(
    request: PortalRequest, mailbox_id: str, act: Callable[..., None], said: str
) -> HttpResponse:
    found = one_or_404(BOXES.all(), request, pk=mailbox_id)
    if found.removed_at is None:
        act(mailbox=found, user=request.user)
        publish_if_changed()
        messages.success(request, said)
    return redirect("mailbox", mailbox_id=found.pk)


def _is_reached(form: MailboxForm, *, password: str) -> bool:
    """Settings that do not work are not kept; why stands above the form."""
    if form.cleaned_data["kind"] != MailboxKind.IMAP:
        return True
    trouble = try_connection(services.Connection(**form.cleaned_data), password=password)
    if trouble:
        form.add_error(None, f"つながりませんでした。{trouble}")
    return not trouble


def _password(form: MailboxForm, found: Mailbox) -> str:
    try:
        kept = unseal(found.secret, data=configuration().data, about=found.pk)
    except NotOpened:
        kept = ""
    return form.cleaned_data["password"] or kept


def _route(found: Mailbox, text: str) -> MailRoute | None:
    return MailRoute.objects.within_mailbox(found).filter(pk=_number(text)).first()


def _sender(found: Mailbox, text: str) -> MailSender | None:
    return MailSender.objects.within_mailbox(found).filter(pk=_number(text)).first()


def _number(text: str) -> int:
    """A row's number; one that no row has for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else -1
