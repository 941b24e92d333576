"""合言葉, and P16 緊急カード: what stays readable when there is no power."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from hinomi.portal.access.guard import needs, one_or_404
from hinomi.portal.access.permissions import Permission
from hinomi.portal.access.time import configuration
from hinomi.portal.contacts import watchwords
from hinomi.portal.contacts.errors import NotPossible
from hinomi.portal.contacts.forms import WatchwordForm
from hinomi.portal.contacts.squares import squares
from hinomi.portal.organisations.models import Organisation

if TYPE_CHECKING:
    from django.http import HttpResponse

    from hinomi.portal.access.guard import PortalRequest

_SIZES = ("a4", "a6")


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.WATCHWORD_WRITE)
def watchword(request: PortalRequest, organisation_id: str) -> HttpResponse:
    """The word our messages carry, and another one."""
    company = one_or_404(Organisation.objects.all(), request, pk=organisation_id)
    form = WatchwordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            watchwords.set_watchword(
                organisation_id=company.id,
                word=form.cleaned_data["word"],
                user_id=request.user.pk,
            )
        except NotPossible as refused:
            form.add_error("word", refused.words_ja)
        else:
            messages.success(request, "合言葉を決めました。これからのお知らせに書きます。")
            return redirect("company_watchword", organisation_id=company.id)
    context = {
        "company": company,
        "form": form,
        # Our people see it on the customer's own page, where looking is written down.
        "word": "" if request.actor.is_firm_staff else watchwords.watchword_of(company.id),
        "set_at": watchwords.set_at(company.id),
        "is_old": watchwords.is_old(company.id),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "contacts/watchword.html", context, status=status)


@require_safe
@needs(Permission.CONTACT_READ)
def emergency_card(request: PortalRequest, organisation_id: str) -> HttpResponse:
    """To print and hang up. The 合言葉 is written by hand: no printer's memory holds it."""
    company = one_or_404(Organisation.objects.all(), request, pk=organisation_id)
    size = request.GET.get("size", "a4")
    base = configuration().public_url or request.build_absolute_uri("/").rstrip("/")
    address = f"{base}/help/"
    context = {
        "company": company,
        "size": size if size in _SIZES else "a4",
        "number": company.pk.removeprefix("org_")[-8:].upper(),
        "address": address,
        "squares": squares(address),
    }
    return render(request, "contacts/card.html", context)
