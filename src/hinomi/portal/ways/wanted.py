"""A way as a person asked for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Wanted:
    """A way as a person asked for it. A secret left out stays as it is stored. `unit_yen` None: no
    new price."""

    maker: str
    options: Mapping[str, str]
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    monthly_quota: int | None = None
    unit_yen: Decimal | None = None
