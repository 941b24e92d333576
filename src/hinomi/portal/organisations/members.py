"""Adds people to companies and firms: one transaction with its audit entry, idempotent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from hinomi.core.errors import UsageError
from hinomi.portal.access import audit
from hinomi.portal.accounts.models import User
from hinomi.portal.organisations.models import CUSTOMER_ROLES, FIRM_ROLES, Membership

if TYPE_CHECKING:
    from hinomi.portal.organisations.models import Firm, Organisation


@transaction.atomic
def add_person(*, mail: str, name: str = "") -> User:
    """The person of this address, made when there is none. A name given later is taken over."""
    mail = mail.strip().lower()
    try:
        validate_email(mail)
    except ValidationError as error:
        raise UsageError(f"{mail} is no e-mail address.") from error
    user = User.objects.filter(email=mail).first() or User.objects.create_user(email=mail)
    if name.strip() and user.name != name.strip():
        user.name = name.strip()
        user.save(update_fields=["name"])
    # We vouch for the address: only the provider or a company's owner adds people.
    EmailAddress.objects.get_or_create(
        user=user, email=mail, defaults={"verified": True, "primary": True}
    )
    return user


@transaction.atomic
def join_organisation(
    *, user: User, organisation: Organisation, role: str, by_user_id: int | None = None
) -> Membership:
    """Make the person the company's owner or staff; a second call changes the role."""
    if role not in CUSTOMER_ROLES:
        raise UsageError(f"{role} is a role in a firm, not in a company.")
    membership, _ = Membership.objects.of(organisation.id).update_or_create(
        user=user, organisation=organisation, defaults={"role": role}
    )
    _record(user, role=role, by=by_user_id, organisation_id=organisation.id)
    return membership


@transaction.atomic
def join_firm(*, user: User, firm: Firm, role: str, by_user_id: int | None = None) -> Membership:
    """Make the person the firm's analyst, desk or manager; a second call changes the role."""
    if role not in FIRM_ROLES:
        raise UsageError(f"{role} is a role in a company, not in a firm.")
    membership, _ = (
        Membership.objects.across_all(reason="a firm's own people")
        .filter(firm=firm)
        .update_or_create(user=user, firm=firm, defaults={"role": role})
    )
    _record(user, role=role, by=by_user_id, firm_id=firm.id)
    return membership


def _record(
    user: User,
    *,
    role: str,
    by: int | None,
    organisation_id: str | None = None,
    firm_id: str | None = None,
) -> None:
    audit.record(
        what="organisations:member:add",
        user_id=by,
        organisation_id=organisation_id,
        firm_id=firm_id,
        member=user.pk,
        role=role,
    )
