"""Mails whose sender nobody proved: a person says whose they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from hinomi.portal.access.guard import needs, one_or_404
from hinomi.portal.access.permissions import Permission
from hinomi.portal.organisations.models import Organisation
from hinomi.portal.tickets import desk_queries, mail_in
from hinomi.portal.tickets.models import IncomingMail, MailOutcome, Ticket
from hinomi.portal.ui import pages

if TYPE_CHECKING:
    from django.http import HttpResponse

    from hinomi.portal.access.guard import PortalRequest

REASONS = {
    "unknown_sender": "登録のない差出人です",
    "not_proved": "登録のある名前ですが、本人からという証拠がありません",
    "double_head": "差出人か件名が、1つではありません",
    "too_many": "同じ差出人から、1時間に10通を超えました",
    "which_company": "差出人は、2つ以上の会社の人です",
    "other_thread": "件名の受付番号は、この人の会社のものではありません",
    "too_large": "大きすぎて、中を読んでいません",
    "too_many_parts": "部分が多すぎて、途中までしか読んでいません",
    "broken_mail": "こわれていて、読めません",
    "auto_reply": "機械の自動の返事です",
    "bounce": "届かなかったという知らせです",
    "loop": "回り続けているメールです",
    "own_mail": "こちらのメールが戻ってきました",
    "by_person": "相談ではないと、担当者が決めました",
}


class SortForm(forms.Form):
    """Into which ticket, or for which company a new one."""

    use_required_attribute = False

    number = forms.CharField(label="入れる相談の受付番号", max_length=20, required=False)
    company = forms.CharField(
        label="新しい相談にするときの会社名",
        max_length=200,
        required=False,
        help_text="お客様の一覧にある名前を、そのまま入力してください。",
    )


@require_safe
@needs(Permission.TICKET_MAIL_SORT)
def mails(request: PortalRequest) -> HttpResponse:
    """Those that wait, or with `show=away` what was put away, newest first."""
    away = request.GET.get("show") == "away"
    rows = IncomingMail.objects.within(request.scope)
    shown = (
        rows.filter(outcome=MailOutcome.PUT_AWAY).order_by("-at", "-pk")
        if away
        else desk_queries.waiting_mails(request.scope)
    )
    page = pages.page_of(shown, number=pages.asked(request), question=request.GET)
    lines = [(each, REASONS.get(each.reason, each.reason)) for each in page.items]
    return render(request, "tickets/mails.html", {"page": page, "lines": lines, "away": away})


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.TICKET_MAIL_SORT)
def mail(request: PortalRequest, letter_id: int) -> HttpResponse:
    """One mail as text, and what to do with it."""
    letter = one_or_404(IncomingMail.objects.select_related("ticket"), request, pk=letter_id)
    form = SortForm(request.POST or None)
    if request.method == "POST" and "away" in request.POST:
        mail_in.put_away(letter=letter, user=request.user)
        messages.success(request, "相談ではないものにしました。")
        return redirect("ticket_mails")
    if request.method == "POST" and form.is_valid():
        done = _sort(request, letter, form)
        if done is not None:
            messages.success(request, f"相談 {done.number} に入れました。")
            return redirect("ticket", ticket_number=done.number)
    context = {
        "letter": letter,
        "form": form,
        "reason": REASONS.get(letter.reason, letter.reason),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "tickets/mail.html", context, status=status)


def _sort(request: PortalRequest, letter: IncomingMail, form: SortForm) -> Ticket | None:
    """None when the form names nothing that is in the person's reach."""
    number, name = form.cleaned_data["number"].strip().upper(), form.cleaned_data["company"].strip()
    if number:
        ticket = Ticket.objects.within(request.scope).filter(number=number).first()
        if ticket is None:
            form.add_error("number", "その番号の相談はありません。")
            return None
        return mail_in.sort_into(
            letter=letter,
            organisation_id=ticket.organisation_id,
            ticket=ticket,
            user=request.user,
        )
    found = Organisation.objects.within(request.scope).filter(name=name).order_by("pk")[:2]
    if len(found) != 1:
        form.add_error("company", "会社を1つに決められません。名前を確かめてください。")
        return None
    return mail_in.sort_into(
        letter=letter, organisation_id=found[0].pk, ticket=None, user=request.user
    )
