"""Times and ways of an exercise in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.portal.contacts.models import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable


def took_ja(seconds: int) -> str:
    """「40秒」「2分10秒」「3時間5分」."""
    minutes, rest = divmod(seconds, 60)
    hours, of_hour = divmod(minutes, 60)
    if hours:
        return f"{hours}時間{of_hour}分"
    return f"{minutes}分{rest}秒" if minutes else f"{rest}秒"


def kinds_ja(kinds: Iterable[str]) -> str:
    """「電話・メール」."""
    return "・".join(Kind(kind).label.partition("（")[0] for kind in kinds)
