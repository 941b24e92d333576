"""検知の範囲, for the provider's staff: which techniques the rules see, and in which records."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.views.decorators.http import require_safe

from hinomi.portal.access.guard import needs
from hinomi.portal.access.permissions import Permission
from hinomi.portal.rules import queries

if TYPE_CHECKING:
    from django.http import HttpResponse

    from hinomi.portal.access.guard import PortalRequest


@require_safe
@needs(Permission.RULE_READ)
def coverage(request: PortalRequest) -> HttpResponse:
    """The table; when it cannot be made, the page says so and stays a page."""
    view = queries.coverage()
    return render(request, "rules/coverage.html", {"view": view}, status=200 if view else 503)
