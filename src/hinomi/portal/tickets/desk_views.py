"""S8 相談: who waits longest, one ticket with everything said in it, and what the desk does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hinomi.portal.access.guard import needs, one_or_404
from hinomi.portal.access.permissions import Permission
from hinomi.portal.incidents.models import Incident
from hinomi.portal.organisations.models import Organisation
from hinomi.portal.tickets import desk, desk_forms, desk_queries, fax_queries, services
from hinomi.portal.tickets.models import Expert, Ticket, TicketKind, TicketState, Way
from hinomi.portal.ui import pages

if TYPE_CHECKING:
    from django import forms
    from django.http import HttpResponse

    from hinomi.portal.access.guard import PortalRequest

_TICKETS = Ticket.objects.select_related("organisation", "assigned_to", "incident", "booking__user")


@require_safe
@needs(Permission.TICKET_WORK)
def tickets(request: PortalRequest) -> HttpResponse:
    """待たせている人は？"""
    asked = desk_queries.Asked(
        view=request.GET.get("view", "waiting"),
        search=request.GET.get("q", "").strip()[:100],
        actor=request.actor,
    )
    rows = desk_queries.tickets(request.scope, asked)
    page = pages.page_of(rows, number=pages.asked(request), question=request.GET)
    context = {
        "page": page,
        "rows": desk_queries.as_rows(list(page.items)),
        "views": desk_queries.VIEWS.items(),
        "asked": asked,
        "mails": desk_queries.waiting_mails(request.scope).count(),
        "faxes": fax_queries.unread(request.scope).count(),
    }
    return render(request, "tickets/tickets.html", context)


@require_safe
@needs(Permission.TICKET_WORK)
def ticket(request: PortalRequest, ticket_number: str) -> HttpResponse:
    """One ticket. `use` puts ready words into the answer, `find` looks in the articles."""
    return _page(request, _ticket(request, ticket_number))


@require_POST
@needs(Permission.TICKET_WORK)
def ticket_reply(request: PortalRequest, ticket_number: str) -> HttpResponse:
    """An answer, or what was begun of one."""
    found = _ticket(request, ticket_number)
    if "draft" in request.POST:
        return _keep(request, found, inside="")
    form = desk_forms.ReplyForm(request.POST)
    if not form.is_valid():
        return _page(request, found, reply=form, status=422)
    data = form.cleaned_data
    words = services.Words(
        text=data["text"], author=request.user, way=Way.PORTAL, sent_once=data["once"]
    )
    try:
        desk.reply(
            ticket=found,
            version=data["version"],
            words=words,
            user=request.user,
            state=data["state"],
            red=form.red,
        )
    except desk.SaidMeanwhile:
        form.add_error(
            None, "書いている間に、ほかの人かお客様が書きました。読んでから送ってください。"
        )
        form.data = {**form.data.dict(), "version": found.version}  # type: ignore[attr-defined]
        return _page(request, found, reply=form, status=409)
    messages.success(request, "返事を送りました。")
    return _back(found)


@require_POST
@needs(Permission.TICKET_WORK)
def ticket_note(request: PortalRequest, ticket_number: str) -> HttpResponse:
    """社内メモ."""
    found = _ticket(request, ticket_number)
    if "draft" in request.POST:
        return _keep(request, found, inside="yes")
    form = desk_forms.NoteForm(request.POST)
    if not form.is_valid():
        return _page(request, found, note=form, status=422)
    desk.note(ticket=found, words=_inside(request, form), user=request.user)
    messages.success(request, "社内メモを加えました。")
    return _back(found)


@require_POST
@needs(Permission.TICKET_WORK)
def ticket_called(request: PortalRequest, ticket_number: str) -> HttpResponse:
    """Somebody called the customer."""
    found = _ticket(request, ticket_number)
    form = desk_forms.CalledForm(request.POST)
    if not form.is_valid():
        return _page(request, found, called=form, status=422)
    desk.called(ticket=found, words=_inside(request, form), user=request.user)
    messages.success(request, "電話したことを記録しました。")
    return _back(found)


@require_POST
@needs(Permission.TICKET_WORK)
def ticket_take(request: PortalRequest, ticket_number: str) -> HttpResponse:
    """取る."""
    return _back(desk.take(ticket=_ticket(request, ticket_number), user=request.user))


@require_POST
@needs(Permission.TICKET_WORK)
def ticket_hand_over(request: PortalRequest, ticket_number: str) -> HttpResponse:
    """To a role that knows more."""
    found = _ticket(request, ticket_number)
    form = desk_forms.HandOverForm(request.POST)
    if not form.is_valid():
        return _page(request, found, hand_over=form, status=422)
    desk.hand_over(
        ticket=found,
        expert=Expert(form.cleaned_data["expert"]),
        words=_inside(request, form),
        user=request.user,
    )
    messages.success(request, "渡しました。")
    return _back(found)


@require_POST
@needs(Permission.TICKET_WORK)
def ticket_link(request: PortalRequest, ticket_number: str) -> HttpResponse:
    """To an incident of the same company; another company's does not exist."""
    found = _ticket(request, ticket_number)
    form = desk_forms.LinkForm(request.POST)
    if form.is_valid():
        rows = Incident.objects.within(request.scope).filter(organisation=found.organisation_id)
        incident = rows.filter(number=form.cleaned_data["number"]).first()
        if incident is not None:
            desk.link(ticket=found, incident=incident, user=request.user)
            return _back(found)
        form.add_error("number", "このお客様に、その番号の案件はありません。")
    return _page(request, found, link=form, status=422)


@require_POST
@needs(Permission.TICKET_WORK)
def ticket_snooze(request: PortalRequest, ticket_number: str) -> HttpResponse:
    """あとで見る; the customer's word brings it back."""
    found = _ticket(request, ticket_number)
    form = desk_forms.SnoozeForm(request.POST)
    if not form.is_valid():
        return _page(request, found, snooze=form, status=422)
    desk.snooze(ticket=found, until=form.cleaned_data["day"], user=request.user)
    messages.success(request, "その日の朝に、また並びます。お客様が書けば、すぐに戻ります。")
    return _back(found)


@require_POST
@needs(Permission.TICKET_WORK)
def ticket_book(request: PortalRequest, ticket_number: str) -> HttpResponse:
    """Promise a call from a duty slot."""
    found = _ticket(request, ticket_number)
    try:
        desk.book_call(ticket=found, user=request.user, seen=_number(request.POST.get("version")))
    except desk.NobodyCanCall:
        messages.warning(request, "当番に空きがありません。時刻は約束できません。")
        return _back(found)
    messages.success(request, "電話を予約しました。お客様の画面に、時刻が出ます。")
    return _back(found)


@require_POST
@needs(Permission.TICKET_WORK)
def ticket_state(request: PortalRequest, ticket_number: str) -> HttpResponse:
    """The five steps that the customer sees."""
    found = _ticket(request, ticket_number)
    wanted = request.POST.get("state", "")
    if wanted not in TicketState.values:
        messages.warning(request, "状態を選んでください。")
        return _back(found)
    return _back(desk.set_state(ticket=found, state=wanted, user=request.user))


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.TICKET_WORK)
def ticket_new(request: PortalRequest, organisation_id: str) -> HttpResponse:
    """What somebody said on the telephone becomes a ticket."""
    company = one_or_404(Organisation.objects.all(), request, pk=organisation_id)
    begun = {"phone": company.contact_phone}
    form = desk_forms.PhoneNoteForm(request.POST or None, initial=begun)
    if request.method != "POST" or not form.is_valid():
        status = 422 if form.is_bound else 200
        context = {"company": company, "form": form}
        return render(request, "tickets/new.html", context, status=status)
    data = form.cleaned_data
    opens = services.open_with_call if data["calls_back"] else services.open_ticket
    made = opens(
        organisation_id=company.pk,
        kind=TicketKind.CALL,
        subject=data["subject"],
        words=services.Words(
            text=data["text"],
            author_name=data["author_name"],
            way=Way.PHONE,
            sent_once=data["once"],
        ),
        phone=data["phone"],
        by_user_id=request.user.pk,
    )
    if data["calls_back"] and made.booking_id is None:
        messages.warning(request, "当番に空きがありません。時刻は約束できません。")
    messages.success(request, f"相談 {made.number} を作りました。")
    return _back(made)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < 10 else None


def _inside(request: PortalRequest, form: desk_forms.OnceForm) -> services.Words:
    """Words of ours, once for each filled-in form."""
    data = form.cleaned_data
    return services.Words(text=data["text"], author=request.user, sent_once=data["once"])


def _keep(request: PortalRequest, found: Ticket, *, inside: str) -> HttpResponse:
    services.save_draft(
        organisation_id=found.organisation_id,
        ticket=found,
        user=request.user,
        text=request.POST.get("text", ""),
        inside=inside,
    )
    messages.success(request, "書きかけを保存しました。まだ送っていません。")
    return _back(found)


def _page(
    request: PortalRequest, found: Ticket, *, status: int = 200, **bound: forms.Form
) -> HttpResponse:
    """The page with its forms; those that are `bound` show their faults and what was typed."""
    question = request.GET.get("find", "").strip()[:200]
    view = desk_queries.desk_page(found, user_id=request.user.pk, question=question)
    begun = view.draft.text if view.draft else ""
    ready = desk_queries.ready_text(request.GET.get("use", ""))
    reply_text = "\n\n".join(filter(None, ["" if _is_inside(view) else begun, ready]))
    unbound: dict[str, Any] = {
        "reply": desk_forms.ReplyForm(initial={"version": found.version, "text": reply_text}),
        "note": desk_forms.NoteForm(initial={"text": begun if _is_inside(view) else ""}),
        "called": desk_forms.CalledForm(),
        "hand_over": desk_forms.HandOverForm(),
        "link": desk_forms.LinkForm(),
        "snooze": desk_forms.SnoozeForm(),
    }
    context = {
        **{name: bound.get(name, form) for name, form in unbound.items()},
        "view": view,
        "canned": desk_queries.canned().values(),
        "states": TicketState.choices,
        "faulty": next(iter(bound.values()), None),
    }
    return render(request, "tickets/ticket.html", context, status=status)


def _is_inside(view: desk_queries.Desk) -> bool:
    return view.draft is not None and view.draft.is_inside


def _back(found: Ticket) -> HttpResponse:
    return redirect("ticket", ticket_number=found.number)


def _ticket(request: PortalRequest, number: str) -> Ticket:
    return one_or_404(_TICKETS.all(), request, number=number)
