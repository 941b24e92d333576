"""Screens of the desk: letters to print, and saying that one was posted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from hinomi.portal.access.guard import needs
from hinomi.portal.access.permissions import Permission
from hinomi.portal.access.time import configuration
from hinomi.portal.ways import letters as services
from hinomi.portal.ways import letters_to_show as queries
from hinomi.respond.channels.channel import Message
from hinomi.respond.sheets import letter_sheet

if TYPE_CHECKING:
    from hinomi.portal.access.guard import PortalRequest
    from hinomi.portal.ways.models import Letter


@require_safe
@needs(Permission.LETTER_POST)
def letters(request: PortalRequest) -> HttpResponse:
    """What waits, oldest first, and what was posted last."""
    context = {
        "waiting": queries.waiting(request.scope),
        "posted": queries.posted(request.scope),
    }
    return render(request, "ways/letters.html", context)


@require_safe
@needs(Permission.LETTER_POST)
def letter(request: PortalRequest, postal_id: int) -> HttpResponse:
    """The letter as PDF, to print."""
    found = _one(request, postal_id)
    message = Message(
        to=found.to,
        subject=found.subject,
        body_text=found.body_text,
        message_id=found.message_id,
        number=found.number,
        phone=found.phone,
    )
    service = configuration().service_name
    made_at = queries.local(found.created_at)
    pdf = letter_sheet(message, service_name=service, made_at=made_at)
    name = f"letter-{found.pk}.pdf"
    return HttpResponse(
        pdf,
        content_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{name}"', "Cache-Control": "no-store"},
    )


@require_POST
@needs(Permission.LETTER_POST)
def posted(request: PortalRequest, postal_id: int) -> HttpResponse:
    """投函しました."""
    services.post_letter(letter=_one(request, postal_id), user=request.user)
    messages.success(request, "投函したと記録しました。")
    return redirect("way_letters")


def _one(request: PortalRequest, postal_id: int) -> Letter:
    found = queries.one(request.scope, postal_id)
    if found is None:
        raise Http404
    return found
