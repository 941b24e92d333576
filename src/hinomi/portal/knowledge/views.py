"""Plain answers for customers and the desk: search, one article, 「これで分かりましたか」."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from hinomi.portal.access.guard import needs
from hinomi.portal.access.permissions import Permission
from hinomi.portal.knowledge import library, services
from hinomi.portal.organisations.models import Organisation

if TYPE_CHECKING:
    from django.http import HttpResponse

    from hinomi.portal.access.guard import PortalRequest


@require_safe
@needs(Permission.KNOWLEDGE_READ)
def answers(request: PortalRequest) -> HttpResponse:
    """A question in one's own words, or all articles under their headings."""
    asked = request.GET.get("q", "").strip()[:200]
    context = {
        "asked": asked,
        "found": library.find(asked) if asked else [],
        "groups": {} if asked else library.groups(),
        "counts": services.counts() if request.actor.is_firm_staff else {},
    }
    return render(request, "knowledge/answers.html", context)


@require_safe
@needs(Permission.KNOWLEDGE_READ)
def answer(request: PortalRequest, article: str) -> HttpResponse:
    """One article; it prints on one page."""
    return render(request, "knowledge/answer.html", {"article": _article(article)})


@require_POST
@needs(Permission.KNOWLEDGE_READ)
def helped(request: PortalRequest, article: str) -> HttpResponse:
    """はい: counted. いいえ: counted, and on to 相談 with the question written already."""
    found, said = _article(article), request.POST.get("clear", "")
    if said not in ("yes", "no"):
        return render(request, "knowledge/answer.html", {"article": found}, status=422)
    if not request.actor.is_firm_staff:
        companies = Organisation.objects.within(request.scope).order_by("name", "pk")
        for company in companies[:1]:
            services.say_helped(
                organisation_id=company.pk, article=found, user=request.user, said=said
            )
    if said == "no" and not request.actor.is_firm_staff:
        messages.info(request, "続きは、人が答えます。下から送ってください。")
        about = urlencode({"about": found.title})
        return redirect(f"{reverse('consultations')}?{about}#form")
    messages.success(request, "知らせてくれて、助かりました。")
    return redirect("answer_to", article=found.key)


def _article(key: str) -> library.Article:
    found = library.articles().get(key)
    if found is None:
        raise Http404
    return found
