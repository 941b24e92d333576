"""Answers for refused requests; the pages themselves are templates of `ui`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that was open too long: say so, and how to go on."""
    return render(request, "403_csrf.html", {"reason": reason}, status=403)
