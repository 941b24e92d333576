"""What a press does to a call that rings or was missed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from hinomi.portal.access.guard import needs, one_or_404
from hinomi.portal.access.permissions import Permission
from hinomi.portal.calls import ringing
from hinomi.portal.calls.finding import companies_of
from hinomi.portal.calls.models import IncomingCall
from hinomi.portal.calls.views import find_page

if TYPE_CHECKING:
    from django.http import HttpResponse

    from hinomi.portal.access.guard import PortalRequest

_CALLS = IncomingCall.objects.select_related("first_call", "taken_by")


@require_POST
@needs(Permission.FIRST_CALL_TAKE)
def take(request: PortalRequest, ring_id: int) -> HttpResponse:
    """One company's number opens the call's screen, filled in. Who comes second finds what the
    first one opened."""
    call = one_or_404(_CALLS.all(), request, pk=ring_id)
    companies = companies_of(request.scope, call.number)
    found = ringing.take(call=call, companies=companies, user=request.user)
    if found.taken_by is not None and found.taken_by != request.user:
        messages.info(request, f"{found.taken_by.shown_name}さんが先に開きました。")
    if found.first_call is not None:
        return redirect("call", call_id=found.first_call.pk)
    if not found.number:
        messages.info(request, "番号が出ない電話です。会社の名前を聞いて、入力してください。")
        return redirect("first_call")
    return find_page(request, found.number)


@require_POST
@needs(Permission.FIRST_CALL_TAKE)
def called_back(request: PortalRequest, ring_id: int) -> HttpResponse:
    """かけ直した."""
    found = one_or_404(_CALLS.all(), request, pk=ring_id)
    if ringing.called_back(call=found, user=request.user):
        messages.success(request, "かけ直したと記録しました。")
    return redirect("first_call")
