"""Signing in and out, passkeys and the second factor. Only these of django-allauth's pages exist
here: no sign-up, no passwords, no change of address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.account import views as account
from allauth.mfa.base import views as factor
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from django.urls import path

from hinomi.portal.access.guard import needs, public
from hinomi.portal.access.permissions import Permission
from hinomi.portal.accounts import passkey_views, views
from hinomi.portal.accounts.links import ROUTE

if TYPE_CHECKING:
    from django.urls import URLPattern

_entrance = public("the way in; shows nothing but itself")
_stage = public("a step in the middle of signing in; needs the step before")
_own = needs(Permission.ACCOUNT_USE)

urlpatterns: list[URLPattern] = [
    # allauth knows the same page by two names.
    path("accounts/sign-in/", _entrance(account.request_login_code), name="account_login"),
    path(
        "accounts/sign-in/",
        _entrance(account.request_login_code),
        name="account_request_login_code",
    ),
    path(
        "accounts/sign-in/code/",
        _stage(account.confirm_login_code),
        name="account_confirm_login_code",
    ),
    path("accounts/sign-in/second-factor/", _stage(factor.authenticate), name="mfa_authenticate"),
    path("accounts/sign-in/passkey/", passkey_views.passkey_sign_in, name="passkey_sign_in"),
    path("accounts/sign-in/passkey/question/", passkey_views.passkey_door, name="passkey_door"),
    path("accounts/sign-out/", _entrance(account.logout), name="account_logout"),
    path("accounts/inactive/", _entrance(account.account_inactive), name="account_inactive"),
    path(ROUTE, views.sign_in_link, name="sign_in_link"),
    path("accounts/second-factor/", _own(factor.index), name="mfa_index"),
    path("accounts/second-factor/again/", _own(factor.reauthenticate), name="mfa_reauthenticate"),
    path(
        "accounts/second-factor/again/",
        _own(factor.reauthenticate),
        name="account_reauthenticate",
    ),
    path("accounts/second-factor/set-up/", _own(totp.activate_totp), name="mfa_activate_totp"),
    path("accounts/second-factor/remove/", _own(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path(
        "accounts/second-factor/recovery-codes/",
        _own(recovery.view_recovery_codes),
        name="mfa_view_recovery_codes",
    ),
    path(
        "accounts/second-factor/recovery-codes/new/",
        _own(recovery.generate_recovery_codes),
        name="mfa_generate_recovery_codes",
    ),
    path(
        "accounts/second-factor/recovery-codes/download/",
        _own(recovery.download_recovery_codes),
        name="mfa_download_recovery_codes",
    ),
    # Not below accounts/: staff come here with their second factor only.
    path("account/", passkey_views.account, name="account"),
    path("account/passkeys/", passkey_views.passkeys, name="passkeys"),
    path("account/passkeys/new/", passkey_views.passkey_new, name="passkey_new"),
    path("account/passkeys/new/question/", passkey_views.passkey_question, name="passkey_question"),
    path("account/passkeys/<int:passkey_id>/", passkey_views.passkey, name="passkey"),
    path(
        "account/passkeys/<int:passkey_id>/remove/",
        passkey_views.passkey_remove,
        name="passkey_remove",
    ),
]
