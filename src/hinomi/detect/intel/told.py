"""What meeting an indicator means: the case for triage, how bad, how sure, and why in words.

A word of a feed never reaches a customer: texts come from the case, `why` is for the analyst.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hinomi.core.findings import Why
from hinomi.core.indicators import HASHES, Kind, Tlp
from hinomi.core.words import Certainty, Level
from hinomi.detect.intel.looks import Look
from hinomi.detect.rule import Handling

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hinomi.core.indicators import Indicator

SURE, LIKELY = 80, 50  # confidence: an alarm, worth today's look; below, only checked
_LONGEST_VALUE, _LONGEST_SLOT = 1_000, 200


@dataclass(frozen=True, slots=True)
class Meaning:
    """What it is when a field of this sort holds something bad. `slot` is the text slot that
    names the other side."""

    case: str
    title_ja: str
    slot: str
    tags: tuple[str, ...]


_BAD_SITE = Meaning("phishing_blocked", "危険と知られたサイトへの接続", "site", ("attack.t1566",))
_CONTROL = Meaning(
    "c2_communication",
    "攻撃に使われる相手との通信",
    "server",
    ("attack.command-and-control", "attack.t1071"),
)
_MEANINGS: dict[Look, Meaning] = {
    # From outside: they try every company; whether it got in, other rules say.
    Look.SOURCE: Meaning(
        "attack_seen", "危険と知られた相手からの接続", "source_ip", ("attack.initial-access",)
    ),
    Look.DESTINATION: _CONTROL,
    Look.ANSWERS: _CONTROL,
    Look.NAME: _BAD_SITE,
    Look.URL: _BAD_SITE,
    Look.TEXT: _CONTROL,
    Look.MESSAGE: Meaning("other", "危険と知られた相手の名前が出ています", "", ()),
    Look.HASH: Meaning("malware_on_pc", "ウイルスと知られたファイル", "", ("attack.execution",)),
    Look.SENDER: Meaning("other", "危険と知られた差出人のメール", "", ("attack.t1566",)),
    Look.RECIPIENT: Meaning("other", "危険と知られた宛先へのメール", "", ("attack.exfiltration",)),
}
_CONTROL_WORDS = ("c2", "c&c", "command-and-control", "command and control", "botnet", "beacon",
                  "malware", "trojan", " rat ", "stealer", "ransom", "backdoor")  # fmt: skip
_BAIT_WORDS = ("phish", "scam", "fraud", "spam")
_OUTWARD = frozenset({Look.DESTINATION, Look.ANSWERS, Look.NAME, Look.URL, Look.TEXT})


@dataclass(frozen=True, slots=True)
class IndicatorTeller:
    """An indicator as one who tells (see detect/found.py)."""

    id: str
    title: str
    level: Level
    tags: Sequence[str]
    handling: Handling


def teller_of(indicator: Indicator, look: Look) -> IndicatorTeller:
    """The same indicator met in the same way has the same id, over releases and companies."""
    meaning = _meaning(indicator, look)
    return IndicatorTeller(
        id=teller_id(indicator, meaning),
        title=_title(indicator),
        level=_level(indicator.confidence),
        tags=meaning.tags,
        handling=Handling(
            case=meaning.case,
            title_ja=meaning.title_ja,
            group_by="device",
            certainty=_certainty(indicator.confidence),
        ),
    )


def teller_id(indicator: Indicator, meaning: Meaning) -> str:
    """`intel-` and a hash: the value itself may be TLP:RED, and ids travel far."""
    told = f"{indicator.kind}\0{indicator.value}\0{meaning.case}"
    return f"intel-{hashlib.sha256(told.encode()).hexdigest()[:24]}"


def why_of(indicator: Indicator, *, field: str, value: str) -> Why:
    """For the analyst: which indicator, who says so, how surely, how far it may be passed on."""
    parts = [
        f"{indicator.kind}: {indicator.value}",
        f"source: {', '.join(indicator.sources)}",
        f"confidence: {indicator.confidence}",
        f"TLP:{indicator.tlp.upper()}",
        *([f"name: {indicator.name}"] if indicator.name else []),
        *([f"until: {indicator.valid_until:%Y-%m-%d}"] if indicator.valid_until else []),
    ]
    return Why(
        selection="indicator",
        field=field,
        value=value[:_LONGEST_VALUE],
        pattern="; ".join(parts)[:_LONGEST_VALUE],
    )


def slots_of(indicator: Indicator, look: Look, value: str) -> dict[str, str]:
    """The other side for the text, out of the event. With TLP:RED not even that: that we point at
    it would say what the indicator is."""
    slot = _meaning(indicator, look).slot
    return {slot: value[:_LONGEST_SLOT]} if slot and indicator.tlp is not Tlp.RED else {}


def _meaning(indicator: Indicator, look: Look) -> Meaning:
    """A feed's own words decide between a trap for people and a machine calling home."""
    if look not in _OUTWARD:
        return _MEANINGS[look]
    words = f" {' '.join((indicator.name, *indicator.labels))} ".lower()
    if any(word in words for word in _BAIT_WORDS):
        return _BAD_SITE
    if any(word in words for word in _CONTROL_WORDS):
        return _CONTROL
    return _MEANINGS[look]


def _title(indicator: Indicator) -> str:
    nouns = {Kind.IP: "address", Kind.CIDR: "network", Kind.MAIL: "mail address"}
    noun = "file" if indicator.kind in HASHES else nouns.get(indicator.kind, "site")
    if indicator.tlp is Tlp.RED:
        return f"Known bad {noun} (TLP:RED)"
    return f"Known bad {noun}: {indicator.value[:200]}"


def _level(confidence: int) -> Level:
    if confidence >= SURE:
        return Level.HIGH
    return Level.MEDIUM if confidence >= LIKELY else Level.LOW


def _certainty(confidence: int) -> str:
    """Never `confirmed`: that an address is bad does not prove what happened."""
    if confidence >= SURE:
        return Certainty.STRONG
    return Certainty.POSSIBLE if confidence >= LIKELY else Certainty.CHECKING
