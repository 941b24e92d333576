"""What devices' words mean, as proposals for a person to confirm: what was done, what it was."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from importlib.resources import files

import msgspec

from hinomi.core.words import Disposition, ThreatKind


class _Words(msgspec.Struct, frozen=True):
    failed: tuple[str, ...]
    done: dict[Disposition, tuple[str, ...]]
    kinds: dict[ThreatKind, tuple[str, ...]]
    threat_families: tuple[str, ...]
    severities: frozenset[str]
    protocols: frozenset[str]


@cache
def _known() -> _Words:
    return msgspec.yaml.decode((files(__package__) / "words.yml").read_bytes(), type=_Words)


@cache
def _whole_values() -> tuple[tuple[Disposition, re.Pattern[str]], ...]:
    end = "(?:しました|済み?|した|完了)?"
    return tuple(
        (says, re.compile(f"(?:{'|'.join(words)}){end}")) for says, words in _known().done.items()
    )


@cache
def _in_sentences() -> tuple[tuple[Disposition, re.Pattern[str]], ...]:
    return tuple(
        (says, re.compile(f"(?<![a-z])(?:{'|'.join(words)})(?![a-z])"))
        for says, words in _known().done.items()
    )


@cache
def _failed() -> re.Pattern[str]:
    return re.compile("|".join(_known().failed))


@cache
def _kinds() -> tuple[tuple[ThreatKind, re.Pattern[str]], ...]:
    return tuple((kind, re.compile("|".join(words))) for kind, words in _known().kinds.items())


@cache
def _threat_name() -> re.Pattern[str]:
    """`Trojan.Gen`, `W32/Conficker`, `JS_Downloader.A`, `EICAR-Test-File`."""
    families = "|".join(_known().threat_families)
    return re.compile(rf"(?:{families})[./:_\-!]\S{{2,80}}|\S{{0,20}}eicar\S{{0,60}}")


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().lower()


def disposition_of_value(value: str) -> Disposition:
    """What the value of an action field proposes; UNKNOWN when it is no word we know."""
    plain = _plain(value)
    if _failed().search(plain):
        return disposition_of_sentence(value)
    said = (says for says, words in _whole_values() if words.fullmatch(plain))
    return next(said, Disposition.UNKNOWN)


def disposition_of_sentence(text: str) -> Disposition:
    """What a whole sentence proposes; UNKNOWN when it speaks of several outcomes."""
    plain = _plain(text)
    said = {says for says, words in _in_sentences() if words.search(plain)}
    if _failed().search(plain):
        is_undone = Disposition.STOPPED in said
        return Disposition.LET_THROUGH if is_undone else Disposition.UNKNOWN
    if Disposition.LET_THROUGH in said and len(said) > 1:
        return Disposition.UNKNOWN
    if Disposition.STOPPED in said:
        return Disposition.STOPPED  # "detected and removed"
    return said.pop() if len(said) == 1 else Disposition.UNKNOWN


def kind_of_text(text: str) -> ThreatKind | None:
    """What a category, or the fixed words of a sentence, speak of; None for everyday traffic."""
    plain = _plain(text)
    return next((kind for kind, words in _kinds() if words.search(plain)), None)


def is_threat_name(value: str) -> bool:
    """True for names that virus scanners give."""
    return _threat_name().fullmatch(_plain(value)) is not None


def is_severity(value: str) -> bool:
    """True for a word of severity."""
    return _plain(value) in _known().severities


def is_protocol(value: str) -> bool:
    """True for the name of a transport."""
    return _plain(value) in _known().protocols
