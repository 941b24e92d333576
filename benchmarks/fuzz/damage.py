"""Ways to damage a record or a body, for the fuzzing of all parsers: cheap, and told by a dice.

The same dice does the same damage, so a case is known by its family and number alone.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Sequence

    Damage = Callable[[bytes, random.Random], bytes]

BIG = 65_536
_BIG_SHARE = 0.01  # of blow-ups: a big one costs a hundred small ones
_MARKS = [b'"', b"'", b"=", b"|", b"\\", b"[", b"]", b"{", b"}", b",", b":", b";", b" ", b"\t",
          b"\n", b"\x00", b"\xff", "\u6f22".encode(), b"\xb6\xb5", b"\r", b"%", b"<", b">", b"(",
          b")", b"CEF:0|", b"LEEF:", b'="', b"[[", b"null", b"-1", b"9" * 30,
          "\u00b2".encode(), "\uff11\uff12".encode(), b"9" * 5_000, b"\\ud800", b"\\u0000",
          b"\xef\xbb\xbf", b"\xed\xa0\x80", "\u202e".encode(), b"\x1b[31m", b"<!--", b"<![CDATA[",
          b"&#0;", b"&x;", b"%00", b"#011", b"{0}", b"1e999", b"NaN", b"=?utf-8?B?"]  # fmt: skip
# Another kind of value than the reader expects: null, a list, a tree, nothing, odd numbers, times.
_OTHERS = [b"null", b"[]", b'{"a":[1,{"b":2}]}', b'""', b"", b"1e400", b"true", b"-0", b"0x7f",
           b"-9223372036854775809", b"18446744073709551616", b"9" * 5_000, b"[" * 300,
           b"0000-00-00T00:00:00Z", b"9999-12-31T23:59:59.9999999Z", b"0001-01-01T00:00:00+23:59",
           b"-62135596801", b"253402300800", b"1e18", b"99999999999999999999", b"::ffff:1.2.3.4",
           b"256.1.1.1", b"1.2.3.4/33", b'"\\ud83d"', b"Feb 30 25:61:61", b"%s%n"]  # fmt: skip
_FILLERS = (b"A", b"a.b/", b"1", b" x", b"%41", b"\\", b"a=1 ", b'"', b",", b"\xe3\x81\x82")
_VALUE = re.compile(rb'[=:]"?([^\s",|=]+)')
_TYPED = re.compile(rb'(?<=[:=])\s*("[^"]*"|[\w.\-]+)')
_EXTREMES = [bytes.fromhex(text) for text in (
    "00", "01", "7f", "80", "ff", "0000", "0001", "7fff", "8000", "ffff", "00000000", "00000001",
    "7fffffff", "80000000", "ffffffff", "ffffffffffffffff", "01000000", "ffffff7f",
)]  # fmt: skip


def cut(line: bytes, dice: random.Random) -> bytes:
    """The sender or the network stopped."""
    return line[: dice.randrange(len(line) + 1)]


def insert(line: bytes, dice: random.Random) -> bytes:
    """A mark that means something to a reader, where it should not be."""
    place = dice.randrange(len(line) + 1)
    return line[:place] + dice.choice(_MARKS) * dice.choice((1, 1, 2, 7)) + line[place:]


def drop(line: bytes, dice: random.Random) -> bytes:
    """A few bytes are missing."""
    start = dice.randrange(len(line) + 1)
    return line[:start] + line[start + dice.randrange(20) :]


def repeat(line: bytes, dice: random.Random) -> bytes:
    """A piece many times over: keys doubled, groups nested, a quadratic pattern's food."""
    start = dice.randrange(len(line) + 1)
    piece = line[start : start + dice.choice((1, 3, 12, 40))]
    return line[:start] + piece * dice.choice((2, 2, 9, 9, 60, 300)) + line[start:]


def blow_up(line: bytes, dice: random.Random) -> bytes:
    """One value of 64 KB."""
    if dice.random() > _BIG_SHARE:
        return insert(line, dice)
    value = _somewhere(_VALUE, line, dice)
    if value is None:
        return line
    filler = dice.choice(_FILLERS)
    return line[: value.start(1)] + filler * (BIG // len(filler)) + line[value.end(1) :]


def other_type(line: bytes, dice: random.Random) -> bytes:
    """Another kind of value than the reader expects."""
    value = _somewhere(_TYPED, line, dice)
    if value is None:
        return line
    return line[: value.start(1)] + dice.choice(_OTHERS) + line[value.end(1) :]


def swap(line: bytes, dice: random.Random) -> bytes:
    """Two pieces change places: columns, keys, closing brackets."""
    one, two = sorted((dice.randrange(len(line) + 1), dice.randrange(len(line) + 1)))
    size = dice.randrange(1, 20)
    if two - one < size:
        return line
    first, second = line[one : one + size], line[two : two + size]
    return line[:one] + second + line[one + size : two] + first + line[two + size :]


def flip(data: bytes, dice: random.Random) -> bytes:
    """Single bits, as memory and lines do it."""
    broken = bytearray(data)
    for _ in range(dice.choice((1, 1, 3, 20)) if data else 0):
        broken[dice.randrange(len(broken))] ^= 1 << dice.randrange(8)
    return bytes(broken)


def extreme(data: bytes, dice: random.Random) -> bytes:
    """A number of one to eight bytes at its end of the scale: lengths, counts, kinds."""
    number = dice.choice(_EXTREMES)
    place = dice.randrange(len(data) + 1)
    return data[:place] + number + data[place + len(number) :]


TEXT: Sequence[Damage] = (cut, insert, drop, repeat, blow_up, other_type, swap)
BINARY: Sequence[Damage] = (cut, drop, flip, flip, extreme, extreme, repeat, swap)


def damaged(
    sample: bytes, dice: random.Random, *, damages: Sequence[Damage], other: bytes = b""
) -> bytes:
    """The sample with one to four damages; one case in ten goes on as `other`, from somewhere."""
    if other and dice.random() < 0.1:
        sample = sample[: dice.randrange(len(sample) + 1)] + other[dice.randrange(len(other) + 1) :]
    for _ in range(dice.choice((1, 1, 2, 4))):
        sample = dice.choice(damages)(sample, dice)
    return sample


def _somewhere(
    pattern: re.Pattern[bytes], line: bytes, dice: random.Random
) -> re.Match[bytes] | None:
    """A match behind a place of the dice's; not the list of all, which would cost more than the
    reading that follows."""
    return pattern.search(line, dice.randrange(len(line) + 1)) or pattern.search(line)
