"""The public address at which Twilio tells what became of a message. Each telling is signed with
the account's own key over the whole address; what is not is refused without looking further."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from django.http import Http404, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from hinomi.portal.access.guard import public
from hinomi.portal.access.time import configuration, now
from hinomi.portal.ways.arrivals import note_arrival
from hinomi.portal.ways.models import Arrival, WayAccount
from hinomi.portal.ways.opening import secrets_of
from hinomi.respond.channels.twilio import signature
from hinomi.store.sealed import NotOpened

if TYPE_CHECKING:
    from django.http import HttpRequest

_MOST_FIELDS = 60
_MAKERS = ("sms_twilio", "voice_twilio")
# Twilio's words for the end of a message or a call. Others (queued, ringing …) say nothing yet.
_ARRIVALS = {
    "delivered": Arrival.DELIVERED,
    "completed": Arrival.DELIVERED,
    "undelivered": Arrival.HARD,
    "failed": Arrival.HARD,
    "canceled": Arrival.HARD,
    "busy": Arrival.SOFT,
    "no-answer": Arrival.SOFT,
}


@csrf_exempt
@require_POST
@public("a carrier reports on a message; signed with the account's key, answers nothing")
def report(request: HttpRequest, way_id: str) -> HttpResponse:
    """204 for a signed report, known or not; 403 for any other."""
    way = WayAccount.objects.across_all(reason="a carrier names its account").filter(
        pk=way_id, maker__in=_MAKERS, removed_at=None
    )
    found = way.first()
    if found is None:
        raise Http404
    if not _is_signed(request, found):
        return HttpResponse(status=403)
    form = request.POST
    arrival = _ARRIVALS.get(form.get("MessageStatus") or form.get("CallStatus", ""))
    name = form.get("MessageSid") or form.get("CallSid", "")
    if arrival is not None and name:
        note_arrival(
            kind=found.kind, provider_id=name, arrival=arrival, moment=now(),
            firm_id=found.firm_id, reason=_code(form.get("ErrorCode", "")),
        )  # fmt: skip
    return HttpResponse(status=204)


def _is_signed(request: HttpRequest, way: WayAccount) -> bool:
    if len(request.POST) > _MOST_FIELDS:
        return False
    try:
        key = secrets_of(way).get("key", "")
    except NotOpened:
        return False
    url = f"{configuration().public_url}{request.get_full_path()}"
    form = {name: str(request.POST[name]) for name in request.POST}
    given = request.headers.get("X-Twilio-Signature", "")
    made = signature(key, url=url, form=form)
    return bool(key) and hmac.compare_digest(made.encode(), given.encode("utf-8", "replace"))


def _code(text: str) -> str:
    return text if text.isascii() and text.isdigit() and len(text) < 9 else ""
