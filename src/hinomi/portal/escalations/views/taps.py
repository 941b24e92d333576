"""The page behind a link in a mail: what to do and the buttons, nothing about anybody.

It opens without signing in for a day. Mail scanners open every link: only a POST is an answer.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from hinomi.core.words import IncidentState
from hinomi.portal.access.guard import public
from hinomi.portal.access.time import now
from hinomi.portal.escalations.limits import is_guessing, note_wrong
from hinomi.portal.escalations.queries import call_back_of
from hinomi.portal.escalations.services import tapped
from hinomi.portal.escalations.words import booked
from hinomi.portal.incidents.answering import NotAnAnswer
from hinomi.portal.incidents.models import Answer, Incident
from hinomi.portal.incidents.wording import nameless_text_of
from hinomi.portal.notices.models import Notice
from hinomi.portal.notices.presses import key_of_tap

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from hinomi.respond.text import CustomerText

LIVES = timedelta(days=1)


@never_cache
@public("the signed token names one mail; the page names no company, person or device")
@require_http_methods(["GET", "HEAD", "POST"])
def tap(request: HttpRequest, secret: str) -> HttpResponse:
    """The steps and the buttons; a POST is the answer."""
    notice = None if is_guessing(request) else _notice(secret)
    incident = _incident(notice) if notice is not None else None
    if notice is None or incident is None:
        note_wrong(request)
        return render(request, "escalations/gone.html", status=404)
    if request.method == "POST":
        try:
            tapped(notice=notice, incident=incident, choice=request.POST.get("choice", ""))
        except NotAnAnswer:
            return render(request, "escalations/tap.html", _page(incident), status=409)
        return redirect("tap", secret=secret)
    return render(request, "escalations/tap.html", _page(incident))


def _notice(token: str) -> Notice | None:
    key = key_of_tap(token, lives=LIVES, moment=now())
    if key is None:
        return None
    rows = Notice.objects.of(key[0]).filter(dedupe_key=key[1])
    return rows.select_related("user").first()


def _incident(notice: Notice) -> Incident | None:
    rows = Incident.objects.of(notice.organisation_id).filter(held_since=None)
    return rows.select_related("organisation").filter(number=notice.incident_number).first()


def _page(incident: Incident) -> dict[str, object]:
    text = nameless_text_of(incident)
    return {
        "text": text,
        "asks": IncidentState(incident.state).is_open,
        "given": _given(incident, text),
        "booked": booked(incident, call_back_of(incident)),
    }


def _given(incident: Incident, text: CustomerText) -> str:
    """The label of the newest answer; "" when nobody answered."""
    rows = Answer.objects.of(incident.organisation_id).filter(incident=incident)
    last = rows.order_by("-at", "-pk").first()
    labels = {button.choice: button.label for button in text.buttons}
    return labels.get(last.choice, "") if last is not None else ""
