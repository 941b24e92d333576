"""`key=value` lines: blanks, commas or bars between pairs, quotes around some values.

Vendors quote badly: values with blanks stand unquoted (Sophos), quotes stand inside quotes. The
fast path splits at quotes; the scanner takes what the fast path declines (they disagree on one
FortiGate sample in eight, and the scanner is right).
"""

from __future__ import annotations

import re
from bisect import bisect_left

_KEY = re.compile(r"[A-Za-z_@][A-Za-z0-9_.\-\[\]@/:]*\Z")
# A pair begins at a blank: without saying so, each letter of a long value would be tried as one.
_REGULAR = re.compile(
    r'(?<![^ ])([A-Za-z_@][A-Za-z0-9_.\-\[\]@/:]*)=("[^"\\\t]*"|[^\s"\\]*)( +|\Z)'
)
_CSV = re.compile(r'\s*[A-Za-z_]\w*=(?:"[^"]*"|[^\s",]*),\s*[A-Za-z_]\w*=')
_BLANK = re.compile(r"[ \t]")
_CLOSING = re.compile(r'(?<!\\)"(?=[ \t,;|]|\Z)')
_BAR = re.compile(r'\s*[A-Za-z_]\w*=(?:"[^"]*"|[^"|]*)\|\s*[A-Za-z_]\w*=')


def scan_pairs(text: str) -> dict[str, str]:
    """The pairs in order; the first of repeated keys wins, later ones get `key_2` … `key_9`."""
    if _CSV.match(text):
        return _scan(text, ",")
    if _BAR.match(text):
        return _scan(text, "|")
    fast = split_regular(text) or split_quotes(text)
    return _scan(text, " ") if fast is None else fast


def split_regular(text: str) -> dict[str, str] | None:
    """`a=1 b="x y" c=2` without anything that could be read in two ways; None when there is.

    What the pattern passes over is missing in the sum of lengths: one look for all pairs, a third
    of the time of `split_quotes`, which gives the same for every line that is accepted here.
    """
    found = {}
    pairs = _REGULAR.findall(text)
    length = len(pairs)  # the "="
    for key, value, gap in pairs:
        length += len(key) + len(value) + len(gap)
        found[key] = value[1:-1] if value[:1] == '"' else value
    return found if length == len(text) and len(found) == len(pairs) else None


def split_quotes(text: str) -> dict[str, str] | None:
    """`a=1 b="x y" c=2` by splitting at quotes; None when the line is less regular than that."""
    parts = text.split('"')
    if len(parts) % 2 == 0 or "\\" in text or "\t" in text:
        return None
    found: dict[str, str] = {}
    for index in range(0, len(parts), 2):
        plain = parts[index]
        if index and plain and plain[0] != " ":
            return None  # text glued to a closing quote: a quote inside a value
        words = plain.split()
        for word in words:
            key, equals, value = word.partition("=")
            if not equals or not _KEY.match(key) or key in found:
                return None
            found[key] = value
        if index + 1 < len(parts):
            if not words or not words[-1].endswith("=") or plain[-1:] == " ":
                return None
            found[words[-1][:-1]] = parts[index + 1]
    return found


def _scan(text: str, separator: str) -> dict[str, str]:
    """Pair by pair; what is no `key=` continues the value before it."""
    pieces: list[tuple[str, int, int]] = []  # key, where the value starts, where the key started
    place, end = 0, len(text)
    quotes = [found.start() for found in _CLOSING.finditer(text)]
    last = (text.rfind(" "), text.rfind("="))
    while place < end:
        equals = text.find("=", place)
        if equals < 0:
            break
        start = _key_start(text, place, equals, separator)
        if not _KEY.match(text[start:equals]):
            place = equals + 1
            continue
        pieces.append((text[start:equals], equals + 1, start))
        place = _value_end(text, equals + 1, separator, quotes, last)
    found: dict[str, str] = {}
    for index, (key, value_start, _) in enumerate(pieces):
        stop = pieces[index + 1][2] if index + 1 < len(pieces) else end
        keep(found, key, _unquote(text[value_start:stop], separator))
    return found


def _key_start(text: str, place: int, equals: int, separator: str) -> int:
    """Where the word before "=" begins, not before `place`."""
    cut = max(text.rfind(" ", place, equals), text.rfind("\t", place, equals))
    if separator != " ":
        cut = max(cut, text.rfind(separator, place, equals))
    start = max(cut + 1, place)
    while text[start : start + 1] in ("[", "(", "{"):
        start += 1
    return start


def _value_end(
    text: str, start: int, separator: str, quotes: list[int], last: tuple[int, int]
) -> int:
    """Where to go on looking for the next key. `quotes`: those that may close a value; `last`: the
    last blank and "=". Found once for the line, or a hostile one would be read again and again."""
    if text[start : start + 1] == '"':
        after = bisect_left(quotes, start + 1)
        if after < len(quotes):
            return quotes[after] + 1
        # No closing quote and no further pair: the value runs to the end of a cut line.
        return len(text) if last[0] < start or last[1] <= start else start + 1
    if separator != " ":
        return stop if (stop := text.find(separator, start)) >= 0 else len(text)
    found = _BLANK.search(text, start)
    return found.start() if found else len(text)


def _unquote(value: str, separator: str) -> str:
    value = value.strip(" \t\r\n") if separator == " " else value.strip(" \t\r\n" + separator)
    if value[:1] == '"':
        value = value[1:-1] if len(value) > 1 and value[-1] == '"' else value[1:]
        return value.replace('\\"', '"') if '\\"' in value else value
    if "]" in value and " ]" in value and "[" not in value[: value.find("]")]:
        value = value[: value.find(" ]")]  # Clavister closes its groups between pairs
    return value.rstrip(",") if separator == " " and value.endswith(",") else value


def keep(found: dict[str, str], key: str, value: str) -> None:
    """Set the key; the first of repeated ones wins, later ones get `key_2` … `key_9`."""
    if key not in found:
        found[key] = value
        return
    for number in range(2, 10):
        if f"{key}_{number}" not in found:
            found[f"{key}_{number}"] = value
            return
