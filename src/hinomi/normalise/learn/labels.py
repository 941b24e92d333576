"""From what a field is called to what it is: labels.yml for Japanese, else `spellings`."""

from __future__ import annotations

import unicodedata
from functools import cache, lru_cache
from importlib.resources import files

import msgspec

from hinomi.normalise.learned.roles import ROLES, TIME_ROLE, role_of_ecs
from hinomi.normalise.spellings import known_as, squeeze


class _Labels(msgspec.Struct, frozen=True):
    labels: dict[str, tuple[str, ...]]
    before: dict[str, str]
    after: dict[str, str]
    times: tuple[str, ...]


@cache
def _known() -> _Labels:
    return msgspec.yaml.decode((files(__package__) / "labels.yml").read_bytes(), type=_Labels)


@cache
def _by_label() -> dict[str, str]:
    return {word: role for role, words in _known().labels.items() for word in words}


def _plain(label: str) -> str:
    text = unicodedata.normalize("NFKC", label).casefold()
    return "".join(
        letter for letter in text if not letter.isspace() and letter not in "_-・:「」【】"
    )


@lru_cache(maxsize=8_192)
def role_of_label(label: str) -> str:
    """What a field of this label is; "" when the label says nothing we know."""
    if label in ROLES:
        return label
    plain, by_label = _plain(label), _by_label()
    last = _plain(label.rpartition(".")[2])
    for each in (plain, plain.rstrip("名"), last):
        if role := by_label.get(each):
            return role
    if not label.isascii():
        inside = [word for word in by_label if len(word) > 1 and word in plain]
        return by_label[max(inside, key=len)] if inside else ""
    if {squeeze(label), squeeze(label.rpartition(".")[2])} & set(_known().times):
        return TIME_ROLE
    return next((role for name in known_as(label) if (role := role_of_ecs(name))), "")


def role_of_cue(word: str) -> str:
    """What a value is that stands behind this word in a sentence."""
    return _known().before.get(word.lower(), "") or role_of_label(word)


def role_of_word(word: str) -> str:
    """As `role_of_cue`, where only a blank stands between: of English words only telling ones."""
    return _known().before.get(word.lower(), "")


def role_of_ending(text: str) -> str:
    """What a value is that stands before this text: `…から`, `…へ`."""
    return next((role for word, role in _known().after.items() if text.startswith(word)), "")
