"""Sentences to templates: lines of one making are laid over each other, what differs is a slot.

Values that look like values (addresses, numbers, quoted text, words with digits) are slots even in
a single line; a word after a telling word (`user`, `送信元`) is one too.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from hinomi.normalise.learn.contents import agreed, role_of_values
from hinomi.normalise.learn.labels import role_of_cue, role_of_ending, role_of_label, role_of_word
from hinomi.normalise.learn.words import disposition_of_sentence, kind_of_text
from hinomi.normalise.learned.definition import is_usable
from hinomi.normalise.learned.pairs import heads_of
from hinomi.normalise.learned.roles import TIME_ROLE
from hinomi.normalise.learned.slots import ANCHORED, type_of
from hinomi.normalise.learned.template import escaped

if TYPE_CHECKING:
    from collections.abc import Sequence

_TOKEN = re.compile(
    "|".join(
        (
            *(
                rf"(?P<{name}>{ANCHORED[name].pattern})"
                for name in ("time", "url", "mail", "mac", "ip")
            ),
            r"(?P<quoted>\"[^\"]{0,500}\"|「[^「」]{0,500}」|『[^『』]{0,500}』|(?<!\w)'[^']{0,200}'(?!\w)|<[^<>]{1,500}>)",
            r"(?P<path>[A-Za-z]:\\[^\s\"「」<>|]{1,400})",
            r"(?P<number>(?<![\w.])\d{1,20}(?:\.\d{1,9})?(?![\w]))",
            r"(?P<word>[A-Za-z0-9_.\-\\/@$%&+~#*]+|[\u3040-\u30ff\u3400-\u9fff\uff66-\uff9fー々]+)",
            r"(?P<blank>[ \t\u3000]+)",
            r"(?P<mark>.)",
        )
    ),
    re.DOTALL,
)
_QUOTES = "\"'「」『』<>"
_PORTS = {"src_ip": "src_port", "dst_ip": "dst_port"}
_NO_NAMES = frozenset({"from", "name", "failed", "was", "is", "has", "logged", "in", "not", "id"})
_ALIKE = 0.6
_MOST_CLUSTERS = 200
_MOST_TOKENS = 240


@dataclass(slots=True)
class Token:
    """A piece of a line. `kind`: a slot kind, `word`, `blank` or `mark`; `is_value`: differs."""

    kind: str
    text: str
    is_value: bool = False


@dataclass(slots=True)
class Cluster:
    """Lines of one making."""

    tokens: list[Token]
    lines: list[int] = field(default_factory=list)
    values: list[list[str]] = field(default_factory=list)  # per token, what stood there


@dataclass(frozen=True, slots=True)
class Found:
    """A template with the lines it was made from, and what its slots were taken for."""

    template: str
    lines: tuple[int, ...]
    roles: dict[str, str]
    fixed: str


def templates_of(lines: Sequence[str]) -> list[Found]:
    """Templates for these bodies, those of most lines first."""
    clusters: list[Cluster] = []
    by_length: dict[int, list[Cluster]] = {}
    for number, line in enumerate(lines):
        tokens = tokens_of(line)
        if not tokens or len(tokens) > _MOST_TOKENS:
            continue
        near = by_length.setdefault(len(tokens), [])
        best = max(near, key=lambda each: _alike(each, tokens), default=None)
        if best is None or _alike(best, tokens) < _ALIKE:
            if len(clusters) >= _MOST_CLUSTERS:
                continue
            best = Cluster(tokens, values=[[] for _ in tokens])
            clusters.append(best)
            near.append(best)
        _join(best, tokens, number)
    clusters.sort(key=lambda each: -len(each.lines))
    return [found for each in clusters if (found := _written(each)) is not None]


def tokens_of(line: str) -> list[Token]:
    """The line cut into pieces that together are the line again."""
    text = line.strip()[:8_192]
    tokens: list[Token] = []
    place = 0
    for start, end in _told(text):
        _cut(tokens, text[place:start])
        tokens.append(Token("text", text[start:end], is_value=True))
        place = end
    _cut(tokens, text[place:])
    _tell(tokens)
    return tokens


def _told(text: str) -> list[tuple[int, int]]:
    """Where the values of `label：value` stand, for labels that we know: each runs to the next."""
    known = [
        head
        for mark in ("：", "＝")
        for head in heads_of(text, mark=mark)
        if role_of_label(head[0])
    ]
    heads = sorted(known, key=lambda head: head[1])
    spans: list[tuple[int, int]] = []
    for index, (_, start, value) in enumerate(heads):
        if spans and start < spans[-1][1]:
            continue
        stop = heads[index + 1][1] if index + 1 < len(heads) else len(text)
        inside = text[value:stop].rstrip(" \t\u3000、,，;/|｜)）]】([（【")
        opened = inside[:1] in "\"「『'“[(（【" and len(inside) > 1
        if inside and not opened:
            spans.append((value, value + len(inside)))
    return spans


def _cut(tokens: list[Token], text: str) -> None:
    """Add the pieces of a stretch that no label explains."""
    for found in _TOKEN.finditer(text):
        kind = found.lastgroup or "mark"
        text = found[0]
        if kind == "quoted":
            tokens += [
                Token("mark", text[0]),
                Token("text", text[1:-1], is_value=True),
                Token("mark", text[-1]),
            ]
        elif kind == "word":
            _add_word(tokens, text)
        else:
            is_value = kind not in ("blank", "mark")
            tokens.append(Token("word" if kind == "path" else kind, text, is_value=is_value))


def _add_word(tokens: list[Token], text: str) -> None:
    """A word with a digit is a value; a full stop at its end is none of it."""
    tail = ""
    while text[-1:] == "." and len(text) > 1:
        text, tail = text[:-1], text[-1] + tail
    has_digit = text.isascii() and any(letter.isdigit() for letter in text)
    tokens.append(Token("word", text, is_value=has_digit or ("\\" in text and len(text) > 2)))
    if tail:
        tokens.append(Token("mark", tail))


def _tell(tokens: list[Token]) -> None:
    """A word behind `name=`, `name:` or a telling word is a value."""
    for index, token in enumerate(tokens):
        before = _before(tokens, index) if token.kind == "word" and not token.is_value else None
        if before is None:
            continue
        cue, mark = before
        if mark in ("=", ":", "：", "＝"):
            token.is_value = bool(role_of_cue(cue))
        elif mark == " ":
            token.is_value = _names_next(cue, token.text)


def _names_next(cue: str, word: str) -> bool:
    """`user admin`, `ユーザー admin`, `端末 受付`: a label with only a blank before its value."""
    if cue.lower() in ("user", "username"):
        return word.lower() not in _NO_NAMES
    if cue.isascii():
        return False
    role = role_of_label(cue)
    return role in ("user", "host", "serial") or (bool(role) and word.isascii())


def _before(tokens: list[Token], index: int) -> tuple[str, str] | None:
    """The fixed word before a place, and the mark between (" " for a blank)."""
    mark, place = "", index - 1
    while place >= 0 and tokens[place].kind in ("blank", "mark") and index - place < 4:
        if tokens[place].kind == "mark" and tokens[place].text not in _QUOTES + "[(<":
            mark = mark or tokens[place].text
        place -= 1
    if place < 0 or tokens[place].kind != "word" or tokens[place].is_value:
        return None
    return tokens[place].text, mark or " "


def _alike(cluster: Cluster, tokens: list[Token]) -> float:
    """The share of words that are the same; 0 when the marks between differ."""
    same = counted = 0
    for mine, theirs in zip(cluster.tokens, tokens, strict=True):
        if (mine.kind in ("blank", "mark")) != (theirs.kind in ("blank", "mark")):
            return 0.0
        if mine.kind == "mark" and mine.text != theirs.text:
            return 0.0
        if mine.kind in ("blank", "mark"):
            continue
        if mine.is_value and theirs.is_value:
            continue
        are_fixed = not mine.is_value and not theirs.is_value
        if are_fixed and _meaning(mine.text) != _meaning(theirs.text):
            return 0.0  # "removed" and "detected" are two sentences, whatever else is the same
        counted += 1
        same += mine.text == theirs.text and not mine.is_value
    return same / counted if counted else 1.0


@lru_cache(maxsize=8_192)
def _meaning(word: str) -> tuple[object, object]:
    """What a word says by itself: most words say nothing."""
    return kind_of_text(word), disposition_of_sentence(word)


def _join(cluster: Cluster, tokens: list[Token], number: int) -> None:
    cluster.lines.append(number)
    for index, (mine, theirs) in enumerate(zip(cluster.tokens, tokens, strict=True)):
        cluster.values[index].append(theirs.text)
        if mine.kind in ("blank", "mark"):
            continue
        if theirs.is_value or mine.text != theirs.text:
            mine.is_value = True
        if mine.kind != theirs.kind:
            mine.kind = "text" if "text" in (mine.kind, theirs.kind) else "word"


def _written(cluster: Cluster) -> Found | None:
    """The template of a cluster; None when nothing in it is fixed."""
    _merge_touching(cluster)
    roles = _roles(cluster)
    names: dict[int, str] = {}
    counts: Counter[str] = Counter()
    for index, token in enumerate(cluster.tokens):
        if token.is_value:
            base = roles.get(index) or _cue_name(cluster.tokens, index) or "値"
            if base == TIME_ROLE:
                base = "日時"
            counts[base] += 1
            names[index] = base if counts[base] == 1 else f"{base}_{counts[base]}"
    text = "".join(
        f"{{{names[index]}:{_kind(token, cluster.values[index])}}}" if index in names
        else escaped(token.text)
        for index, token in enumerate(cluster.tokens)
    )  # fmt: skip
    fixed = "".join(token.text for token in cluster.tokens if not token.is_value)
    if not any(letter.isalpha() for letter in fixed) and len(fixed.strip()) < 2:
        return None
    if len(names) > 50:
        return None
    kinds = {names[index]: role for index, role in roles.items() if index in names}
    return Found(text, tuple(cluster.lines), kinds, fixed)


def _kind(token: Token, values: list[str]) -> str:
    """The narrowest kind for all that stood here."""
    kinds = {type_of(value) for value in values}
    if len(kinds) == 1:
        return kinds.pop()
    return "text" if "text" in kinds or "" in values else "word"


def _merge_touching(cluster: Cluster) -> None:
    """Two slots may not touch: neighbours become one."""
    tokens, values = cluster.tokens, cluster.values
    index = 1
    while index < len(tokens):
        if tokens[index].is_value and tokens[index - 1].is_value:
            tokens[index - 1].text += tokens[index].text
            values[index - 1] = [
                left + right for left, right in zip(values[index - 1], values[index], strict=True)
            ]
            tokens[index - 1].kind = "text"
            del tokens[index], values[index]
        else:
            index += 1


def _cue_name(tokens: list[Token], index: int) -> str:
    before = _before(tokens, index)
    word = before[0] if before else ""
    is_name = is_usable(word) and not any(letter in word for letter in "{}:") and len(word) < 30
    return word if is_name else ""


def _roles(cluster: Cluster) -> dict[int, str]:
    """What each slot is: by the words around it, else by what stands in it; each role once."""
    found: dict[int, str] = {}
    taken: set[str] = set()
    tokens = cluster.tokens
    for index, token in enumerate(tokens):
        if not token.is_value:
            continue
        role = _role_around(tokens, index, cluster.values[index])
        if role and (role not in taken or role == TIME_ROLE):
            found[index] = role
            taken.add(role)
    for index, token in enumerate(tokens):
        if not token.is_value or index in found:
            continue
        role = _port_role(tokens, index, found, cluster.values[index])
        role = role or role_of_values(cluster.values[index], taken)
        if role and (role not in taken or role == TIME_ROLE):
            found[index] = role
            taken.add(role)
    return found


def _role_around(tokens: list[Token], index: int, values: list[str]) -> str:
    after = tokens[index + 1].text if index + 1 < len(tokens) else ""
    after = (
        after
        if after.strip(_QUOTES + " ")
        else (tokens[index + 2].text if index + 2 < len(tokens) else "")
    )
    role = role_of_ending(after)
    before = _before(tokens, index)
    cue = before[0].lower() if before else ""
    if cue in ("port", "ポート"):
        return ""  # whose port it is, the address before it says
    is_loose = before is not None and before[1] == " "
    told = (role_of_word(cue) if is_loose and cue.isascii() else role_of_cue(cue)) if cue else ""
    role = told or role
    return agreed(role, values) if role else ""


def _port_role(tokens: list[Token], index: int, found: dict[int, str], values: list[str]) -> str:
    """A number right behind an address, or behind the word port, is that address's port."""
    before = _before(tokens, index)
    is_told = before is not None and before[0].lower() in ("port", "ポート")
    is_glued = index > 1 and tokens[index - 1].text in (":", "/", "#", "(", ".")
    if tokens[index].kind != "number" or not (is_told or is_glued):
        return ""
    nearest = max(
        (place for place in found if place < index and found[place] in _PORTS), default=-1
    )
    if nearest < 0 or (is_glued and not is_told and nearest != index - 2):
        return agreed("dst_port", values) if is_told else ""
    return agreed(_PORTS[found[nearest]], values)
