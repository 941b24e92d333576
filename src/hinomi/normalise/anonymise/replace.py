"""Replaces what identifies somebody in a text, and counts what was replaced."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING

from hinomi.normalise.anonymise.dates import is_epoch, shift_dates
from hinomi.normalise.anonymise.names import NOBODY, names_of
from hinomi.normalise.anonymise.stand_ins import StandIns
from hinomi.normalise.ecs_values import is_address
from hinomi.normalise.learn.labels import role_of_label

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# Endings of domains we expect in logs; without one `Trojan.Gen` would count as a domain.
_ENDINGS = (
    "jp|com|net|org|info|biz|local|lan|internal|localdomain|corp|home|example|test|invalid|io|co|"
    "dev|app|cloud|online|site|shop|store|xyz|top|club|edu|gov|mil|int|eu|us|uk|de|fr|cn|tw|hk|kr|"
    "ru|in|au|ca|nl|it|es|ch|se|no|fi|pl|br|vn|th|sg|my|id|ph|nz|tv|me|cc|ws|to|ai|asia|pro|mobi"
)
_SECOND = frozenset({"co", "ne", "or", "go", "ac", "ad", "ed", "gr", "lg", "com", "net", "org"})
_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_\-]{0,62})"
_DOMAIN = rf"(?:{_LABEL}\.){{1,10}}(?:{_ENDINGS})"
_CLOCK = r"\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?"
_HEX = r"[0-9A-Fa-f]"
_V6 = (
    rf"(?<![\w:.])(?:{_HEX}{{0,4}}:){{2,7}}(?:\d{{1,3}}(?:\.\d{{1,3}}){{3}}|{_HEX}{{0,4}})(?![\w:])"
)
_V4 = r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?!\d|\.\d)"
_MAC = rf"(?<![0-9A-Fa-f:.-]){_HEX}{{2}}(?:[:-]{_HEX}{{2}}){{5}}(?![0-9A-Fa-f:-])"
_DOTTED_MAC = rf"(?<![0-9A-Fa-f.]){_HEX}{{4}}\.{_HEX}{{4}}\.{_HEX}{{4}}(?![0-9A-Fa-f.])"
_HASH = rf"(?<![0-9A-Za-z])(?:{_HEX}{{64}}|{_HEX}{{40}}|{_HEX}{{32}})(?![0-9A-Za-z])"
_PHONE = r"(?<![\w.-])(?:\+81[- ]?\d{1,4}|0\d{1,4})[-(（]\d{1,4}[-)）]\d{3,4}(?![\w-])"
_PLAIN_PHONE = r"(?<![\w.-])(?:0[5789]0\d{8}|0[1-9]\d{8})(?!\w)"
_SERIAL = (
    r"(?<![\w.%-])(?=[A-Z0-9\-]{0,40}[A-Z])(?=(?:[A-Z\-]{0,40}\d){4})"
    r"[A-Z0-9][A-Z0-9\-]{6,40}[A-Z0-9](?![\w-])"
)
# Tried in this order at each place; a kind that is kept stands here so that no later one takes it.
# Names come right after mails and domains, of which they may be a part.
_WHOLE: tuple[tuple[str, str], ...] = (
    ("mail", rf"[A-Za-z0-9_.+\-]{{1,64}}@(?:{_LABEL}\.)*{_LABEL}"),
    ("domain", rf"(?<![\w.-])(?i:{_DOMAIN})(?![\w-]|\.\w|\s?=|\"\s?:)"),
)
_KINDS: tuple[tuple[str, str], ...] = (
    ("kept", r"(?i:CVE-\d{4}-\d{4,7})"),
    ("kept", rf"(?<!\d)\d{{4}}-\d\d-\d\d(?:[T ]{_CLOCK})?(?:Z|[+-]\d\d:?\d\d)?(?!\d)"),
    ("kept", r"(?<!\d)20\d{12}(?!\d)|(?<!\d)20\d{6}[-_T]\d{6}(?!\d)"),
    ("sid", r"S-1-5-21(?:-\d{1,10}){3,5}"),
    ("guid", rf"(?<![0-9A-Fa-f-]){_HEX}{{8}}(?:-{_HEX}{{4}}){{3}}-{_HEX}{{12}}(?![0-9A-Fa-f-])"),
    ("kept", _HASH),
    ("mac", f"{_MAC}|{_DOTTED_MAC}"),
    ("ip", f"{_V6}|{_V4}"),
    ("phone", f"{_PHONE}|{_PLAIN_PHONE}"),
    ("serial", _SERIAL),
    ("number", r"(?<![\w.-])(?<!\d,)\d{7,20}(?!\w|\.\d|,\d{3}(?!\d))"),
)
_FIELD = re.compile(r"([^\W\d][\w.\-]{0,40})[\"']?\s{0,2}[=:：]\s{0,2}[\"']?\Z")
# Numbers that say what happened, not to whom.
_COUNTS = ("logid", "byte", "bytes", "size", "count", "duration", "pkt", "packets")
_CODED = ("number", "phone", "serial")
_CODES = frozenset(
    {"event_id", "rule_id", "status", "bytes_in", "bytes_out", "severity", "version"}
)
_WORDS = {"user": "user", "host": "host", "company": "会社", "text": "件名"}


class Anonymiser:
    """One run. `learn` all of the sample first: a name seen in one line is replaced in every line.

    `words` are names to replace wherever they stand, as their owner knows them. `counts` says how
    many of each kind were replaced.
    """

    def __init__(self, key: bytes, *, words: Iterable[str] = (), shift_days: int = 0) -> None:
        self._stand_ins = StandIns(key)
        self._names: dict[str, str] = {
            word.strip().casefold(): "company" for word in words if len(word.strip()) > 1
        }
        self._shift_days = shift_days
        self._pattern = _pattern(self._names)
        self.counts: Counter[str] = Counter()

    def learn(self, lines: Iterable[str]) -> None:
        """Take in the names of these lines."""
        found = {name.casefold(): kind for name, kind in names_of(lines).items()}
        self._names = found | self._names
        self._pattern = _pattern(self._names)

    def text(self, text: str) -> str:
        """The text with stand-ins; line breaks, marks and field names stay."""
        return shift_dates(self._pattern.sub(self._replace, text), self._shift_days)

    def _replace(self, found: re.Match[str]) -> str:
        group = found.lastgroup or ""
        kind, value = group.rstrip("0123456789"), found[0]
        is_code_here = kind in _CODED and _is_code(found)
        made = value if is_code_here else self._made(kind, value)
        if made != value:
            self.counts[self._names.get(value.casefold(), kind) if kind == "name" else kind] += 1
        return made

    def _made(self, kind: str, value: str) -> str:
        if kind == "kept":
            return value
        if kind == "ip":
            return self._stand_ins.address(value) if is_address(value) else value
        if kind == "mac":
            return self._stand_ins.mac(value)
        if kind == "mail":
            local, _, domain = value.rpartition("@")
            return f"{self._name(local, 'user')}@{self._domain(domain)}"
        if kind == "domain":
            return self._domain(value)
        if kind == "name":
            return self._name(value, self._names.get(value.casefold(), "text"))
        return self._alike(kind, value)

    def _alike(self, kind: str, value: str) -> str:
        """A phone keeps how it begins, so that it still reads as one; a SID what all SIDs share."""
        if kind == "guid":
            made = self._stand_ins.digest(kind, value.lower()).hex()
            marks = (8, 13, 18, 23)
            text = "".join("-" if at in marks else made[at % 64] for at in range(36))
            return text.upper() if value.upper() == value else text
        head = {"phone": 3 if value.startswith("+") else 1, "sid": 9}.get(kind, 0)
        return value[:head] + self._stand_ins.alike(kind, value[head:])

    def _name(self, value: str, kind: str) -> str:
        if value.casefold() in NOBODY:
            return value
        if kind == "serial":
            return self._stand_ins.alike(kind, value)
        code = self._stand_ins.code(kind, value.casefold())
        word = _WORDS.get(kind, kind)
        if kind == "user" and not value.isascii():
            word = "利用者"
        if kind == "host" and not value.isascii():
            word = "機器"
        if kind == "company" and value.isascii():
            word = "company"
        return f"{word}{code}" if not word.isascii() else f"{word}-{code}"

    def _domain(self, value: str) -> str:
        """Each label by itself, so that sub-domains of one domain stay so; the ending stays."""
        if is_address(value):
            return self._stand_ins.address(value)
        labels = value.split(".")
        kept = 2 if len(labels) > 2 and labels[-2].lower() in _SECOND else 1
        if len(labels) == 1:
            return self._name(value, "host")
        made = [f"d{self._stand_ins.code('label', label.lower())}" for label in labels[:-kept]]
        return ".".join([*made, *labels[-kept:]])


def is_code(label: str) -> bool:
    """True for fields whose numbers say what happened, not to whom."""
    last = label.rpartition(".")[2].casefold()
    return last in ("id", "code") or last.endswith(_COUNTS) or role_of_label(label) in _CODES


def _is_code(found: re.Match[str]) -> bool:
    text, start, end = found.string, found.start(), found.end()
    if is_epoch(found[0]):
        return True
    if text[start - 1 : start] == text[end : end + 1] == "|" and "EF:" in text[:start]:
        return True  # the class of the event, in the head of CEF and LEEF
    label = _FIELD.search(text[max(start - 50, 0) : start])
    return label is not None and is_code(label[1])


def _pattern(names: Mapping[str, str]) -> re.Pattern[str]:
    """One expression, one pass over a text. Of two names the longer one is tried first."""
    listed = sorted(names, key=lambda name: (-len(name), name))[:5_000]
    known = [f"(?P<name>(?i:{'|'.join(map(_bounded, listed))}))"] if listed else []
    whole = [f"(?P<{kind}>{pattern})" for kind, pattern in _WHOLE]
    kinds = [f"(?P<{kind}{number}>{pattern})" for number, (kind, pattern) in enumerate(_KINDS)]
    return re.compile("|".join([*whole, *known, *kinds]))


@lru_cache(maxsize=10_000)
def _bounded(name: str) -> str:
    """A name stands by itself: `tanaka` is not in `tanakaya`. Japanese has no such borders."""
    before = r"(?<![A-Za-z0-9])" if name[:1].isascii() else ""
    after = r"(?![A-Za-z0-9]|\s?=|\"\s?:)" if name[-1:].isascii() else ""
    return before + re.escape(name) + after
