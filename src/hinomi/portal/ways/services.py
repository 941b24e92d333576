"""Connects a firm's ways out: one transaction each, with its audit entry. `channels_of` and `count`
stand here for those who send."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db.models import F

from hinomi.business.message_costs import JST
from hinomi.core.errors import HinomiError
from hinomi.portal.access import audit
from hinomi.portal.access.time import configuration, now
from hinomi.portal.ways.counting import count, price_of
from hinomi.portal.ways.models import WayAccount, WayPrice
from hinomi.portal.ways.opening import channels_of, secrets_of
from hinomi.portal.ways.wanted import Wanted
from hinomi.respond.channels.registry import maker_class
from hinomi.store.sealed import seal

if TYPE_CHECKING:
    from datetime import date, datetime
    from decimal import Decimal

    from hinomi.portal.accounts.models import User

__all__ = ["Wanted", "channels_of", "count"]  # beside the functions below

UNDO_FOR = timedelta(days=7)


class KindTaken(HinomiError):
    """The firm has a way of this kind already."""


class ChangedMeanwhile(HinomiError):
    """Somebody else changed this way since the page was opened."""


class TooLate(HinomiError):
    """What was removed can no longer be taken back."""


@transaction.atomic
def connect(*, firm_id: str, wanted: Wanted, user: User | None) -> WayAccount:
    """A new way; messages go over it from the next one on. Raises KindTaken."""
    kind = maker_class(wanted.maker).kind
    way = WayAccount(firm_id=firm_id, kind=kind, maker=wanted.maker, created_by=user)
    _fill(way, wanted)
    _save_new(way)
    _set_price(way, wanted.unit_yen)
    _note("connect", way, user, maker=way.maker)
    return way


@transaction.atomic
def change(*, way: WayAccount, wanted: Wanted, version: int, user: User | None) -> None:
    """Other settings of the same way. Raises ChangedMeanwhile."""
    claimed = (
        WayAccount.objects.of_firm(way.firm_id)
        .filter(pk=way.pk, version=version, removed_at=None)
        .update(version=F("version") + 1)
    )
    if not claimed:
        raise ChangedMeanwhile("The way was changed meanwhile.", advice="Open it again.")
    way.version = version + 1
    _fill(way, wanted)
    way.trouble, way.trouble_at = "", None
    way.save()
    _set_price(way, wanted.unit_yen)
    _note("change", way, user)


@transaction.atomic
def pause(*, way: WayAccount, user: User | None) -> None:
    """Nothing goes over it until it is resumed."""
    if way.paused_at is None:
        way.paused_at = now()
        way.save(update_fields=["paused_at"])
        _note("pause", way, user)


@transaction.atomic
def resume(*, way: WayAccount, user: User | None) -> None:
    """Messages go over it again."""
    if way.paused_at is not None:
        way.paused_at = None
        way.save(update_fields=["paused_at"])
        _note("resume", way, user)


@transaction.atomic
def remove(*, way: WayAccount, user: User | None) -> None:
    """No longer used; for UNDO_FOR it can be taken back."""
    if way.removed_at is None:
        way.removed_at = now()
        way.save(update_fields=["removed_at"])
        _note("remove", way, user)
    _forget_old_secrets(way.firm_id)


@transaction.atomic
def take_back(*, way: WayAccount, user: User | None) -> None:
    """As before it was removed. Raises TooLate, KindTaken."""
    if way.removed_at is None:
        return
    if way.removed_at < now() - UNDO_FOR:
        raise TooLate("Its secrets are forgotten.", advice="Connect it anew.")
    way.removed_at = None
    _save_new(way)
    _note("take_back", way, user)


@transaction.atomic
def note_trial(*, way: WayAccount, trouble: str, moment: datetime, user: User | None) -> None:
    """How a trial went; `trouble` "" for well."""
    way.tried_at, way.trouble = moment, trouble[:300]
    way.trouble_at = moment if trouble else None
    way.save(update_fields=["tried_at", "trouble", "trouble_at"])
    _note("try", way, user)


def _fill(way: WayAccount, wanted: Wanted) -> None:
    way.options, way.monthly_quota = dict(wanted.options), wanted.monthly_quota
    given = {name: text for name, text in wanted.secrets.items() if text}
    if given:
        kept = {name: text for name, text in secrets_of(way).items() if name in wanted.secrets}
        text = json.dumps({**kept, **given}, ensure_ascii=False)
        way.secrets = seal(text, data=configuration().data, about=way.pk)


def _save_new(way: WayAccount) -> None:
    try:
        with transaction.atomic():
            way.save()
    except IntegrityError as error:
        raise KindTaken("The firm has a way of this kind.", advice="Change that one.") from error


def _set_price(way: WayAccount, yen: Decimal | None) -> None:
    if yen is None or yen == price_of(way, day=_today()):
        return
    WayPrice.objects.within_way(way).update_or_create(
        way=way, valid_from=_today(), defaults={"yen": yen}
    )


def _today() -> date:
    return now().astimezone(JST).date()


def _forget_old_secrets(firm_id: str) -> None:
    """What can no longer be taken back needs no secrets."""
    WayAccount.objects.of_firm(firm_id).filter(removed_at__lt=now() - UNDO_FOR).exclude(
        secrets=""
    ).update(secrets="")


def _note(act: str, way: WayAccount, user: User | None, **detail: str) -> None:
    audit.record(
        what=f"ways:way:{act}",
        user_id=user.pk if user else None,
        firm_id=way.firm_id,
        way=way.pk,
        kind=way.kind,
        **detail,
    )
