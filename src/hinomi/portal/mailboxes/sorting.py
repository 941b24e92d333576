"""確認待ちのメール: one question at a time, answered once and learned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from hinomi.core.errors import HinomiError
from hinomi.core.mail import IGNORED
from hinomi.portal.access.guard import needs, one_or_404
from hinomi.portal.access.permissions import Permission
from hinomi.portal.mailboxes import queries, services
from hinomi.portal.mailboxes.forms import AnswerForm, SenderForm, format_choices
from hinomi.portal.mailboxes.models import Mailbox, MailRoute, MailSender, Meaning
from hinomi.portal.mailboxes.waiting import served_by, waiting
from hinomi.portal.organisations.models import Organisation
from hinomi.portal.sources.publication import publish_if_changed

if TYPE_CHECKING:
    from django.http import HttpResponse

    from hinomi.portal.access.guard import PortalRequest
    from hinomi.portal.mailboxes.waiting import Choice, Question

_BOXES = Mailbox.objects.select_related("firm")
_LAST = "last_mail_answer"  # session: what 取り消す takes back
_GONE = "このメールは、もう確認待ちではありません。次のメールを見てください。"


@require_safe
@needs(Permission.MAIL_SORT)
def mail_waiting(request: PortalRequest, mailbox_id: str) -> HttpResponse:
    """The mail asked for, else the one that waits longest."""
    found = one_or_404(_BOXES.all(), request, pk=mailbox_id)
    return _page(request, found)


@require_POST
@needs(Permission.MAIL_SORT)
def answer(request: PortalRequest, mailbox_id: str) -> HttpResponse:
    """「この会社のものです」, or nobody's."""
    found = one_or_404(_BOXES.all(), request, pk=mailbox_id)
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form=form, status=422)
    said = form.cleaned_data
    question = waiting(found, asked=said["mail"]).question
    choices = question.choices if question else ()
    choice = next((each for each in choices if (each.kind, each.value) == said["claim"]), None)
    if question is None or question.mail.id != said["mail"] or choice is None:
        messages.info(request, _GONE)
        return redirect("mail_waiting", mailbox_id=found.pk)
    try:
        route, told = _learn(request, found, choice, said)
    except services.AlreadyRouted:
        form.add_error("claim", "ほかの会社に結び付いています。「覚えたこと」で変えられます。")
        return _page(request, found, form=form, status=409)
    except HinomiError as fault:
        form.add_error(None, f"保存できませんでした。原因：{fault.message}")
        return _page(request, found, form=form, status=422)
    others = (
        f"待っているほかの{choice.mails - 1}通も、同じように分けます。" if choice.mails > 1 else ""
    )
    return _settled(request, found, ("route", route.pk), f"{told}{others}")


@require_POST
@needs(Permission.MAIL_SORT)
def answer_sender(request: PortalRequest, mailbox_id: str) -> HttpResponse:
    """「この送信者を認める」, or 「対象外にする」."""
    found = one_or_404(_BOXES.all(), request, pk=mailbox_id)
    form = SenderForm(request.POST)
    question = waiting(found, asked=request.POST.get("mail", "")[:40]).question
    if question is None or question.mail.id != request.POST.get("mail"):
        messages.info(request, _GONE)
        return redirect("mail_waiting", mailbox_id=found.pk)
    if not form.is_valid() or not _is_provable(form, question):
        messages.error(request, "認められませんでした。署名のあるドメインを選んでください。")
        return redirect("mail_waiting", mailbox_id=found.pk)
    is_ignored = form.cleaned_data["verdict"] == IGNORED
    sender = services.accept_sender(
        mailbox=found,
        address=question.mail.head.sender,
        dkim_domain="" if is_ignored else form.cleaned_data["domain"],
        form=IGNORED if is_ignored else form.cleaned_data["format"] or "auto",
        user=request.user,
    )
    act = "対象外にしました" if is_ignored else "認めました"
    told = f"{sender.address}を{act}。待っている{question.same_sender}通を読みます。"
    if is_ignored:
        told = f"{sender.address}を{act}。待っている{question.same_sender}通も片づけます。"
    return _settled(request, found, ("sender", sender.pk), told)


def _is_provable(form: SenderForm, question: Question) -> bool:
    """A sender is believed only with a signature that held for this very mail."""
    if not question.is_about_sender or not question.mail.head.sender:
        return False
    said = form.cleaned_data
    return said["verdict"] == IGNORED or said["domain"] in question.mail.head.signed_by


def _learn(
    request: PortalRequest, found: Mailbox, choice: Choice, said: dict[str, Any]
) -> tuple[MailRoute, str]:
    kind, value, meaning = choice.kind, choice.value, said["meaning"]
    if meaning is not Meaning.COMPANY:
        route = services.put_aside(
            mailbox=found,
            kind=kind,
            value=value,
            meaning=meaning,
            reason=said["reason"],
            user=request.user,
        )
        return route, f"「{value[:60]}」を、{meaning.label}としました。"
    rows = Organisation.objects.within(served_by(found))
    company = one_or_404(rows, request, pk=said["company"])
    source = services.mail_source(organisation_id=company.pk, user_id=request.user.pk)
    route = services.learn_route(
        mailbox=found, kind=kind, value=value, source=source, user=request.user
    )
    return route, f"「{company.name}」のメールにしました。"


def _settled(
    request: PortalRequest, found: Mailbox, last: tuple[str, int], told: str
) -> HttpResponse:
    publish_if_changed()
    request.session[_LAST] = {"mailbox": found.pk, "kind": last[0], "row": last[1], "told": told}
    messages.success(request, told)
    return redirect("mail_waiting", mailbox_id=found.pk)


def _page(
    request: PortalRequest, found: Mailbox, *, form: AnswerForm | None = None, status: int = 200
) -> HttpResponse:
    asked = (request.POST if form else request.GET).get("mail", "")[:40]
    search = request.GET.get("q", "").strip()[:100]
    view = waiting(found, asked=asked, search=search)
    context = {
        "mailbox": found,
        "view": view,
        "question": view.question,
        "search": search,
        "form": form,
        "formats": format_choices(),
        "last": _last(request, found),
        "card": None if view.question else queries.card(found),
    }
    return render(request, "mailboxes/waiting.html", context, status=status)


def _last(request: PortalRequest, found: Mailbox) -> dict[str, object] | None:
    """The answer just given, while it can still be taken back."""
    last = request.session.get(_LAST)
    if not isinstance(last, dict) or last.get("mailbox") != found.pk:
        return None
    table = MailRoute if last.get("kind") == "route" else MailSender
    rows = table.objects.within_mailbox(found).filter(pk=int(last.get("row", -1)))
    return last if rows.exists() else None
