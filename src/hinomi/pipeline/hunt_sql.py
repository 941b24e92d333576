"""`hinomi hunt --sql`: which files and rows a question in SQL may see."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

from hinomi.columns.dataset import Sight, open_dataset
from hinomi.pipeline.hunt import horizons, plan_hunt
from hinomi.store.lake_sql import Answer, ask

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow.dataset as ds

    from hinomi.config import Config
    from hinomi.store.hunt_rows import Scope


def ask_lake(
    question: str, scope: Scope, *, config: Config, most_rows: int
) -> tuple[Answer, list[str]]:
    """The answer, and the names of files that were torn or gone and are missing in it."""
    now = config.clock.now()
    by_shape: dict[str, list[Path]] = {}
    for portion in plan_hunt(scope, data=config.data, now=now):
        by_shape.setdefault(portion.shape, []).append(config.data / "lake" / portion.file)
    days = horizons(scope.organisations, data=config.data, today=now.date())
    sight = Sight(
        {each: datetime.combine(day, time.min, UTC) for each, day in days.items()},
        scope.since,
        scope.until,
    )
    shapes: dict[str, ds.Dataset] = {}
    missing: list[str] = []
    for shape, paths in by_shape.items() or [("generic", [])]:
        shapes[shape], left_out = open_dataset(paths, sight)
        missing += left_out
    return ask(question, shapes=shapes, most_rows=most_rows), missing
