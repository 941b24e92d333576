"""「これはいつものことです」: what people have called normal, for the baselines of the worker."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.core.directory import Usual
from hinomi.portal.access import audit
from hinomi.portal.organisations.services import mark_directory_changed
from hinomi.portal.sources.models import UsualWord

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hinomi.portal.accounts.models import User


def say_usual(things: Iterable[Usual], *, is_usual: bool, user: User, incident_number: str) -> None:
    """Add a person's word on each thing. Call inside the transaction of the page's action."""
    for thing in things:
        UsualWord.objects.create(
            organisation_id=thing.organisation,
            measure=thing.measure,
            key=thing.key,
            is_usual=is_usual,
            incident_number=incident_number,
            by=user,
        )
        audit.record(
            what="incidents:usual:say",
            user_id=user.pk,
            organisation_id=thing.organisation,
            incident=incident_number,
            measure=thing.measure,
            is_usual=is_usual,
        )
    mark_directory_changed()


def all_usual() -> tuple[Usual, ...]:
    """What the newest word of every company calls usual, for the directory."""
    words = UsualWord.objects.across_all(reason="the directory holds every company")
    return _called_usual(words.order_by("pk"))


def usual_of(organisation_id: str) -> frozenset[Usual]:
    """What one company calls usual."""
    return frozenset(_called_usual(UsualWord.objects.of(organisation_id).order_by("pk")))


def _called_usual(words: Iterable[UsualWord]) -> tuple[Usual, ...]:
    newest = {Usual(word.organisation_id, word.measure, word.key): word.is_usual for word in words}
    return tuple(thing for thing, is_usual in newest.items() if is_usual)
