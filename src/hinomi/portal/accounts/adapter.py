"""How django-allauth behaves here: nobody signs up by themselves, codes come by our mail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter

from hinomi.portal.access.time import configuration

if TYPE_CHECKING:
    from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """E-mail codes for known people only."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """People are added by the provider or by their company's owner."""
        return False

    def get_from_email(self) -> str:
        """The provider's sender address."""
        return configuration().mail_from

    def format_email_subject(self, subject: str) -> str:
        """The service's name first, as in every mail we send."""
        return f"【{configuration().service_name}】{subject}"


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """The name that authenticator apps show."""

    def get_totp_issuer(self) -> str:
        """The service, not the host."""
        return configuration().service_name
