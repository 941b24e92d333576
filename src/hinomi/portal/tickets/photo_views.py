"""A photograph of a ticket, for the company's own people and for those who serve it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from hinomi.portal.access.guard import needs, one_or_404
from hinomi.portal.access.permissions import Permission
from hinomi.portal.tickets.models import Attachment
from hinomi.portal.tickets.photos import path_of

if TYPE_CHECKING:
    from hinomi.portal.access.guard import PortalRequest

_TYPES = {"jpeg": ("image/jpeg", "jpg"), "png": ("image/png", "png")}


@require_safe
@needs(Permission.TICKET_PHOTO_READ)
def photo(request: PortalRequest, file_id: str) -> HttpResponse:
    """The picture under a name of ours; nothing in it runs and nothing else may be guessed."""
    found = one_or_404(Attachment.objects.all(), request, pk=file_id)
    path = path_of(found.organisation_id, found.pk)
    if found.kind not in _TYPES or not path.is_file():
        raise Http404
    kind, ending = _TYPES[found.kind]
    answer = HttpResponse(path.read_bytes(), content_type=kind)  # at most pictures.MOST_BYTES
    answer["Content-Disposition"] = f'inline; filename="{found.pk}.{ending}"'
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["Cache-Control"] = "private, no-store"
    return answer
