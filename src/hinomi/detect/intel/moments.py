"""Times as feeds write them, as aware UTC."""

from __future__ import annotations

from datetime import UTC, datetime

_LATEST_EPOCH_S = 4_102_444_800  # the year 2100: larger numbers are milliseconds or nonsense


def read_moment(value: object) -> datetime | None:
    """ISO 8601, `2026-11-20 10:12:00` (feeds mean UTC) or epoch seconds; None when it is none."""
    text = str(value).strip() if isinstance(value, str | int | float) else ""
    if not text or isinstance(value, bool):
        return None
    try:
        if text.replace(".", "", 1).isdigit() and len(text.partition(".")[0]) in (9, 10):
            return datetime.fromtimestamp(min(float(text), _LATEST_EPOCH_S), UTC)
        moment = datetime.fromisoformat(text.removesuffix("UTC").strip())
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError):
        return None
