"""The time of a learned format: found by its look, or by a pattern that a person wrote
(`yyyy/MM/dd HH:mm:ss`)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache

from hinomi.core.errors import HinomiError
from hinomi.core.words import TimeNote
from hinomi.normalise.moment import Stated, from_text, is_zone, zone_named, zone_of_offset

AUTO = "auto"
OF_SOURCE = "source"
_LONGEST = 100
_ERA_YEAR = 2018  # 令和1年 is 2019
_FREE = re.compile(
    r"(?P<era>令和|R)?(?P<y>\d{1,4})[-/.年](?P<mo>\d{1,2})[-/.月](?P<d>\d{1,2})日?"
    r"(?:\([月火水木金土日]\))?[T ,_\u3000]{0,3}(?P<half>午前|午後)?\s?"
    r"(?P<h>\d{1,2})[:時](?P<mi>\d{1,2})分?(?:[:]?(?P<s>\d{1,2})秒?)?(?:[.,](?P<f>\d{1,9}))?"
    r"\s?(?P<z>[+-]\d\d:?\d\d|Z|UTC|GMT|JST)?\s*"
)
_COMPACT = re.compile(
    r"(?P<y>20\d\d)(?P<mo>\d\d)(?P<d>\d\d)[-_T ]?(?P<h>\d\d)(?P<mi>\d\d)(?P<s>\d\d)\s*"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# Letters of a pattern → what they read. Longest first, so that `MMM` is not read as `MM`.
_LETTERS = (
    ("yyyy", r"(?P<y>\d{4})"),
    ("yy", r"(?P<yy>\d{2})"),
    ("MMM", r"(?P<name>[A-Za-z]{3})"),
    ("MM", r"(?P<mo>\d{2})"),
    ("M", r"(?P<mo>\d{1,2})"),
    ("dd", r"(?P<d>\d{2})"),
    ("d", r"(?P<d>\d{1,2})"),
    ("HH", r"(?P<h>\d{2})"),
    ("H", r"(?P<h>\d{1,2})"),
    ("hh", r"(?P<h>\d{2})"),
    ("h", r"(?P<h>\d{1,2})"),
    ("mm", r"(?P<mi>\d{2})"),
    ("m", r"(?P<mi>\d{1,2})"),
    ("ss", r"(?P<s>\d{2})"),
    ("s", r"(?P<s>\d{1,2})"),
    ("fff", r"(?P<f>\d{1,9})"),
    ("tt", r"(?P<half>AM|PM|am|pm|午前|午後)"),
    ("zzz", r"(?P<z>[+-]\d\d:?\d\d|Z|[A-Z]{3})"),
)
_LATE = ("PM", "pm", "午後")


class BadPattern(HinomiError):
    """A time pattern that cannot be read."""


@lru_cache(maxsize=256)
def read_pattern(text: str) -> re.Pattern[str] | None:
    """The pattern of a person, ready to use; None for "auto". Raises BadPattern."""
    if text == AUTO:
        return None
    if len(text) > _LONGEST:
        raise BadPattern(f"The time pattern is longer than {_LONGEST} characters.")
    place, built = 0, ""
    while place < len(text):
        letters, pattern = next(
            (row for row in _LETTERS if text.startswith(row[0], place)), (text[place], "")
        )
        built += pattern or (r"\s{1,4}" if letters == " " else re.escape(letters))
        place += len(letters)
    try:
        ready = re.compile(built)
    except re.error as error:
        raise BadPattern(f"The time pattern says one thing twice: {error.msg}.") from error
    has = ready.groupindex
    if not ({"d", "h", "mi"} <= has.keys() and (("mo" in has) or ("name" in has))):
        raise BadPattern(
            "The time pattern needs month, day, hour and minute.",
            advice="For example yyyy/MM/dd HH:mm:ss.",
        )
    return ready


def check_zone(text: str) -> None:
    """Raises BadPattern for a zone that is none: "source", an offset or an IANA name."""
    if text != OF_SOURCE and zone_of_offset(text) is None and not is_zone(text):
        raise BadPattern(
            f"{text!r} is no time zone.", advice="source, +0900, UTC or a name like Asia/Tokyo."
        )


def stated(
    text: str, pattern: re.Pattern[str] | None, *, zone: str, own: tzinfo, receive: datetime
) -> Stated | None:
    """The time this text states; `own` is the source's zone. None when it states none."""
    is_own = zone == OF_SOURCE
    used = own if is_own else (zone_of_offset(zone) or zone_named(zone))
    found = _settled(text.strip()[:_LONGEST], pattern, used, receive)
    if found is not None and not is_own and found.note is TimeNote.NO_ZONE:
        return Stated(found.at)  # the definition states the zone that the line leaves out
    return found


def _settled(
    text: str, pattern: re.Pattern[str] | None, zone: tzinfo, receive: datetime
) -> Stated | None:
    if not text:
        return None
    if pattern is not None:
        found = pattern.match(text)
        return _assembled(found, zone, receive) if found else None
    for look in (_FREE, _COMPACT):
        if found := look.fullmatch(text):
            return _assembled(found, zone, receive)
    return from_text(text, zone, receive)


def _assembled(found: re.Match[str], zone: tzinfo, receive: datetime) -> Stated | None:
    part = {name: value for name, value in found.groupdict().items() if value}
    own = zone_of_offset(part["z"]) if "z" in part else None
    used = own or zone
    month = part.get("mo") or str(_MONTHS.index(part["name"].lower()) + 1 if
                                  part.get("name", "").lower() in _MONTHS else 0)  # fmt: skip
    clock = [int(part["h"]), int(part["mi"]), min(int(part.get("s", 0)), 59)]
    if half := part.get("half"):
        clock[0] = clock[0] % 12 + (12 if half in _LATE else 0)
    micro = int(part.get("f", "0").ljust(6, "0")[:6])
    day = (int(month), int(part["d"]))
    note = TimeNote.STATED if own else TimeNote.NO_ZONE
    year = _year(part)
    if year is not None:
        at = _local(year, day, clock, micro, used)
        return Stated(at, note) if at else None
    around = receive.astimezone(used).year
    for each in range(around + 1, around - 5, -1):
        at = _local(each, day, clock, micro, used)
        if at and at <= receive + timedelta(days=1):
            return Stated(at, TimeNote.NO_YEAR)
    return None


def _year(part: dict[str, str]) -> int | None:
    if "era" in part:
        return _ERA_YEAR + int(part["y"])
    if "yy" in part:
        return 2000 + int(part["yy"])
    year = int(part["y"]) if "y" in part else None
    return 2000 + year if year is not None and year < 100 else year


def _local(
    year: int, day: tuple[int, int], clock: list[int], micro: int, zone: tzinfo
) -> datetime | None:
    try:
        month, (hour, minute, second) = day[0], clock
        local = datetime(year, month, day[1], hour, minute, second, micro, tzinfo=zone)
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
