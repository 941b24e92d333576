"""What reading a feed gives: indicators, values taken back, and what could not be taken and why.

Readers collect here. One bad line never hides the next, and nothing is dropped without a count.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from hinomi.core.indicators import UNSTATED_CONFIDENCE, Indicator, Kind, Tlp, merge
from hinomi.detect.intel.values import NotAnIndicator, guess, spelt

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MOST_INDICATORS = 2_000_000  # of one feed; what comes after is counted, not taken
_SHOWN_PLACES = 5
_NAME_LENGTH, _DESCRIPTION_LENGTH, _LABEL_LENGTH, _MOST_LABELS = 200, 1_000, 60, 20


@dataclass(frozen=True, slots=True)
class Defaults:
    """What an import says of everything in the feed; a feed's own words go before it."""

    source: str
    tlp: Tlp = Tlp.AMBER
    confidence: int = UNSTATED_CONFIDENCE


@dataclass(slots=True)
class Feed:
    """The result of one reader. `read_as` says in words what the reader took the bytes for.

    `refused` counts by reason, `places` holds the first few places of each. `withdrawn` are keys
    the feed itself takes back (STIX `revoked`, MISP `deleted`).
    """

    defaults: Defaults
    read_as: str = ""
    indicators: dict[tuple[Kind, str], Indicator] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)
    places: dict[str, list[str]] = field(default_factory=dict)
    withdrawn: set[tuple[Kind, str]] = field(default_factory=set)

    def take(
        self, text: str, *, place: str, kind: Kind | None = None, about: Indicator | None = None
    ) -> None:
        """Add the value, or count why not. `about` carries everything but kind and value."""
        try:
            key = spelt(kind, text) if kind else guess(text)
        except NotAnIndicator as error:
            self.refuse(error.message, place=place)
            return
        if len(self.indicators) >= MOST_INDICATORS and key not in self.indicators:
            self.refuse(f"beyond {MOST_INDICATORS:,} indicators in one feed", place=place)
            return
        template = about or self.template()
        found = replace(template, kind=key[0], value=key[1])
        known = self.indicators.get(key)
        self.indicators[key] = merge(known, found) if known else found

    def withdraw(self, text: str, *, kind: Kind | None = None) -> None:
        """The feed says that this is no indicator any more; what cannot be read was never one."""
        try:
            self.withdrawn.add(spelt(kind, text) if kind else guess(text))
        except NotAnIndicator:
            return

    def refuse(self, reason: str, *, place: str) -> None:
        """Count what could not be taken."""
        self.refused[reason] += 1
        places = self.places.setdefault(reason, [])
        if len(places) < _SHOWN_PLACES:
            places.append(place)

    def template(
        self,
        *,
        name: object = "",
        description: object = "",
        labels: Iterable[object] = (),
        confidence: int | None = None,
    ) -> Indicator:
        """An indicator without a value: the import's defaults and a feed's words, cut to limits."""
        words = (_text(label, _LABEL_LENGTH) for label in labels)
        return Indicator(
            kind=Kind.IP,
            value="",
            sources=(self.defaults.source,),
            confidence=self.defaults.confidence if confidence is None else confidence,
            tlp=self.defaults.tlp,
            name=_text(name, _NAME_LENGTH),
            labels=tuple(sorted({word for word in words if word}))[:_MOST_LABELS],
            description=_text(description, _DESCRIPTION_LENGTH),
        )


def percentage(value: object) -> int | None:
    """A confidence as feeds write it: 0–100 as number or text, or a word; None when it is none."""
    words: Mapping[str, int] = {"low": 15, "medium": 50, "med": 50, "high": 85, "none": 0}
    if isinstance(value, bool) or value is None:
        return None
    text = str(value).strip().rstrip("%").lower()
    if text in words:
        return words[text]
    if not text.isascii() or not text.isdigit() or len(text) > 3:
        return None
    return min(int(text), 100)


def _text(value: object, most: int) -> str:
    """One printable line: feeds are foreign text that ends up on screens."""
    if not isinstance(value, str):
        return ""
    return "".join(c if c.isprintable() else " " for c in value[: 2 * most]).strip()[:most]
