"""Whether this very session proved a second factor. Having one set up is not enough: a session
that began before the set-up, with only the mailbox, must not come along."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.account.authentication import get_authentication_records

if TYPE_CHECKING:
    from django.http import HttpRequest

REHEARSAL_METHOD = "rehearsal_link"
_PROOFS = ("mfa", REHEARSAL_METHOD)
# What a person without the second factor may open: setting it up, proving it, leaving.
_OPEN_PAGES = ("/accounts/", "/sign-in/", "/static/", "/healthz", "/readyz")


def has_second_factor(request: HttpRequest) -> bool:
    """True once an authenticator code, a recovery code or a rehearsal link was given."""
    records = get_authentication_records(request, request.user)
    return any(record.get("method") in _PROOFS for record in records)


def is_second_factor_page(path: str) -> bool:
    """True for pages that staff reach before the second factor; none shows a customer's data."""
    return path.startswith(_OPEN_PAGES)
