"""Finds articles for a question in everyday Japanese, without an outside engine. Pure.

Text is folded (width, case, katakana to hiragana, small kana, long vowels, spaces) and cut into
pairs of letters. A rare pair says more than a frequent one, a pair in the title more than one in
the body. A table of synonyms and readings (data/synonyms.yml) lets 「うぃるす」, 「マルウェア」 and
「けいこく」 find what is written otherwise.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_NOT_LETTERS = re.compile(r"[\W_ー]+")
_SMALL = str.maketrans("ぁぃぅぇぉっゃゅょゎ", "あいうえおつやゆよわ")
_KATAKANA_TO_HIRAGANA = {code: code - 0x60 for code in range(0x30A1, 0x30F7)}
_SAME_MEANING = 0.6  # of a word that was not typed but means the same
_QUERY_MOST = 200
_SHARE_OF_BEST = 0.15  # a hit below this share of the best one only makes the list long


@dataclass(frozen=True, slots=True)
class Field:
    """Text of an article and how much it says about what the article is for."""

    text: str
    weight: float


@dataclass(frozen=True, slots=True)
class Hit:
    """An article by its key, best first."""

    key: str
    score: float


def folded(text: str) -> str:
    """The letters that count, in one spelling."""
    plain = unicodedata.normalize("NFKC", text).lower().translate(_KATAKANA_TO_HIRAGANA)
    return _NOT_LETTERS.sub("", plain).translate(_SMALL)


def pairs(text: str) -> list[str]:
    """Overlapping pairs of letters; a single letter is itself."""
    if len(text) < 2:
        return [text] if text else []
    return [text[at : at + 2] for at in range(len(text) - 1)]


class Index:
    """All articles, ready to be asked."""

    def __init__(
        self, articles: Mapping[str, Iterable[Field]], *, synonyms: Iterable[Sequence[str]]
    ) -> None:
        self._groups = [tuple(filter(None, map(folded, group))) for group in synonyms]
        self._weights = {key: _weights(fields) for key, fields in articles.items()}
        held = Counter(pair for weights in self._weights.values() for pair in weights)
        total = len(self._weights)
        self._rarity = {pair: math.log(1 + total / count) for pair, count in held.items()}

    def find(self, question: str) -> list[Hit]:
        """Hits, best first; ties by key. Nothing typed, or nothing known: none."""
        wanted = self._wanted(folded(question[:_QUERY_MOST]))
        hits = [Hit(key, self._score(weights, wanted)) for key, weights in self._weights.items()]
        best = max((hit.score for hit in hits), default=0.0)
        kept = [hit for hit in hits if hit.score > 0 and hit.score >= best * _SHARE_OF_BEST]
        return sorted(kept, key=lambda hit: (-hit.score, hit.key))

    def _wanted(self, question: str) -> dict[str, float]:
        wanted = dict.fromkeys(pairs(question), 1.0)
        for group in self._groups:
            if any(word in question for word in group):
                for pair in (pair for word in group for pair in pairs(word)):
                    wanted.setdefault(pair, _SAME_MEANING)
        return wanted

    def _score(self, weights: Mapping[str, float], wanted: Mapping[str, float]) -> float:
        return sum(
            weights[pair] * share * self._rarity[pair]
            for pair, share in wanted.items()
            if pair in weights
        )


def _weights(fields: Iterable[Field]) -> dict[str, float]:
    """The best weight of each pair: a word that is repeated says no more than one that stands
    once."""
    found: dict[str, float] = {}
    for each in fields:
        for pair in pairs(folded(each.text)):
            found[pair] = max(found.get(pair, 0.0), each.weight)
    return found
