"""Lake files of one shape as one table that holds only the rows its reader may see.

The filter is part of the table: whoever reads it can narrow it and never widen it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from hinomi.columns.batch import schema_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Sight:
    """What may be seen: each company from a receive time on, and which event times."""

    received_from: Mapping[str, datetime]
    since: datetime | None = None
    until: datetime | None = None


def open_dataset(paths: Sequence[Path], sight: Sight) -> tuple[ds.Dataset, list[str]]:
    """The rows in sight, and the names of files that are torn or gone and left out."""
    schemas: dict[Path, pa.Schema] = {}
    for path in paths:
        try:
            schemas[path] = pq.read_schema(path)
        except (pa.ArrowException, OSError):
            continue
    left_out = [path.name for path in paths if path not in schemas]
    if not schemas:
        return ds.dataset(schema_of((), shape="").empty_table()), left_out
    table = ds.dataset(
        [str(path) for path in schemas],
        schema=pa.unify_schemas(schemas.values()),
        format="parquet",
    )
    return table.filter(_rows(sight)), left_out


def _rows(sight: Sight) -> ds.Expression:
    """Companies with the same horizon share a condition: thousands of them make one or two."""
    together: dict[datetime, list[str]] = {}
    for organisation, horizon in sight.received_from.items():
        together.setdefault(horizon, []).append(organisation)
    allowed = reduce(
        or_,
        (
            ds.field("_organisation").isin(organisations)
            & (ds.field("_receive_time") >= pa.scalar(horizon))
            for horizon, organisations in together.items()
        ),
        ds.scalar(value=False),
    )
    times = [allowed]
    if sight.since is not None:
        times.append(ds.field("_event_time") >= pa.scalar(sight.since))
    if sight.until is not None:
        times.append(ds.field("_event_time") < pa.scalar(sight.until))
    return reduce(and_, times)
