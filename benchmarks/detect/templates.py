"""What streams are made of: the texts of templates.yml, and values for the names in them."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

_TEXTS = yaml.load(Path(__file__).with_suffix(".yml").read_text(), yaml.CSafeLoader)
PROGRAMS: list[tuple[str, str]] = _TEXTS["programs"]
ATTACKS: list[tuple[str, str]] = _TEXTS["attacks"]
FOLDERS: list[str] = _TEXTS["folders"]
LIBRARIES: list[str] = _TEXTS["libraries"]
REGISTRY: list[str] = _TEXTS["registry"]
AUTOSTARTS: list[str] = _TEXTS["autostarts"]
FILES: list[str] = _TEXTS["files"]
PIPES: list[str] = _TEXTS["pipes"]
SCRIPTS: list[str] = _TEXTS["scripts"]

_SYLLABLES = ["ka", "mi", "to", "ra", "shi", "no", "ha", "ne", "ku", "ro", "ta", "yu", "se", "mo"]
_BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def _word(dice: random.Random) -> str:
    return "".join(dice.choices(_SYLLABLES, k=dice.randrange(2, 5)))


def _time(dice: random.Random) -> str:
    day, hour, minute = dice.randrange(1, 29), dice.randrange(10), dice.randrange(60)
    return f"2026-11-{day:02} 0{hour}:{minute:02}:{dice.random() * 60:06.3f}"


def _hashes(dice: random.Random) -> str:
    lengths = {"SHA1": 160, "MD5": 128, "SHA256": 256, "IMPHASH": 128}
    return ",".join(f"{n}={dice.getrandbits(bits):0{bits // 4}X}" for n, bits in lengths.items())


def _sid(dice: random.Random) -> str:
    return f"S-1-5-21-{dice.getrandbits(31)}-{dice.getrandbits(31)}-{dice.randrange(1000, 9999)}"


KINDS: dict[str, Callable[[random.Random], str]] = {
    "word": _word,
    "time": _time,
    "hashes": _hashes,
    "sid": _sid,
    "hex": lambda dice: f"{dice.getrandbits(32):08x}",
    "base64": lambda dice: "".join(dice.choices(_BASE64, k=dice.randrange(40, 160))),
    "number": lambda dice: str(dice.randrange(100_000)),
    "guid": lambda dice: "{" + str(uuid.UUID(int=dice.getrandbits(128))) + "}",
    "logon": lambda dice: hex(dice.getrandbits(24)),
    "version": lambda dice: f"10.0.{dice.randrange(30_000)}.{dice.randrange(5_000)}",
    "product": lambda dice: f"{_word(dice).title()} Suite",
    "company": lambda dice: f"{_word(dice).title()} Corporation",
    "inside": lambda dice: f"192.168.{dice.randrange(256)}.{dice.randrange(1, 255)}",
    "outside": lambda dice: f"203.0.113.{dice.randrange(256)}",
    "domain": lambda dice: f"{_word(dice)}.{_word(dice)}.example",
    "host": lambda dice: f"PC-{dice.randrange(10_000):04}",
    "user": lambda dice: f"user{dice.randrange(5_000)}",
}
