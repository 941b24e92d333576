"""Whether this very session proved a second factor, and how old it is.

Having one set up is not enough: a session that began before the set-up, with only the mailbox,
must not come along.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added
from allauth.mfa.utils import is_mfa_enabled
from django.dispatch import receiver

if TYPE_CHECKING:
    from django.http import HttpRequest

    from hinomi.portal.accounts.models import User

REHEARSAL_METHOD = "rehearsal_link"
MACHINE_METHOD = "link_on_this_machine"
PASSKEY_METHOD = "passkey"
MAILBOX_PASSKEY_METHOD = "passkey_of_mailbox"  # added with the mailbox alone: proves no more
STAFF_SESSION_S = 12 * 3600  # a working day; customers stay for 30 days
_PROOFS = ("mfa", REHEARSAL_METHOD, MACHINE_METHOD, PASSKEY_METHOD)
# What a person without the second factor may open: setting it up, proving it, leaving.
_OPEN_PAGES = ("/accounts/", "/sign-in/", "/static/", "/healthz", "/readyz", "/metrics")


def has_second_factor(request: HttpRequest) -> bool:
    """True once an authenticator code or a recovery code was given, or what stands for it: a
    passkey that was added in such a session (decision 0052), a link in a rehearsal folder or opened
    on the tower's own machine (decision 0013)."""
    records = get_authentication_records(request, request.user)
    return any(record.get("method") in _PROOFS for record in records)


def is_too_old(request: HttpRequest) -> bool:
    """True when a staff session began more than a working day ago, used or not."""
    began = [record["at"] for record in get_authentication_records(request, request.user)]
    return not began or time.time() - min(began) > STAFF_SESSION_S


def is_set_up(user: User) -> bool:
    """True when the person has an authenticator app; then proving it is what is missing."""
    return bool(is_mfa_enabled(user, [Authenticator.Type.TOTP]))


def is_second_factor_page(path: str) -> bool:
    """True for pages that staff reach before the second factor; none shows a customer's data."""
    return path.startswith(_OPEN_PAGES)


@receiver(authenticator_added)
def _setting_up_proves_it(*, request: HttpRequest, user: User, **_: object) -> None:
    """The set-up ends with a code typed from the app: that session has proved it."""
    record_authentication(request, user, method="mfa", type="totp", reauthenticated=True)
