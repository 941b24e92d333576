"""A company's own values for `%name%` in rules: its servers, its administrators, its domains.

The worker has them within seconds of a change, by the directory. Values are Sigma text, so `*` and
`?` work in them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.db import transaction

from hinomi.core.errors import UsageError
from hinomi.portal.access import audit
from hinomi.portal.organisations.models import OrganisationValue
from hinomi.portal.organisations.services import mark_directory_changed

if TYPE_CHECKING:
    from collections.abc import Iterable

_NAME = re.compile(r"[A-Za-z0-9_-]{1,60}")  # what rules can write between the two %
LONGEST_VALUE = 200
MOST_VALUES, MOST_NAMES = 500, 100  # of one name, of one company: all of it travels to each worker


class NotAValue(UsageError):
    """A name or value that no rule could use. `words_ja` says so on screen, at field `about`."""

    def __init__(self, message: str, *, about: str, words_ja: str) -> None:
        super().__init__(message)
        self.about, self.words_ja = about, words_ja


def values_of(organisation_id: str) -> dict[str, tuple[str, ...]]:
    """Name → values, both in order."""
    return _grouped(OrganisationValue.objects.of(organisation_id)).get(organisation_id, {})


def all_values() -> dict[str, dict[str, tuple[str, ...]]]:
    """Company → name → values, for the directory."""
    return _grouped(OrganisationValue.objects.across_all(reason="the directory holds all of them"))


@transaction.atomic
def set_values(
    *, organisation_id: str, name: str, values: Iterable[str], user_id: int | None = None
) -> bool:
    """From now on the name stands for exactly these; no values: for nothing at all, and rules that
    ask for it find nothing here. Returns whether that changed anything."""
    name = name.strip().strip("%")
    wanted = tuple(dict.fromkeys(value.strip() for value in values if value.strip()))
    present = values_of(organisation_id)
    if wanted == present.get(name, ()):
        return False
    _require_sound(name, wanted, is_new=name not in present, names=len(present))
    rows = OrganisationValue.objects.of(organisation_id).filter(name=name)
    rows.delete()
    OrganisationValue.objects.bulk_create(
        OrganisationValue(organisation_id=organisation_id, name=name, value=value)
        for value in wanted
    )
    audit.record(
        what="organisations:value:set",
        user_id=user_id,
        organisation_id=organisation_id,
        name=name,
        values=len(wanted),
        before=len(present.get(name, ())),
    )
    mark_directory_changed()
    return True


def _require_sound(name: str, values: tuple[str, ...], *, is_new: bool, names: int) -> None:
    if not _NAME.fullmatch(name):
        raise NotAValue(
            f"{name!r} is no name: letters, digits, - and _, at most 60.",
            about="name",
            words_ja="名前は、英字・数字・「-」「_」で60文字までにしてください。",
        )
    if len(values) > MOST_VALUES or (is_new and names >= MOST_NAMES):
        raise NotAValue(
            f"At most {MOST_NAMES} names, and {MOST_VALUES} values for each.",
            about="values",
            words_ja=f"名前は{MOST_NAMES}個まで、値は1つの名前に{MOST_VALUES}個までです。",
        )
    if any(len(value) > LONGEST_VALUE or not value.isprintable() for value in values):
        raise NotAValue(
            f"A value is at most {LONGEST_VALUE} characters, all of them printable.",
            about="values",
            words_ja=f"値は、1つ{LONGEST_VALUE}文字までの、目に見える文字にしてください。",
        )


def _grouped(rows: Iterable[OrganisationValue]) -> dict[str, dict[str, tuple[str, ...]]]:
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for row in sorted(rows, key=lambda row: (row.organisation_id, row.name, row.pk)):
        names = found.setdefault(row.organisation_id, {})
        names[row.name] = (*names.get(row.name, ()), row.value)
    return found
