"""What an expression can cost: whether it may hang, and how its time grows with the text."""

from __future__ import annotations

import math

from hinomi.detect.regex_shape import (
    Aside,
    Choice,
    One,
    Repeat,
    Row,
    Shape,
    first,
    is_nullable,
    kinds_of,
)

_ENDLESS = 100  # a loop that ends earlier only makes it slower by a constant
_LOOPS = 8  # a body repeated more often than this counts as a loop


def hangs(shape: Shape, *, after: frozenset[int], times: int) -> bool:
    """Whether a loop in it is ambiguous. `after` is what may follow within the enclosing loop,
    `times` how often all around it may repeat it."""
    if isinstance(shape, Row):
        for index, part in enumerate(shape.parts):
            rest = Row(shape.parts[index + 1 :])
            following = first(rest) | (after if is_nullable(rest) else frozenset())
            if hangs(part, after=following, times=times):
                return True
        return False
    if isinstance(shape, Choice):
        if times > _LOOPS and is_nullable(shape) and first(shape) & after:
            return True
        if times > _LOOPS and sum(map(is_nullable, shape.parts)) > 1:
            return True  # `(a|a)*`, which Python reads as `(a(?:|))*`
        seen: frozenset[int] = frozenset()
        for part in shape.parts:
            if (times > _LOOPS and seen & first(part)) or hangs(part, after=after, times=times):
                return True
            seen |= first(part)
        return False
    if isinstance(shape, Repeat):
        if times > _LOOPS and shape.least != shape.most and first(shape.part) & after:
            return True
        return _loop_hangs(shape, after=after, times=times)
    return isinstance(shape, Aside) and hangs(shape.part, after=frozenset(), times=times)


def _loop_hangs(loop: Repeat, *, after: frozenset[int], times: int) -> bool:
    inside = times if isinstance(loop.part, One) else min(times * max(loop.most, 1), _LOOPS + 1)
    if inside > max(times, _LOOPS) and is_nullable(loop.part):
        return True
    # What follows the outermost loop makes it slower by a power, not endless: it does not count.
    around = after if times > _LOOPS else frozenset()
    around |= first(loop.part) if loop.most > 1 else frozenset()
    return hangs(loop.part, after=around, times=inside)


def powers_of(shape: Shape) -> int:
    """How many endless loops can share one run of the same character between them."""
    return max(_chain(shape, character, 0)[0] for character in kinds_of(shape))


def _chain(shape: Shape, character: int, before: int) -> tuple[int, int]:
    """(longest chain so far, chain at the end) when the text is only this character."""
    if isinstance(shape, One):
        return before, before if character in shape.characters else 0
    if isinstance(shape, Row):
        longest = before
        for part in shape.parts:
            found, before = _chain(part, character, before)
            longest = max(longest, found)
        return longest, before
    if isinstance(shape, Choice):
        chains = [_chain(part, character, before) for part in shape.parts]
        return max(found for found, _ in chains), max(after for _, after in chains)
    found, after = _chain(shape.part, character, before)
    if isinstance(shape, Aside):
        return found, before
    if shape.most > _ENDLESS and character in first(shape.part):
        return max(found, before + 1), before + 1
    return found, max(before, after) if shape.least == 0 else after


def has_loop_of_groups(shape: Shape) -> bool:
    """Whether an endless loop goes round more than one plain character."""
    if isinstance(shape, Repeat):
        part = shape.part
        is_plain = isinstance(part, Row) and [*map(type, part.parts)] == [One]
        return (shape.most > _ENDLESS and not is_plain) or has_loop_of_groups(part)
    if isinstance(shape, Aside):
        return has_loop_of_groups(shape.part)
    parts = shape.parts if isinstance(shape, (Row, Choice)) else ()
    return any(map(has_loop_of_groups, parts))


def ways_of(shape: Shape) -> float:
    """In how many ways bounded loops can share one run of the same character: its decimal power."""
    return max(_ways(shape, character, 0.0)[0] for character in kinds_of(shape))


def _ways(shape: Shape, character: int, before: float) -> tuple[float, float]:
    """(most ways so far, ways at the end) when the text is only this character."""
    if isinstance(shape, One):
        return before, before if character in shape.characters else 0.0
    if isinstance(shape, Row):
        most = before
        for part in shape.parts:
            found, before = _ways(part, character, before)
            most = max(most, found)
        return most, before
    if isinstance(shape, Choice):
        beginning = sum(character in first(part) for part in shape.parts)
        chosen = before + math.log10(max(beginning, 1))
        each = [_ways(part, character, chosen) for part in shape.parts]
        return max(most for most, _ in each), max(after for _, after in each)
    most, after = _ways(shape.part, character, 0.0)
    if isinstance(shape, Aside):
        return max(before, most), before
    if character not in first(shape.part):
        return max(before, most), before if shape.least == 0 else after
    endless = shape.most > _ENDLESS  # powers_of counts these
    gained = 0.0 if endless else after * shape.most + math.log10(shape.most - shape.least + 1)
    return max(before + gained, most), before + gained
