"""What every template knows: the service's name and telephone, the actor and their rights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.portal.access.guard import actor_of
from hinomi.portal.access.permissions import Permission
from hinomi.portal.access.time import configuration

if TYPE_CHECKING:
    from django.http import HttpRequest


def service(request: HttpRequest) -> dict[str, object]:
    """`may.incident_read` … are for links only: the views guard themselves."""
    config = configuration()
    actor = actor_of(request)
    return {
        "service_name": config.service_name,
        "provider_phone": config.provider_phone,
        "is_rehearsal": config.is_rehearsal,
        "actor": actor,
        "may": {right.name.lower(): actor.can(right) for right in Permission},
    }
