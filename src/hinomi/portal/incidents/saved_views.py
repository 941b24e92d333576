"""Saving, preferring and removing views of the queue. Each with an audit entry; a removed view is
kept for a while, so that a slip of the hand costs one press."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from hinomi.core.errors import HinomiError
from hinomi.portal.access import audit
from hinomi.portal.access.time import now
from hinomi.portal.incidents.desk_rows import QueueDefault, SavedView
from hinomi.portal.incidents.queries.desk import UNDO_WITHIN

if TYPE_CHECKING:
    from hinomi.portal.accounts.models import User

MOST = 30  # of one person at one firm: more than anybody finds again


class NameTaken(HinomiError):
    """The person has a view of that name."""


class TooMany(HinomiError):
    """The person has as many views as one may have."""


@transaction.atomic
def save(*, firm_id: str, user: User, name: str, question: str, is_shared: bool) -> SavedView:
    """Keep the question under the name. The same name and question again is the same view."""
    mine = SavedView.objects.of_firm(firm_id).filter(owner=user, removed_at=None)
    there = mine.filter(name=name).first()
    if there and (there.question, there.is_shared) == (question, is_shared):
        return there
    if there:
        raise NameTaken(f"The view {name!r} exists.")
    if mine.count() >= MOST:
        raise TooMany(f"{user.pk} has {MOST} views.")
    try:
        with transaction.atomic():
            made = SavedView.objects.create(
                firm_id=firm_id, owner=user, name=name, question=question, is_shared=is_shared
            )
    except IntegrityError as error:  # two at once
        raise NameTaken(f"The view {name!r} exists.") from error
    _record(made, user=user, act="save")
    return made


@transaction.atomic
def prefer(*, view: SavedView, user: User) -> None:
    """The person's queue opens with it from now on; said again, with the house's own."""
    present = QueueDefault.objects.filter(user=user).first()
    if present and present.view_id == view.pk:
        present.delete()
    else:
        QueueDefault.objects.update_or_create(user=user, defaults={"view": view})
    _record(view, user=user, act="prefer")


@transaction.atomic
def remove(*, view: SavedView, user: User) -> None:
    """Out of everybody's sight; what was removed long ago goes for good."""
    SavedView.objects.of_firm(view.firm_id).filter(removed_at__lt=now() - UNDO_WITHIN).delete()
    rows = SavedView.objects.of_firm(view.firm_id).filter(pk=view.pk, removed_at=None)
    if rows.update(removed_at=now()):
        _record(view, user=user, act="remove")


@transaction.atomic
def restore(*, view: SavedView, user: User) -> bool:
    """Back in sight. False when its owner has made another of that name meanwhile."""
    rows = SavedView.objects.of_firm(view.firm_id).filter(pk=view.pk).exclude(removed_at=None)
    try:
        with transaction.atomic():
            is_back = bool(rows.update(removed_at=None))
    except IntegrityError:
        return False
    if is_back:
        _record(view, user=user, act="restore")
    return True


def _record(view: SavedView, *, user: User, act: str) -> None:
    audit.record(what=f"incidents:view:{act}", user_id=user.pk, firm_id=view.firm_id, view=view.pk)
