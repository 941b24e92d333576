"""Whether a page stands where passkeys work: django-allauth's pages have no view of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template

from hinomi.portal.accounts.relying import is_offered

if TYPE_CHECKING:
    from django.template import RequestContext

register = template.Library()


@register.simple_tag(takes_context=True)
def passkeys_offered(context: RequestContext) -> bool:
    """True when the button for passkeys makes sense here."""
    return is_offered(context["request"])
