"""Is the web process alive, can the tower do its job, and the numbers of both for Prometheus."""

from __future__ import annotations

import ipaddress
import json
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import DatabaseError
from django.http import Http404, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.http import require_safe

from hinomi.pipeline.worker_memory import read_losses
from hinomi.pipeline.worker_state import worker_troubles
from hinomi.portal.access.guard import public
from hinomi.portal.access.time import configuration, now
from hinomi.portal.escalations.verdict import OLD_AFTER, read_verdict
from hinomi.portal.incidents.models import CLOSED_STATES, Incident
from hinomi.portal.notices.models import Notice, NoticeState

if TYPE_CHECKING:
    from django.http import HttpRequest

_TOTAL = "a total over the installation, naming nobody"
_STUCK_AFTER = timedelta(minutes=5)


@require_safe
@public("says only that the process answers")
def live(request: HttpRequest) -> HttpResponse:
    """200 as long as the process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@public("says only which of our own parts fail, nothing of a customer")
def ready(request: HttpRequest) -> JsonResponse:
    """200 when everything does its job, else 503 with sentences that say what does not."""
    behind = worker_troubles(configuration().data, now=now())
    troubles = [*_failing_children(), *behind, *_outbox_troubles(), *_audit_troubles()]
    status = 503 if troubles else 200
    return JsonResponse({"ready": not troubles, "troubles": troubles}, status=status)


@require_safe
@public("totals only, and only to this machine")
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus text. 404 for everybody who does not ask from this machine."""
    if not _is_this_machine(request.META.get("REMOTE_ADDR", "")):
        raise Http404
    lines = [f"hinomi_{name} {value}" for name, value in _numbers().items()]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; version=0.0.4")


def _is_this_machine(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _failing_children() -> list[str]:
    """What the supervisor last wrote; without one (tests, development) nothing is known to fail."""
    file = configuration().data / "run" / "supervisor.json"
    try:
        children = json.loads(file.read_text())["children"]
    except (OSError, ValueError, KeyError):
        return []
    return [
        f"{name} died {child['deaths_last_minute']} times within a minute."
        for name, child in children.items()
        if child.get("is_failing")
    ]


def _audit_troubles() -> list[str]:
    """What the auditor found, as a count: its sentences name incidents, and this page is public.
    An auditor that fell silent is a trouble too; without a supervisor there is none."""
    data = configuration().data
    verdict = read_verdict(data)
    if verdict is None or not (data / "run" / "auditor.json").exists():
        return []
    if now() - verdict.at > OLD_AFTER:
        return ["The auditor has not looked for 3 minutes."]
    count = len(verdict.troubles)
    return [f"The auditor found {count} faults in what was due."] if count else []


def _outbox_troubles() -> list[str]:
    try:
        waiting = _overdue()
    except DatabaseError as error:
        return [f"The portal's database does not answer ({type(error).__name__})."]
    return [f"{waiting} notices are more than 5 minutes late."] if waiting else []


def _overdue() -> int:
    open_states = [NoticeState.QUEUED, NoticeState.SENDING]
    rows = Notice.objects.across_all(reason=_TOTAL)
    return rows.filter(state__in=open_states, due_at__lt=now() - _STUCK_AFTER).count()


def _numbers() -> dict[str, int]:
    incidents = Incident.objects.across_all(reason=_TOTAL)
    notices = Notice.objects.across_all(reason=_TOTAL)
    return {
        "incidents_open": incidents.exclude(state__in=CLOSED_STATES).count(),
        "notices_failed": notices.filter(state=NoticeState.FAILED).count(),
        "notices_overdue": _overdue(),
        "parts_failing": len(_failing_children()),
        **{f"correlation_{name}": n for name, n in read_losses(configuration().data).items()},
    }


urlpatterns = [
    path("healthz", live, name="healthz"),
    path("readyz", ready, name="readyz"),
    path("metrics", metrics, name="metrics"),
]
