"""Moves dates by whole days, each in the spelling it has."""

from __future__ import annotations

import re
from datetime import date, timedelta

from hinomi.normalise.moment import from_epoch

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DATE = re.compile(
    r"(?<!\d)(?P<y>20\d\d)(?P<a>[-/.年])(?P<m>\d{1,2})(?P<b>[-/.月])(?P<d>\d{1,2})(?!\d)"
    r"|(?<!\d)(?P<cy>20\d\d)(?P<cm>[01]\d)(?P<cd>[0-3]\d)(?=[-_T ]?\d{6}(?!\d))"
    r"|(?P<ed>\d{1,2})(?P<e1>[/-])(?P<em>" + "|".join(_MONTHS) + r")(?P<e2>[/-])(?P<ey>20\d\d)"
    r"|(?P<bm>" + "|".join(_MONTHS) + r")(?P<bs> {1,2})(?P<bd>\d{1,2})(?= (?:\d\d:|20\d\d))"
)
_EPOCH = re.compile(r"(?<![\w.])1\d{9}(?:\d{3}|\d{6}|\d{9})?(?!\w)")
_LEAP = 2024  # a year with all days, for dates without one


def is_epoch(digits: str) -> bool:
    """True for a number that is a moment between 2001 and 2033."""
    return bool(_EPOCH.fullmatch(digits)) and from_epoch(digits) is not None


def shift_dates(text: str, days: int) -> str:
    """The text with every date moved; 0 days leaves it as it is."""
    if not days:
        return text
    step = timedelta(days=days)
    text = _DATE.sub(lambda found: _moved(found, step), text)
    return _EPOCH.sub(lambda found: _moved_epoch(found[0], days), text)


def _moved(found: re.Match[str], step: timedelta) -> str:
    try:
        if found["y"]:
            to = date(int(found["y"]), int(found["m"]), int(found["d"])) + step
            month = f"{to.month:0{len(found['m'])}d}"
            return f"{to.year}{found['a']}{month}{found['b']}{to.day:0{len(found['d'])}d}"
        if found["cy"]:
            to = date(int(found["cy"]), int(found["cm"]), int(found["cd"])) + step
            return f"{to:%Y%m%d}"
        if found["ey"]:
            to = date(int(found["ey"]), _MONTHS.index(found["em"]) + 1, int(found["ed"])) + step
            day = f"{to.day:0{len(found['ed'])}d}"
            return f"{day}{found['e1']}{_MONTHS[to.month - 1]}{found['e2']}{to.year}"
        to = date(_LEAP, _MONTHS.index(found["bm"]) + 1, int(found["bd"])) + step
    except (ValueError, OverflowError):
        return found[0]
    width = len(found["bs"]) - 1 + len(found["bd"])
    return f"{_MONTHS[to.month - 1]} {to.day:>{width}}"


def _moved_epoch(digits: str, days: int) -> str:
    if not is_epoch(digits):
        return digits
    return str(int(digits) + days * 86_400 * 10 ** (len(digits) - 10))
