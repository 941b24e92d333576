"""The public address at which an exchange tells of calls. What is not signed with its secret is
refused without looking further; what is wrong is told in a sentence, and counted."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.db import OperationalError
from django.http import HttpResponse, JsonResponse
from django.http.request import UnreadablePostError
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from hinomi.portal.access.guard import public
from hinomi.portal.access.time import now
from hinomi.portal.calls import telling
from hinomi.portal.calls.exchanges import address_of, note_refusal, secret_of
from hinomi.portal.calls.models import Exchange, Speaks
from hinomi.portal.calls.ringing import tell
from hinomi.portal.calls.telling import Refused, Told, TooLarge
from hinomi.portal.escalations.limits import is_guessing, note_wrong
from hinomi.store.sealed import NotOpened

if TYPE_CHECKING:
    from django.http import HttpRequest

log = logging.getLogger(__name__)


@csrf_exempt
@public("an exchange tells of calls; signed with its secret, shows nothing")
@never_cache
@require_POST
def event(request: HttpRequest, exchange_id: str) -> HttpResponse:
    """204 for what was taken, now or before."""
    exchange = _known(exchange_id)
    if exchange is None:
        return _problem(404, "not-found", "There is no such exchange.")
    try:
        tell(exchange=exchange, told=_told(request, exchange))
    except Refused as error:
        return _refuse(request, exchange, error)
    except (NotOpened, OperationalError) as error:
        log.warning("an event of the exchange %s was not taken: %s", exchange.pk, error)
        answer = _problem(503, "not-now", "We cannot take it now. Send it again.")
        answer["Retry-After"] = "5"
        return answer
    return HttpResponse(status=204)


def _known(exchange_id: str) -> Exchange | None:
    rows = Exchange.objects.across_all(reason="an exchange names itself; its signature proves it")
    return rows.filter(pk=exchange_id.replace("\0", ""), removed_at=None).first()


def _told(request: HttpRequest, exchange: Exchange) -> Told:
    moment, secret = now(), secret_of(exchange)
    body = _body(request)
    if exchange.speaks == Speaks.TWILIO:
        form = telling.read_form(body)
        given = request.headers.get(telling.TWILIO_SIGNATURE, "")
        telling.require_twilio(form, given=given, url=address_of(exchange), token=secret)
        return telling.read_twilio(form, moment=moment)
    telling.require_signed(body, headers=request.headers, secret=secret, moment=moment)
    return telling.read_json(body, moment=moment)


def _body(request: HttpRequest) -> bytes:
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or int(length[:12]) > telling.MOST_BYTES:
        raise TooLarge(f"At most {telling.MOST_BYTES} bytes.")
    try:
        return request.body
    except UnreadablePostError as error:
        raise Refused("The body broke off.") from error


def _refuse(request: HttpRequest, exchange: Exchange, error: Refused) -> HttpResponse:
    """Only refusals are slowed down: whoever holds the secret is heard however much noise a
    stranger makes."""
    if is_guessing(request):
        answer = _problem(429, "too-many", "Too many refused requests. Wait a minute.")
        answer["Retry-After"] = "60"
        return answer
    note_wrong(request)
    note_refusal(exchange, error.message)
    return _problem(error.status, error.kind, error.message)


def _problem(status: int, kind: str, detail: str) -> JsonResponse:
    """RFC 9457."""
    return JsonResponse(
        {"type": f"about:blank#{kind}", "title": kind, "status": status, "detail": detail},
        status=status,
        content_type="application/problem+json",
    )
