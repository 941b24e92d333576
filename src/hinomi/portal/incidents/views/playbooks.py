"""手順書: one question, its answers, and what each leads to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from hinomi.portal.access.guard import needs, one_or_404
from hinomi.portal.access.permissions import Permission
from hinomi.portal.incidents import playbooks
from hinomi.portal.incidents.models import Incident
from hinomi.respond.playbook import Reply

if TYPE_CHECKING:
    from django.http import HttpResponse

    from hinomi.portal.access.guard import PortalRequest

_INCIDENTS = Incident.objects.select_related("organisation")


@require_POST
@needs(Permission.INCIDENT_WORK)
def playbook_reply(request: PortalRequest, number: str) -> HttpResponse:
    """Lock one answer."""
    found = one_or_404(_INCIDENTS.all(), request, number=number)
    answer = request.POST.get("answer", "")
    try:
        if answer not in set(Reply):
            raise playbooks.NotAsked("no such answer")
        playbooks.reply(
            incident=found,
            question=request.POST.get("question", ""),
            answer=Reply(answer),
            user=request.user,
        )
    except playbooks.NotAsked:
        messages.warning(request, "その質問には、もう答えがあります。いまの質問を見てください。")
    return redirect(f"{reverse('case', args=[found.number])}#playbook")
