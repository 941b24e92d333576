"""Signing in and out leaves audit entries: who, when, and how; never a code or a secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.account.authentication import get_authentication_records
from allauth.mfa.signals import authenticator_added, authenticator_removed
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.dispatch import receiver

from hinomi.portal.access import audit

if TYPE_CHECKING:
    from allauth.mfa.models import Authenticator
    from django.http import HttpRequest

    from hinomi.portal.accounts.models import User


@receiver(user_logged_in)
def _signed_in(*, request: HttpRequest, user: User, **_: object) -> None:
    methods = [str(record["method"]) for record in get_authentication_records(request, user)]
    audit.record(what="accounts:session:start", user_id=user.pk, by=" ".join(methods))


@receiver(user_logged_out)
def _signed_out(*, user: User | None, **_: object) -> None:
    if user is not None:
        audit.record(what="accounts:session:end", user_id=user.pk)


@receiver(authenticator_added)
def _factor_added(*, user: User, authenticator: Authenticator, **_: object) -> None:
    audit.record(what="accounts:factor:add", user_id=user.pk, kind=str(authenticator.type))


@receiver(authenticator_removed)
def _factor_removed(*, user: User, authenticator: Authenticator, **_: object) -> None:
    audit.record(what="accounts:factor:remove", user_id=user.pk, kind=str(authenticator.type))
