"""The pattern page, and the page for what nobody expected."""

from __future__ import annotations

import logging
import secrets
from typing import TYPE_CHECKING

from django import forms
from django.shortcuts import render
from django.views.decorators.http import require_safe

from hinomi.core.words import ActionLevel
from hinomi.portal.access.guard import needs
from hinomi.portal.access.permissions import Permission
from hinomi.portal.access.time import now

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from hinomi.portal.access.guard import PortalRequest

_LOG = logging.getLogger(__name__)
_LONG = "経理部の田中さんが在宅勤務のときに使っている、少し古いノートパソコン（2019年購入・予備機）"


class _Example(forms.Form):
    """One of each field, with faults."""

    use_required_attribute = False

    name = forms.CharField(label="呼び名", help_text="例：本社の見守り機器")
    often = forms.ChoiceField(
        label="間隔", choices=[("a", "15分"), ("b", "1時間")], widget=forms.RadioSelect
    )
    note = forms.CharField(label="メモ", required=False, widget=forms.Textarea(attrs={"rows": 2}))


@require_safe
@needs(Permission.PATTERNS_READ)
def patterns(request: PortalRequest) -> HttpResponse:
    """Every component with a long name and an empty state; looked at before each release."""
    context = {"levels": list(ActionLevel), "long": _LONG, "form": _Example({}), "now": now()}
    return render(request, "ui/patterns.html", context)


def server_error(request: HttpRequest) -> HttpResponse:
    """A page with a number to say on the telephone; the same number stands in our log."""
    reference = f"E-{secrets.randbelow(1_000_000):06d}"
    _LOG.error("page failed, reference %s: %s", reference, request.path)
    return render(request, "500.html", {"reference": reference}, status=500)
