"""How long records of each shape may be kept: what companies agreed to by kind of source.

Sources of several kinds may fill one shape (the reader of anything, taught formats); then the
longest of them counts, since the lake does not tell them apart.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from hinomi.normalise.registry import format_of_kind

if TYPE_CHECKING:
    from datetime import date

    from hinomi.core.directory import Directory, Organisation


def shape_days(directory: Directory) -> dict[tuple[str, str], int]:
    """(Company, shape) → days, where they are fewer than the company's plan has."""
    return {
        (company.id, shape): days
        for company in directory.organisations
        for shape, days in days_of(company).items()
    }


def days_of(company: Organisation) -> dict[str, int]:
    """Shape → days of one company. Kinds that find out themselves name no shape."""
    found: dict[str, int] = {}
    for kind, days in company.kind_days:
        form = format_of_kind(kind)
        if form is not None:
            found[form.shape] = max(days, found.get(form.shape, 0))
    return found


def may_read(company: Organisation | None, *, shape: str, day: date, today: date) -> bool:
    """Whether what was received on that day may still be read."""
    days = days_of(company).get(shape) if company else None
    return days is None or day >= today - timedelta(days=days)
