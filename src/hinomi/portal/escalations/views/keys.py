"""Where our telephone carrier posts the key a person pressed; answers with the call's next words.

The signed token in the address names one call and is the right. GET and HEAD are refused; the same
post again changes nothing and hears the same words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from hinomi.core.words import IncidentState
from hinomi.portal.access.guard import public
from hinomi.portal.contacts.proofs import key_pressed
from hinomi.portal.escalations.limits import is_guessing, note_wrong
from hinomi.portal.escalations.services import pressed
from hinomi.portal.escalations.words import booked
from hinomi.portal.incidents.answering import NotAnAnswer
from hinomi.portal.incidents.models import Incident
from hinomi.portal.incidents.wording import text_of
from hinomi.portal.notices.exercises import is_exercise, note_press
from hinomi.portal.notices.models import Notice
from hinomi.portal.notices.presses import notice_of_call, press_url, proof_of_call
from hinomi.respond.speech import (
    KEY_DONE,
    after_closed,
    after_key,
    choice_of,
    practised,
    proved,
)

if TYPE_CHECKING:
    from django.http import HttpRequest

_WHY = "the signed token names one notice"
_FIELDS = ("Digits", "digits", "dtmf", "key")  # as carriers call it


@csrf_exempt
@public("the signed token in the address is the right; a wrong one is told nothing")
@never_cache
@require_POST
def key(request: HttpRequest, secret: str) -> HttpResponse:
    """One key of one call."""
    if is_guessing(request):
        return HttpResponse(status=429, headers={"Retry-After": "60"})
    digits = next((request.POST[name] for name in _FIELDS if request.POST.get(name)), "")[:1]
    proof_id = proof_of_call(secret)
    if proof_id is not None:
        return _says(proved(is_done=digits == KEY_DONE and key_pressed(proof_id)))
    notice = _notice(secret)
    if notice is None:
        note_wrong(request)
        return HttpResponse(status=404)
    return _practised(notice, digits) if is_exercise(notice) else _heard(notice, digits)


def _notice(token: str) -> Notice | None:
    pk = notice_of_call(token)
    if pk is None:
        return None
    rows = Notice.objects.across_all(reason=_WHY).filter(pk=pk, channel="voice")
    return rows.select_related("user").first()


def _heard(notice: Notice, digits: str) -> HttpResponse:
    incidents = Incident.objects.of(notice.organisation_id).select_related("organisation")
    incident = incidents.filter(number=notice.incident_number).first()
    if incident is None or not IncidentState(incident.state).is_open:
        return _says(after_closed())
    text = text_of(incident)
    choice = choice_of(digits, text=text)
    if not choice:
        return _asks(notice)
    try:
        back = pressed(notice=notice, incident=incident, choice=choice, key=digits)
    except NotAnAnswer:
        return _says(after_closed())
    label = next(button.label for button in text.buttons if button.choice == choice)
    return _says(after_key(choice, label=label, booked=booked(incident, back)))


def _practised(notice: Notice, digits: str) -> HttpResponse:
    """訓練: one key says "received"; no incident is touched."""
    if digits != KEY_DONE:
        return _asks(notice)
    note_press(notice)
    return _says(practised())


def _asks(notice: Notice) -> HttpResponse:
    """The words once more, then the next key. It ends by itself: a machine that took the call
    would listen for ever."""
    action = escape(press_url(notice.pk), {'"': "&quot;"})
    return _xml(
        f'<Gather numDigits="1" timeout="10" action="{action}" method="POST">'
        f"{_said(notice.spoken)}</Gather>"
    )


def _says(words: str) -> HttpResponse:
    return _xml(f"{_said(words)}<Hangup/>")


def _said(words: str) -> str:
    return f'<Say language="ja-JP">{escape(words)}</Say>'


def _xml(inner: str) -> HttpResponse:
    body = f'<?xml version="1.0" encoding="UTF-8"?><Response>{inner}</Response>'
    return HttpResponse(body, content_type="application/xml; charset=utf-8")
