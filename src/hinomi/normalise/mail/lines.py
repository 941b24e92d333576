"""Labelled lines: `端末名：PC-01`, `【端末名】 PC-01`, `Device    PC-01`, a label with its value below."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hinomi.normalise.mail.kinds import is_kind_word
from hinomi.normalise.mail.labels import NAMING, field_of, without_marks
from hinomi.normalise.scanners.pairs import scan_pairs

if TYPE_CHECKING:
    from collections.abc import Mapping

_LINE_MOST, _VALUE_MOST = 4_000, 2_000
_BRACKETS = re.compile(
    r"[【\[［〔<＜《](?P<label>[^】\]］〕>＞》]{1,30})[】\]］〕>＞》]\s*[:：]?\s*(?P<value>.*)"
)
_COLON = re.compile(
    r"(?P<label>[^:：=＝\t]{1,40}?)\s*(?:[:：]|\s=\s|＝|=(?=\s*\S))\s*(?P<value>.*)"
)
_GAP = re.compile(r"(?P<label>\S(?:.{0,38}?\S)?)(?:\s{2,}|　+)(?P<value>\S.*)")
# The run before a label is bounded: each of its characters is tried as the first.
_INSIDE = re.compile(
    r"(?:^|[\s　,、;；|／]{1,16})(?P<label>[^\s　:：,、;；|／=]{1,24})\s*[:：]\s*(?=\S)"
)
_MOMENT = re.compile(
    r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?[ T　]+\d{1,2}[:時]\d{2}(?:[:分]\d{2}秒?)?(?:\s*\(?(?:JST|UTC|GMT)\)?)?"
)
_LOG = re.compile(r"(?:^|\s)[A-Za-z_][\w.\-]{0,30}=(?=\S)")
_QUOTES = "\"'“”「」"


@dataclass(frozen=True, slots=True)
class Pair:
    """A label and its value as written; `field` is "" for labels nobody knows."""

    label: str
    value: str
    field: str
    line: int


def pairs_of(lines: list[str], own: Mapping[str, str]) -> list[Pair]:
    """In the order of the lines. Unknown labels count only in the plain `label: value` spelling.

    A company's label that was left empty is a pair too: what follows belongs to somebody whom
    nobody named, not to the company named next.
    """
    found: list[Pair] = []
    label = ""  # a known one that stood alone on its line
    for number, line in enumerate(lines):
        text = line.strip()
        if not text or len(text) > _LINE_MOST:
            continue
        pairs = _of_line(text, own)
        if label and not pairs:
            pairs = [(label, text)]
        elif field_of(label, own) in NAMING:
            found.append(Pair(label[:80], "", field_of(label, own), number))
        label = "" if pairs and (len(pairs) > 1 or pairs[0][1]) else _alone(pairs, text, own)
        found += [
            Pair(name[:80], value[:_VALUE_MOST], field_of(name, own), number)
            for name, value in pairs
            if value or (len(pairs) > 1 and field_of(name, own) in NAMING)
        ]
    return found


def _alone(pairs: list[tuple[str, str]], text: str, own: Mapping[str, str]) -> str:
    """The label that is all there is on a line, "" when it is none we know."""
    label = pairs[0][0] if pairs else without_marks(text).strip("：: 　")
    return label if field_of(label, own) else ""


def _of_line(text: str, own: Mapping[str, str]) -> list[tuple[str, str]]:
    if len(_LOG.findall(text)) >= 5:
        return list(scan_pairs(text).items())
    if "\t" in text:
        return _in_cells(text, own)
    text = without_marks(text)
    several = _dated(text, own) or _several(text, own)
    if several:
        return several
    for spelling in (_BRACKETS, _COLON):
        match = spelling.fullmatch(text)
        if match and _is_label(match["label"], text):
            return [(match["label"].strip(), _bare(match["value"]))]
    match = _GAP.fullmatch(text)
    if match and field_of(match["label"], own):
        return [(match["label"].strip(), _bare(match["value"]))]
    return []


def _in_cells(text: str, own: Mapping[str, str]) -> list[tuple[str, str]]:
    """`label \t value`, once or several times in a row of a table."""
    cells = [cell.strip() for cell in text.split("\t")]
    while cells and not cells[0]:
        cells.pop(0)
    if len(cells) == 1:
        return _of_line(cells[0], own) if cells[0] else []
    pairs = list(zip(cells[::2], cells[1::2], strict=False))
    known = sum(1 for label, _ in pairs if field_of(label, own))
    if known and known * 2 >= len(pairs):
        return [(label.rstrip(":： "), _bare(value)) for label, value in pairs if label]
    if all(re.search(r"[:：]", cell) for cell in cells if cell):
        return [pair for cell in cells if cell for pair in _of_line(cell, own)]
    return []


def _several(text: str, own: Mapping[str, str]) -> list[tuple[str, str]]:
    """Several known labels in one line: each value ends where the next known label begins."""
    marks = [match for match in _INSIDE.finditer(text) if field_of(match["label"], own)]
    if len(marks) < 2 or marks[0].start() > 0:
        return []
    ends = [*(match.start() for match in marks[1:]), len(text)]
    return [
        (match["label"], _bare(text[match.end() : end]))
        for match, end in zip(marks, ends, strict=True)
    ]


def _dated(text: str, own: Mapping[str, str]) -> list[tuple[str, str]]:
    """A line as logs have it: the moment, what happened, which threat, and what else has labels."""
    match = _MOMENT.match(text)
    if match is None:
        return []
    rest = text[match.end() :].strip()
    marks = [found for found in _INSIDE.finditer(rest) if field_of(found["label"], own)]
    head = rest[: marks[0].start()] if marks else rest
    kind, _, threat = head.strip(" ,、[]").partition(" ")
    if not is_kind_word(kind) or len(head) > 200:
        return []
    pairs = [("日時", match[0].strip()), ("種別", kind), ("脅威名", threat.strip())]
    ends = [*(found.start() for found in marks[1:]), len(rest)]
    pairs += [(found["label"], _bare(rest[found.end() : end]))
              for found, end in zip(marks, ends, strict=False)]  # fmt: skip
    return [pair for pair in pairs if pair[1]]


def _is_label(label: str, text: str) -> bool:
    """`https://…` and sentences with a colon are no labels; a clock (10:32) is none either."""
    if re.search(r"[。、．!?！？]|\d{4}[-/年]\d|^\d+$", label.strip()):
        return False
    return "//" not in text[: len(label) + 3] and len(label.split()) <= 7


def _bare(value: str) -> str:
    value = value.strip().strip("　")
    if len(value) > 1 and value[0] in _QUOTES and value[-1] in _QUOTES:
        return value[1:-1].strip()
    return value
