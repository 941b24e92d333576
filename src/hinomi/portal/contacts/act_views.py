"""The buttons beside a contact and its addresses: each one act, one transaction, one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from hinomi.portal.access.guard import needs, one_or_404
from hinomi.portal.access.permissions import Permission
from hinomi.portal.access.time import now
from hinomi.portal.contacts import addresses, services
from hinomi.portal.contacts.errors import NotPossible
from hinomi.portal.contacts.forms import NoteForm
from hinomi.portal.contacts.models import Address, Contact
from hinomi.portal.contacts.rows import listed
from hinomi.portal.contacts.views import ROWS, contact_page, number_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpResponse

    from hinomi.portal.access.guard import PortalRequest

    OnContact = Callable[[PortalRequest, Contact], str]
    OnAddress = Callable[[PortalRequest, Address], str]

_LATE = "もう外したあとです。使うときは、もう一度加えてください。"


@require_POST
@needs(Permission.CONTACT_WRITE)
def contact_act(request: PortalRequest, contact_id: int) -> HttpResponse:
    """`act` names the button; `address` the line, where it stands beside one."""
    found = one_or_404(ROWS.all(), request, pk=contact_id)
    act = request.POST.get("act", "")
    try:
        if act in _ON_CONTACT:
            said = _ON_CONTACT[act](request, found)
        elif act in _ON_ADDRESS:
            said = _ON_ADDRESS[act](request, _line(request, found))
        else:
            raise NotPossible("画面のボタンを、もう一度押してください。")
    except NotPossible as refused:
        return contact_page(request, found, trouble=refused.words_ja)
    messages.success(request, said)
    if not Contact.objects.of(found.organisation_id).filter(pk=found.pk, ended_at=None).exists():
        return redirect("company_contacts", organisation_id=found.organisation_id)
    return redirect("contact", contact_id=found.pk)


@require_POST
@needs(Permission.CONTACT_VOUCH)
def contact_vouch(request: PortalRequest, contact_id: int) -> HttpResponse:
    """Our desk spoke with somebody by telephone: with whom, and at which number, is written."""
    found = one_or_404(ROWS.all(), request, pk=contact_id)
    form = NoteForm(request.POST)
    if not form.is_valid():
        words = form.errors["note"][0] if "note" in form.errors else ""
        return contact_page(request, found, trouble=str(words))
    note = form.cleaned_data["note"]
    try:
        row = _line(request, found)
        if request.POST.get("act") == "agree":
            addresses.vouch(address=row, note=note, user_id=request.user.pk)
        else:
            addresses.prove_by_call(address=row, note=note, user_id=request.user.pk)
    except NotPossible as refused:
        return contact_page(request, found, trouble=refused.words_ja)
    messages.success(request, "電話で確かめたことを記録しました。")
    return redirect("contact", contact_id=found.pk)


def _line(request: PortalRequest, found: Contact) -> Address:
    rows = Address.objects.of(found.organisation_id).filter(contact=found)
    row = rows.filter(pk=number_of(request.POST.get("address", ""))).first()
    if row is None:
        raise NotPossible("このあて先は、もうありません。画面を開き直してください。")
    return row


def _prove(request: PortalRequest, row: Address) -> str:
    code = request.POST.get("code", "")[:20]
    addresses.prove(address=row, code=code, user_id=request.user.pk)
    people = listed(row.organisation_id, moment=now())
    row.refresh_from_db()
    if services.standing_of(row, people).is_used:
        return "番号を確かめました。このあて先を使います。"
    return "番号を確かめました。もう1人の「はい」を待っています。"


def _send(request: PortalRequest, row: Address) -> str:
    addresses.send_again(address=row, user_id=request.user.pk)
    return "確認の番号を送りました。届いた番号を入力してください。"


def _test(request: PortalRequest, row: Address) -> str:
    addresses.test(address=row, user_id=request.user.pk)
    return "試しの連絡を送りました。届かないときは、電話してください。"


def _agree(request: PortalRequest, row: Address) -> str:
    addresses.agree(address=row, user_id=request.user.pk)
    return "「はい」の返事を受け付けました。丸1日たってから使います。"


def _refuse(request: PortalRequest, row: Address) -> str:
    if not addresses.refuse(address=row, user_id=request.user.pk):
        raise NotPossible("もう使い始めています。やめるときは「外す」を押してください。")
    return "このあて先は使いません。いままでの連絡先を使います。"


def _remove(request: PortalRequest, row: Address) -> str:
    addresses.remove(address=row, user_id=request.user.pk)
    return "あて先を外します。使っていたあて先は、丸1日は元に戻せます。"


def _keep(request: PortalRequest, row: Address) -> str:
    if not addresses.keep(address=row, user_id=request.user.pk):
        raise NotPossible(_LATE)
    return "元に戻しました。"


def _remove_contact(request: PortalRequest, found: Contact) -> str:
    services.remove_contact(contact=found, user_id=request.user.pk)
    return "連絡先から外します。使っていた人は、丸1日は元に戻せます。"


def _keep_contact(request: PortalRequest, found: Contact) -> str:
    if not services.keep_contact(contact=found, user_id=request.user.pk):
        raise NotPossible(_LATE)
    return "元に戻しました。"


def _back_to_mail(request: PortalRequest, found: Contact) -> str:
    services.back_to_mail(contact=found, user_id=request.user.pk)
    return "メールでの連絡に戻しました。"


_ON_CONTACT: dict[str, OnContact] = {
    "remove_contact": _remove_contact,
    "keep_contact": _keep_contact,
    "back_to_mail": _back_to_mail,
}
_ON_ADDRESS: dict[str, OnAddress] = {
    "prove": _prove,
    "send": _send,
    "test": _test,
    "agree": _agree,
    "refuse": _refuse,
    "remove": _remove,
    "keep": _keep,
}
