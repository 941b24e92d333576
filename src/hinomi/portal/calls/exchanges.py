"""A firm's telephone exchanges: added, given a new secret, removed; what was refused is counted.
One transaction each, with its audit entry."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db.models import F
from django.urls import reverse

from hinomi.core.errors import HinomiError
from hinomi.portal.access import audit
from hinomi.portal.access.time import configuration, now
from hinomi.portal.calls.models import Exchange, Speaks
from hinomi.portal.sources.endpoints import web_address
from hinomi.portal.ui.visible import one_line
from hinomi.store.sealed import seal, unseal

if TYPE_CHECKING:
    from hinomi.portal.accounts.models import User

_MARK = "hinomi_ex_"  # so that scanners of leaked secrets can look for it
_WHY_MOST = 200


class NameTaken(HinomiError):
    """The firm has an exchange of this name: the button was pressed twice, or it is another."""


@transaction.atomic
def add(
    *, firm_id: str, name: str, speaks: Speaks, token: str = "", user: User | None
) -> tuple[Exchange, str]:
    """A new exchange and its secret, which nobody can read again. `token`: what Twilio signs with;
    then it is the secret. Raises NameTaken."""
    made = Exchange(firm_id=firm_id, name=name, speaks=speaks, created_by=user)
    secret = _give_secret(made, token)
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError as error:
        raise NameTaken(f"The firm has an exchange {name!r}.") from error
    _audit("add", made, user)
    return made, secret


@transaction.atomic
def renew(*, exchange: Exchange, token: str = "", user: User) -> str:
    """Another secret; what was signed with the one before is refused from now."""
    row = _locked(exchange)
    secret = _give_secret(row, token)
    row.renewed_at = now()
    row.save(update_fields=["secret", "renewed_at"])
    _audit("renew", row, user)
    return secret


@transaction.atomic
def remove(*, exchange: Exchange, user: User) -> None:
    """It is believed no longer. Calls it told of stay."""
    row = _locked(exchange)
    if row.removed_at is not None:
        return
    row.removed_at, row.secret = now(), ""
    row.save(update_fields=["removed_at", "secret"])
    _audit("remove", row, user)


def note_refusal(exchange: Exchange, why: str) -> None:
    """One more telling that was not taken."""
    Exchange.objects.of_firm(exchange.firm_id).filter(pk=exchange.pk).update(
        refused=F("refused") + 1, refused_at=now(), refused_why=one_line(why)[:_WHY_MOST]
    )


def secret_of(exchange: Exchange) -> str:
    """What it signs with. Raises NotOpened."""
    return unseal(exchange.secret, data=configuration().data, about=exchange.pk)


def address_of(exchange: Exchange) -> str:
    """Where it tells of calls."""
    return web_address() + reverse("call_events", args=[exchange.pk])


def _give_secret(row: Exchange, token: str) -> str:
    secret = token or _MARK + secrets.token_urlsafe(32)
    row.secret = seal(secret, data=configuration().data, about=row.pk)
    return secret


def _locked(exchange: Exchange) -> Exchange:
    return Exchange.objects.of_firm(exchange.firm_id).select_for_update().get(pk=exchange.pk)


def _audit(act: str, row: Exchange, user: User | None) -> None:
    audit.record(
        what=f"calls:exchange:{act}",
        user_id=user.pk if user else None,
        firm_id=row.firm_id,
        exchange=row.pk,
    )
