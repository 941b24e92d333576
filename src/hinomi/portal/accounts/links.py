"""One-time sign-in links: 256 random bits, stored as a hash, valid 15 minutes, used once.

Opening the link uses nothing, because mail scanners open links; the button on its page does.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from django.db import transaction

from hinomi.core.errors import HinomiError
from hinomi.portal.access import audit
from hinomi.portal.access.time import configuration, now
from hinomi.portal.accounts.models import SignInLink, User

VALID_FOR = timedelta(minutes=15)
ROUTE = "sign-in/<str:secret>/"


class LinkRefused(HinomiError):
    """The link is unknown, used or too old; which of them is nobody's business."""


def path_of(secret: str) -> str:
    """The link's path, without loading the screens' addresses: commands need no screens."""
    return ROUTE.replace("<str:secret>", secret)


@transaction.atomic
def make_link(*, mail: str) -> str:
    """A new link's secret for a known person. In a rehearsal folder it stands in for the second
    factor too; elsewhere staff are still asked for theirs."""
    user = User.objects.filter(email=mail.strip().lower(), is_active=True).first()
    if user is None:
        raise LinkRefused(f"Nobody here has the address {mail}.", advice="`hinomi user add` first.")
    secret = secrets.token_urlsafe(32)
    SignInLink.objects.create(
        user=user,
        token_sha256=_sha256(secret),
        expires_at=now() + VALID_FOR,
        counts_fully=configuration().is_rehearsal,
    )
    audit.record(what="accounts:link:make", user_id=None, member=user.pk)
    return secret


def is_usable(secret: str) -> bool:
    """True while the link would still sign in; changes nothing."""
    return SignInLink.objects.filter(**_usable(secret)).exists()


@transaction.atomic
def use_link(secret: str, *, where: str = "elsewhere") -> SignInLink:
    """Use the link up; `where` is for the audit trail. Of two at the same moment one wins;
    LinkRefused for the other."""
    if not SignInLink.objects.filter(**_usable(secret)).update(used_at=now()):
        raise LinkRefused("This link cannot be used.")
    link = SignInLink.objects.select_related("user").get(token_sha256=_sha256(secret))
    audit.record(what="accounts:link:use", user_id=link.user.pk, where=where)
    return link


def withdraw_all() -> int:
    """Use up every link that is out: after a restore nobody knows which were used. How many."""
    return SignInLink.objects.filter(used_at=None, expires_at__gt=now()).update(used_at=now())


def _usable(secret: str) -> dict[str, object]:
    return {
        "token_sha256": _sha256(secret),
        "used_at": None,
        "expires_at__gt": now(),
        "user__is_active": True,
    }


def _sha256(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
