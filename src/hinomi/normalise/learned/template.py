"""A sentence with slots: `ウイルス {threat} を {file_path:text} で駆除しました`.

Matched from left to right: a slot is found where it stands or runs to the next fixed text. Fixed
text may be tried at few places only (`_TRIES`), so that no template and no line can be slow.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from hinomi.core.errors import HinomiError
from hinomi.normalise.learned.slots import ANCHORED, SLOT_TYPES, TO_NEXT

LONGEST_TEMPLATE = 4_000
LONGEST_LINE = 16_384
_TRIES = 150
TRIES_PER_LINE = 1_500
_MOST_SLOTS = 60
_PIECE = re.compile(r"\{\{|\}\}|\{([^{}:]{1,80})(?::([a-z]{1,10}))?\}|[{}]")
_BLANKS = re.compile(r"[ \t\u3000]+")


class BadTemplate(HinomiError):
    """A template that cannot be used; the message says at which character."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A place whose text differs from line to line."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Fixed:
    """Text that stands in every line; a blank in it stands for any run of blanks."""

    text: str
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Template:
    """Fixed texts and slots in turn. Two slots never touch."""

    parts: tuple[Slot | Fixed, ...]
    words: tuple[str, ...]  # what must stand in a line at all: most other lines are told by this

    @property
    def names(self) -> tuple[str, ...]:
        """The slots' names, in order."""
        return tuple(part.name for part in self.parts if isinstance(part, Slot))

    def spans(
        self, text: str, *, left: list[int] | None = None
    ) -> list[tuple[str, int, int]] | None:
        """Name, start and end of each slot in the text; None when the template does not fit.

        `left` holds the tries that all templates together may still use on this line.
        """
        if len(text) > LONGEST_LINE or not all(word in text for word in self.words):
            return None
        found: list[tuple[str, int, int]] = []
        allowed = min(_TRIES, left[0]) if left else _TRIES
        tries = [allowed]
        fits = _fit(self.parts, 0, text, 0, found, tries)
        if left:
            left[0] -= allowed - max(tries[0], 0)
        return found if fits else None


@lru_cache(maxsize=4_096)
def read_template(text: str) -> Template:
    """Raises BadTemplate with the place of the first fault."""
    if len(text) > LONGEST_TEMPLATE:
        raise BadTemplate(f"The template is longer than {LONGEST_TEMPLATE:,} characters.")
    parts: list[Slot | Fixed] = []
    literal, place = "", 0
    for found in _PIECE.finditer(text):
        literal += text[place : found.start()]
        place = found.end()
        if found[0] in ("{{", "}}"):
            literal += found[0][0]
        elif found[1] is None:
            raise BadTemplate(f"A brace without its partner at character {found.start() + 1}.")
        else:
            _add(parts, literal, _slot(found), at=found.start() + 1)
            literal = ""
    literal += text[place:]
    if literal:
        parts.append(_fixed(literal))
    if sum(isinstance(part, Slot) for part in parts) > _MOST_SLOTS:
        raise BadTemplate(f"A template holds at most {_MOST_SLOTS} slots.")
    if not any(isinstance(part, Fixed) and part.text.strip() for part in parts):
        raise BadTemplate("A template needs fixed text; this one would fit every line.")
    fixed = [part.text.split() for part in parts if isinstance(part, Fixed)]
    return Template(tuple(parts), tuple(max(words, key=len) for words in fixed if words))


def escaped(literal: str) -> str:
    """Text as it is written inside a template."""
    return literal.replace("{", "{{").replace("}", "}}")


def _slot(found: re.Match[str]) -> Slot:
    kind = found[2] or "text"
    if kind not in SLOT_TYPES:
        known = ", ".join(SLOT_TYPES)
        raise BadTemplate(f"{kind!r} is no kind of slot (character {found.start() + 1}).",
                          advice=f"One of: {known}.")  # fmt: skip
    return Slot(found[1].strip(), kind)


def _add(parts: list[Slot | Fixed], literal: str, slot: Slot, *, at: int) -> None:
    if literal:
        parts.append(_fixed(literal))
    elif parts:
        raise BadTemplate(f"Two slots touch at character {at}; put the text between them.")
    if slot.name in (part.name for part in parts if isinstance(part, Slot)):
        raise BadTemplate(f"The name {slot.name!r} stands twice (character {at}).")
    parts.append(slot)


def _fixed(literal: str) -> Fixed:
    words = [re.escape(word) for word in _BLANKS.split(literal)]
    return Fixed(literal, re.compile(r"[ \t\u3000]{1,32}+".join(words)))


def _fit(
    parts: tuple[Slot | Fixed, ...],
    index: int,
    text: str,
    place: int,
    found: list[tuple[str, int, int]],
    tries: list[int],
) -> bool:
    """Fit `parts[index:]` at `place`; `tries` is what is left of the budget of this line."""
    tries[0] -= 1
    if tries[0] < 0:
        return False
    if index == len(parts):
        return not text[place:].strip()
    part = parts[index]
    if isinstance(part, Fixed):
        here = part.pattern.match(text, place)
        return here is not None and _fit(parts, index + 1, text, here.end(), found, tries)
    if anchored := ANCHORED.get(part.type):
        here = anchored.match(text, place)
        return here is not None and _take(parts, index, text, (place, here.end()), found, tries)
    for end in _ends(parts, index, text, place):
        if TO_NEXT[part.type].fullmatch(text, place, end) is None:
            return False  # a longer stretch would hold what is wrong with this one
        if _take(parts, index, text, (place, end), found, tries):
            return True
        if tries[0] < 0:
            return False
    return False


def _take(
    parts: tuple[Slot | Fixed, ...],
    index: int,
    text: str,
    span: tuple[int, int],
    found: list[tuple[str, int, int]],
    tries: list[int],
) -> bool:
    slot = parts[index]
    assert isinstance(slot, Slot)
    found.append((slot.name, *span))
    if _fit(parts, index + 1, text, span[1], found, tries):
        return True
    found.pop()
    return False


def _ends(parts: tuple[Slot | Fixed, ...], index: int, text: str, place: int) -> list[int]:
    """Where a slot that runs to the next fixed text may end, nearest first."""
    if index + 1 == len(parts):
        return [len(text.rstrip())] if len(text.rstrip()) >= place else []
    after = parts[index + 1]
    assert isinstance(after, Fixed)
    return [
        hit.start() for hit, _ in zip(after.pattern.finditer(text, place), range(8), strict=False)
    ]
