"""The customer's screens: P3 困った, P4 受付済み, P13 相談."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hinomi.portal.access.guard import needs, one_or_404
from hinomi.portal.access.permissions import Permission
from hinomi.portal.organisations.models import Organisation
from hinomi.portal.tickets import photos, queries, services
from hinomi.portal.tickets.choices import choices, examples
from hinomi.portal.tickets.forms import PhoneForm, QuestionForm, WordsForm
from hinomi.portal.tickets.models import Ticket, TicketKind
from hinomi.portal.ui import pages

if TYPE_CHECKING:
    from django.http import HttpResponse

    from hinomi.portal.access.guard import PortalRequest

_TICKETS = Ticket.objects.select_related("organisation", "booking__user")


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.TICKET_ASK)
def help_me(request: PortalRequest) -> HttpResponse:
    """P3 何が起きましたか: one tap is a ticket."""
    companies, chosen = _companies(request)
    context = {"choices": choices().values(), "companies": companies, "company": chosen}
    if request.method != "POST":
        return render(request, "tickets/help.html", context)
    try:
        ticket = services.press_help(
            organisation_id=chosen.pk, choice=request.POST.get("choice", ""), user=request.user
        )
    except services.NoSuchChoice:
        context["fault"] = "6つの中から、1つを選んでください。"
        return render(request, "tickets/help.html", context, status=422)
    return redirect("help_received", ticket_number=ticket.number)


@require_safe
@needs(Permission.TICKET_ASK)
def help_received(request: PortalRequest, ticket_number: str) -> HttpResponse:
    """P4 受付済み: いつ、だれから電話が来る？"""
    return _received(request, _ticket(request, ticket_number), PhoneForm())


@require_POST
@needs(Permission.TICKET_ASK)
def help_phone(request: PortalRequest, ticket_number: str) -> HttpResponse:
    """Another number, for this call only."""
    ticket = _ticket(request, ticket_number)
    form = PhoneForm(request.POST)
    if not form.is_valid():
        return _received(request, ticket, form, status=422)
    services.change_phone(ticket=ticket, phone=form.cleaned_data["phone"], user=request.user)
    messages.success(request, "今回の電話番号を直しました。")
    return redirect("help_received", ticket_number=ticket.number)


@require_POST
@needs(Permission.TICKET_ASK)
def consultation_solved(request: PortalRequest, ticket_number: str) -> HttpResponse:
    """The customer says that it is solved."""
    ticket = services.solved(ticket=_ticket(request, ticket_number), user=request.user)
    messages.success(
        request, "「解決した」を受け取りました。また困ったら、いつでも送ってください。"
    )
    return redirect("consultation", ticket_number=ticket.number)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.TICKET_ASK)
def consultations(request: PortalRequest) -> HttpResponse:
    """P13 ちょっと聞きたい: the list, three examples and a new question."""
    companies, chosen = _companies(request)
    if request.method == "POST":
        return _ask(request, companies, chosen)
    draft = queries.draft_of(chosen.pk, user_id=request.user.pk)
    begun = {"subject": draft.subject, "text": draft.text} if draft else {}
    asked = {"subject": request.GET["about"][:120]} if request.GET.get("about") else {}
    return _consultations(request, companies, chosen, QuestionForm(initial={**asked, **begun}))


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.TICKET_ASK)
def consultation(request: PortalRequest, ticket_number: str) -> HttpResponse:
    """One thread, and going on writing in it."""
    ticket = _ticket(request, ticket_number)
    if request.method != "POST":
        view = queries.thread(ticket, user_id=request.user.pk)
        form = WordsForm(initial={"text": view.draft.text} if view.draft else None)
        return _thread(request, view, form)
    if "draft" in request.POST:
        return _keep(request, ticket.organisation_id, ticket)
    form = WordsForm(request.POST, request.FILES)
    taken = photos.checked(form, request.FILES.getlist("photos"))
    if taken is None:
        view = queries.thread(ticket, user_id=request.user.pk)
        return _thread(request, view, form, status=422)
    words = services.Words(
        text=form.cleaned_data["text"], author=request.user, sent_once=form.cleaned_data["once"]
    )
    photos.with_photos(
        lambda: services.customer_writes(ticket=ticket, words=words), photographs=taken
    )
    messages.success(request, "送りました。")
    return redirect("consultation", ticket_number=ticket.number)


def _ask(
    request: PortalRequest, companies: list[Organisation], chosen: Organisation
) -> HttpResponse:
    if "draft" in request.POST:
        return _keep(request, chosen.pk, None)
    form = QuestionForm(request.POST, request.FILES)
    taken = photos.checked(form, request.FILES.getlist("photos"))
    if taken is None:
        return _consultations(request, companies, chosen, form, status=422)
    words = services.Words(
        text=form.cleaned_data["text"], author=request.user, sent_once=form.cleaned_data["once"]
    )
    message = photos.with_photos(
        lambda: services.first_words(
            services.open_ticket(
                organisation_id=chosen.pk,
                kind=TicketKind.QUESTION,
                subject=form.cleaned_data["subject"],
                words=words,
            )
        ),
        photographs=taken,
    )
    messages.success(request, f"相談を受け付けました。受付番号は{message.ticket.number}です。")
    return redirect("consultation", ticket_number=message.ticket.number)


def _keep(request: PortalRequest, organisation_id: str, ticket: Ticket | None) -> HttpResponse:
    """The button 「あとで続きを書く」."""
    services.save_draft(
        organisation_id=organisation_id,
        ticket=ticket,
        user=request.user,
        text=request.POST.get("text", ""),
        subject=request.POST.get("subject", ""),
    )
    messages.success(request, "書きかけを保存しました。まだ送っていません。")
    if ticket is None:
        return redirect(f"{request.path}?company={organisation_id}")
    return redirect("consultation", ticket_number=ticket.number)


def _consultations(
    request: PortalRequest,
    companies: list[Organisation],
    chosen: Organisation,
    form: QuestionForm,
    *,
    status: int = 200,
) -> HttpResponse:
    rows = queries.own_list(request.scope, organisation_id=chosen.pk)
    context = {
        "page": pages.page_of(rows, number=pages.asked(request), question=request.GET),
        "companies": companies,
        "company": chosen,
        "form": form,
        "examples": examples(),
    }
    return render(request, "tickets/consultations.html", context, status=status)


def _thread(
    request: PortalRequest, view: queries.Thread, form: WordsForm, *, status: int = 200
) -> HttpResponse:
    phone = queries.direct_phone(view.ticket)
    context = {"view": view, "form": form, "direct_phone": phone}
    return render(request, "tickets/consultation.html", context, status=status)


def _received(
    request: PortalRequest, ticket: Ticket, form: PhoneForm, *, status: int = 200
) -> HttpResponse:
    phone = queries.direct_phone(ticket)
    context = {"view": queries.received(ticket), "form": form, "direct_phone": phone}
    return render(request, "tickets/received.html", context, status=status)


def _companies(request: PortalRequest) -> tuple[list[Organisation], Organisation]:
    """The person's companies, and the one meant; people of several choose one."""
    companies = list(Organisation.objects.within(request.scope).order_by("name", "pk"))
    asked = request.POST.get("company") or request.GET.get("company")
    wanted = asked or (companies[0].pk if companies else "")
    chosen = next((each for each in companies if each.pk == wanted), None)
    if chosen is None:
        raise Http404
    return companies, chosen


def _ticket(request: PortalRequest, number: str) -> Ticket:
    return one_or_404(_TICKETS.all(), request, number=number)
