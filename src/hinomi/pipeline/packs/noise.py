"""Is a rule on trial too noisy for customers? Pure sums over what it found at a few companies.

Only rules that are new or worded anew are judged. The limits are what one person who answers for
twenty machines still reads; they are named here and nowhere else.
"""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hinomi.store.held_rules import HourCount

MOST_PER_COMPANY_HOUR = 100
MOST_PER_DEVICE_DAY = 10
TIMES_MEDIAN = 20  # of the rules of the same book that fired at all
MEDIAN_FLOOR = 3.0  # per device-day; below it nobody is disturbed, however quiet the others are
MEDIAN_RULES = 5  # fewer rules have no meaningful middle
LEAST_COMPANIES = 2  # one company's odd machine says nothing of a rule


class Reason(StrEnum):
    """Which limit was passed."""

    COMPANY_HOUR = "company_hour"
    DEVICE_DAY = "device_day"
    MEDIAN = "median"


@dataclass(frozen=True, slots=True)
class Noise:
    """One rule beyond a limit. `measured` is the largest that was seen, `most` the limit."""

    rule_id: str
    reason: Reason
    companies: int
    measured: int
    most: int


def noisy_rules(
    counts: Iterable[HourCount],
    *,
    watched: Mapping[str, str],
    devices: Mapping[str, int],
    days: float,
) -> list[Noise]:
    """`watched`: rule id → event-hour from which its findings are those of the new wording.

    A trial of less than a day counts as one day, a company without named machines as one machine.
    """
    hours: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for one in counts:
        if one.event_hour >= watched.get(one.rule_id, ""):
            hours[one.rule_id][one.organisation].append(one.findings)
    device_days = {name: max(1, count) * max(1.0, days) for name, count in devices.items()}
    rates = {
        rule: {name: sum(each) / device_days.get(name, max(1.0, days)) for name, each in by.items()}
        for rule, by in hours.items()
    }
    middle = _middle(rates)
    judged = (
        _by_hour(rule, hours[rule]) or _by_rate(rule, rates[rule], middle)
        for rule in sorted(watched.keys() & hours.keys())
    )
    return [noise for noise in judged if noise is not None]


def _middle(rates: Mapping[str, Mapping[str, float]]) -> float | None:
    if len(rates) < MEDIAN_RULES:
        return None
    return statistics.median(max(by.values()) for by in rates.values())


def _by_hour(rule: str, by_company: Mapping[str, list[int]]) -> Noise | None:
    peaks = [max(each) for each in by_company.values() if max(each) > MOST_PER_COMPANY_HOUR]
    if not peaks:
        return None
    return Noise(rule, Reason.COMPANY_HOUR, len(peaks), max(peaks), MOST_PER_COMPANY_HOUR)


def _by_rate(rule: str, rates: Mapping[str, float], middle: float | None) -> Noise | None:
    limits = [(Reason.DEVICE_DAY, float(MOST_PER_DEVICE_DAY))]
    if middle is not None:
        limits.append((Reason.MEDIAN, max(MEDIAN_FLOOR, TIMES_MEDIAN * middle)))
    for reason, most in limits:
        beyond = [rate for rate in rates.values() if rate > most]
        if len(beyond) >= LEAST_COMPANIES:
            return Noise(rule, reason, len(beyond), math.ceil(max(beyond)), math.ceil(most))
    return None
