"""`送信元：192.0.2.7、処理：遮断`: pairs with names in any script and any mark between."""

from __future__ import annotations

import re
from functools import lru_cache

_MARKS = {"=": "=＝", ":": ":：", "：": ":：", "＝": "=＝"}
_CLOSING = {'"': '"', "'": "'", "「": "」", "『": "』", "“": "”"}
_LONGEST = 16_384


@lru_cache(maxsize=64)
def _head(mark: str) -> re.Pattern[str]:
    marks = _MARKS.get(mark, mark)
    stop = rf"\s{re.escape(marks)}、，,;；|｜\"'<>(){{}}\[\]「」【】（）"
    # A name begins with a letter; nothing like `https://`, `10:12` or `fe80::1` is a name.
    return re.compile(
        rf"(?:^|[\s、，,;；|｜\[(（【])"
        rf"(?P<name>[^\W\d_][^{stop}]{{1,40}}+|[^\W\d_A-Za-z])\s{{0,3}}+[{re.escape(marks)}](?![:/])\s{{0,8}}+"
    )


def heads_of(text: str, *, mark: str) -> list[tuple[str, int, int]]:
    """Names that stand before the mark: name, where it starts, where its value starts."""
    found = _head(mark).finditer(text)
    return [(head["name"], head.start("name"), head.end()) for head in found]


def split_pairs(text: str, *, mark: str, between: str) -> dict[str, str]:
    """Names and values in order. A value runs to the next name, or to `between` where that is
    said; quotes around it are taken off. The first of repeated names wins, later
    ones become `name_2` …"""
    text = text[:_LONGEST]
    if between and not between.isspace():
        return _by_pieces(text, mark=mark, between=between)
    heads = list(_head(mark).finditer(text))
    found: dict[str, str] = {}
    place = 0
    for index, head in enumerate(heads):
        if head.start("name") < place:
            continue  # inside a quoted value
        stop = heads[index + 1].start("name") if index + 1 < len(heads) else len(text)
        value, place = _value(text, head.end(), stop)
        _keep(found, head["name"], value)
    return found


def _by_pieces(text: str, *, mark: str, between: str) -> dict[str, str]:
    """Cut at `between`, then at the mark: names may hold blanks. A piece without a mark is a
    value of its own."""
    marks = _MARKS.get(mark, mark)
    found: dict[str, str] = {}
    loose = 0
    for piece in _pieces(text, between):
        place = next((at for at, letter in enumerate(piece[:60]) if letter in marks), -1)
        name = piece[:place].strip(" \t\u3000[(（【") if place > 0 else ""
        if name and not name[0].isdigit() and piece[place + 1 : place + 3] != "//":
            value = piece[place + 1 :].strip(" \t\r\n\u3000])）】")
            _keep(found, name, _unquoted(value))
        elif piece.strip():
            loose += 1
            _keep(found, f"値{loose}", _unquoted(piece.strip()))
    return found


def _pieces(text: str, between: str) -> list[str]:
    """Cut, but not inside quotes."""
    pieces, closing = [""], ""
    for letter in text:
        if closing:
            closing = "" if letter == closing else closing
        elif letter in _CLOSING and letter != "'":
            closing = _CLOSING[letter]
        elif letter == between:
            pieces.append("")
            continue
        pieces[-1] += letter
    return pieces if not closing else text.split(between)


def _unquoted(value: str) -> str:
    is_quoted = len(value) > 1 and _CLOSING.get(value[0]) == value[-1]
    return value[1:-1] if is_quoted else value


def _value(text: str, start: int, stop: int) -> tuple[str, int]:
    closing = _CLOSING.get(text[start : start + 1])
    if closing and (end := text.find(closing, start + 1)) >= 0:
        return text[start + 1 : end], end + 1
    value = text[start:stop].strip(" \t\r\n\u3000、，,;；|｜[]（）【】")
    return value.removesuffix(" /").rstrip(), start


def _keep(found: dict[str, str], name: str, value: str) -> None:
    if name not in found:
        found[name] = value
        return
    for number in range(2, 10):
        if f"{name}_{number}" not in found:
            found[f"{name}_{number}"] = value
            return
