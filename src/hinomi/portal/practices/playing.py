"""Playing a case: which step comes next, what was said so far, and the marks. Pure."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from hinomi.business.rehearsing import Mark, Weighs, in_order
from hinomi.portal.practices.library import MOST
from hinomi.respond.check import texts_check

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hinomi.portal.practices.library import Case, CaseStep, Choice

WORDS_MOST = 600  # characters of free words
_FAULT_COSTS = 3.0
_PROMISE_RULE = "約束の時刻"
_PROMISE_MOST = 5.0


@dataclass(frozen=True, slots=True)
class Heard:
    """One turn of the talk: what was heard, what was asked or said then, and what came back."""

    before: str
    said: str
    reply: str


@dataclass(frozen=True, slots=True)
class Next:
    """The step at hand with the buttons that are left; none: a few sentences are written."""

    step: CaseStep
    choices: tuple[Choice, ...]
    number: int
    of: int

    @property
    def is_first_of_step(self) -> bool:
        """True when nothing of this step was answered yet."""
        return len(self.choices) == len(self.step.choices)


def following(case: Case, answers: Sequence[str], *, seed: str) -> Next | None:
    """The step after these answers; None at the end. `seed` mixes the buttons, so that the right
    one does not stand where it stood last time."""
    left = list(answers)
    for number, step in enumerate(case.steps, start=1):
        given, left = left[: step.answers], left[step.answers :]
        if len(given) < step.answers:
            open_ones = [each for each in step.choices if each.key not in given]
            mixed = sorted(open_ones, key=lambda each: _mixed(seed, step, each))
            return Next(step, tuple(mixed), number, len(case.steps))
    return None


def clean(text: str) -> str:
    """Typed words without control characters: they are shown, and only shown."""
    return "".join(each for each in text if each == "\n" or each.isprintable()).strip()


def accepts(case: Case, answers: Sequence[str], answer: str) -> bool:
    """Whether this is an answer to the step at hand."""
    step = following(case, answers, seed="")
    if step is None:
        return False
    if step.step.wanted:
        return 0 < len(answer) <= WORDS_MOST
    return answer in {each.key for each in step.choices}


def heard(case: Case, answers: Sequence[str]) -> list[Heard]:
    """The talk so far."""
    found = []
    for step, given in _parts(case, answers):
        words = {each.key: each for each in step.choices}
        for at, answer in enumerate(given):
            before, chosen = "" if at else step.says, words.get(answer)
            reply = chosen.reply if chosen else ""
            found.append(Heard(before, chosen.text if chosen else answer, reply))
    return found


def marks(case: Case, answers: Sequence[str]) -> list[Mark]:
    """What every step was worth, with the reason."""
    return [mark for step, given in _parts(case, answers) for mark in _marks(step, given)]


def _parts(case: Case, answers: Sequence[str]) -> Iterator[tuple[CaseStep, list[str]]]:
    left = list(answers)
    for step in case.steps:
        given, left = left[: step.answers], left[step.answers :]
        yield step, given


def _marks(step: CaseStep, given: list[str]) -> Iterator[Mark]:
    words = {each.key: each for each in step.choices}
    if step.right:
        said = " → ".join(words[key].text for key in given)
        yield Mark(step.weighs, MOST * in_order(given, step.right), MOST, said, step.why)
    elif step.wanted:
        yield from _words(step, given[0] if given else "")
    elif given:
        chosen = words[given[0]]
        yield Mark(step.weighs, chosen.points, MOST, chosen.text, chosen.why, chosen.is_grave)


def _words(step: CaseStep, text: str) -> Iterator[Mark]:
    """The words check judges the free words as it judges what goes out to customers."""
    plain = unicodedata.normalize("NFKC", text)
    faults = texts_check(text)
    missing = [
        each.why
        for each in step.wanted
        if not any(unicodedata.normalize("NFKC", word) in plain for word in each.any_of)
    ]
    bad = [fault for fault in faults if fault.rule != _PROMISE_RULE]
    points = MOST - len(missing) * MOST / len(step.wanted) - len(bad) * _FAULT_COSTS
    why = "\n".join(
        [*(str(fault) for fault in bad), *(f"足りないこと：{each}" for each in missing)]
    )
    yield Mark(Weighs.WORDS, max(0.0, points), MOST, text, why or "伝えることが、そろっています。")
    promised = [fault for fault in faults if fault.rule == _PROMISE_RULE]
    told = "\n".join(str(fault) for fault in promised) or "予約のない時刻を、約束していません。"
    kept = 0.0 if promised else _PROMISE_MOST
    yield Mark(Weighs.PROMISE, kept, _PROMISE_MOST, text, told)


def _mixed(seed: str, step: CaseStep, choice: Choice) -> str:
    return sha256(f"{seed}\0{step.ask}\0{choice.key}".encode()).hexdigest()
