"""From a device's own words to its kind and system, each with how certain that is.

Signs are data (signs.yml), makers too (makers.yml). The most certain sign counts, then the first in
the file. Nothing is asked of the device.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import msgspec

from hinomi.core.words import Certainty

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

KINDS_JA = {
    "pc": "パソコン",
    "phone": "スマートフォン・タブレット",
    "printer": "プリンター・複合機",
    "router": "ルーター",
    "network": "通信機器",
    "nas": "ファイルサーバー（NAS）",
    "server": "サーバー",
    "tv": "テレビ・スピーカー",
    "camera": "カメラ",
    "game": "ゲーム機",
    "telephone": "電話機",
    "small": "小型の機器",
}
_RANKS = {Certainty.CONFIRMED: 0, Certainty.STRONG: 1, Certainty.POSSIBLE: 2}
_LONGEST = 300


class _Sign(msgspec.Struct, frozen=True):
    """`is` matches anywhere in the field's value; `os` may name its groups: `Android {0}`."""

    field: str
    pattern: str = msgspec.field(name="is")
    certainty: Certainty = Certainty.POSSIBLE
    kind: str = ""
    os: str = ""


class _Signs(msgspec.Struct, frozen=True):
    version: str
    old: tuple[str, ...]
    macos: dict[str, str]
    signs: tuple[_Sign, ...]


class _Maker(msgspec.Struct, frozen=True):
    name: str
    prefixes: tuple[str, ...]
    kind: str = ""


class _Makers(msgspec.Struct, frozen=True):
    version: str
    makers: tuple[_Maker, ...]


@dataclass(frozen=True, slots=True)
class Judgement:
    """ "" and None where nothing is known. `is_old`: its maker mends this system no more."""

    maker: str = ""
    kind: str = ""
    kind_certainty: Certainty | None = None
    os: str = ""
    os_certainty: Certainty | None = None
    is_old: bool = False

    @property
    def kind_ja(self) -> str:
        """In the customer's words."""
        return KINDS_JA.get(self.kind, "")

    def fields(self) -> dict[str, str]:
        """As a record's fields; what is not known is absent."""
        told = {
            "maker": self.maker,
            "kind": self.kind,
            "kind_certainty": self.kind_certainty.value if self.kind_certainty else "",
            "os": self.os,
            "os_certainty": self.os_certainty.value if self.os_certainty else "",
            "os_is_old": ("true" if self.is_old else "false") if self.os else "",
        }
        return {name: value for name, value in told.items() if value}


def judge(facts: Mapping[str, str]) -> Judgement:
    """`facts` are the fields of a relay's record about one device."""
    maker = maker_of(facts.get("mac", ""))
    told = {**facts, "maker": maker.name if maker else ""}
    found = sorted(_matching(told), key=lambda each: _RANKS[each[0].certainty])
    kind = next(((sign.kind, sign.certainty) for sign, _ in found if sign.kind), None)
    if maker and maker.kind and (kind is None or kind[1] is Certainty.POSSIBLE):
        kind = kind or (maker.kind, Certainty.POSSIBLE)
    system = next(((os, sign.certainty) for sign, os in found if os), None)
    return Judgement(
        maker=maker.name if maker else facts.get("maker_said", "")[:_LONGEST],
        kind=kind[0] if kind else "",
        kind_certainty=kind[1] if kind else None,
        os=system[0] if system else "",
        os_certainty=system[1] if system else None,
        is_old=bool(system) and any(each.search(system[0]) for each in _old()) if system else False,
    )


def maker_of(mac: str) -> _Maker | None:
    """By the first three bytes; None for addresses that were made up, and for makers not listed."""
    return _makers().get(re.sub("[^0-9a-f]", "", mac.lower())[:6])


def _matching(facts: Mapping[str, str]) -> Iterator[tuple[_Sign, str]]:
    for sign, pattern in _signs():
        value = facts.get(sign.field, "")[:_LONGEST]
        match = pattern.search(value) if value else None
        if match is not None:
            system = sign.os.format(*(each or "" for each in match.groups())) if sign.os else ""
            yield sign, _macos().get(system, system)


@cache
def _data() -> _Signs:
    return msgspec.yaml.decode((files(__package__) / "signs.yml").read_bytes(), type=_Signs)


@cache
def _signs() -> tuple[tuple[_Sign, re.Pattern[str]], ...]:
    return tuple((each, re.compile(each.pattern, re.IGNORECASE)) for each in _data().signs)


@cache
def _old() -> tuple[re.Pattern[str], ...]:
    return tuple(map(re.compile, _data().old))


@cache
def _macos() -> dict[str, str]:
    return {f"Darwin {kernel}": f"macOS {name}" for kernel, name in _data().macos.items()}


@cache
def _makers() -> dict[str, _Maker]:
    text = (files(__package__) / "makers.yml").read_bytes()
    found = msgspec.yaml.decode(text, type=_Makers)
    return {prefix: each for each in found.makers for prefix in each.prefixes}
