"""What our automatic call says: the same words as the page, to be heard once and acted on.

Only what fits a minute: who calls, how urgent, what to do, 受付番号 digit by digit, which key. The
keys stand for the page's own buttons, so that a call and a page give the same answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import yaml

from hinomi.core.errors import HinomiError, Place
from hinomi.respond.slots import fill, marked, slot, unmarked
from hinomi.respond.text import HELP_CHOICE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.respond.text import CustomerText

KEY_DONE, KEY_HELP, KEY_AGAIN = "1", "2", "3"
_DIGITS_READ = "ゼロ イチ ニ サン ヨン ゴ ロク ナナ ハチ キュウ"
_LETTERS_READ = (
    "エー ビー シー ディー イー エフ ジー エイチ アイ ジェー ケー エル エム エヌ オー ピー キュー"
    " アール エス ティー ユー ブイ ダブリュー エックス ワイ ゼット"
)
_READ = dict(zip("0123456789", _DIGITS_READ.split(" "), strict=True)) | dict(
    zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", _LETTERS_READ.split(" "), strict=True)
)
_WORDS = frozenset({"version", "lead", "about", "steps", "number", "keys", "password", "after"})


@dataclass(frozen=True, slots=True)
class Booked:
    """A promised call: a booked duty slot, in words."""

    time: str
    person: str
    phone: str = ""


def speech(text: CustomerText, *, service_name: str, mark_slots: bool = False) -> str:
    """The call, one sentence a line."""
    words = _words()
    number = unmarked(text.number).removeprefix("受付番号").strip()
    values = {
        "service_name": slot(service_name),
        "level": text.level_word,
        "number_read": read_one_by_one(number),
        "label": text.buttons[0].label,
    }
    if mark_slots:
        values = {key: marked(value) for key, value in values.items() if value}
    lines = [words["lead"], words["about"]]
    said = [line for each in lines if (line := fill(str(each), values))]
    said.append(_sentence(text.title))
    for place, step in zip(_list(words["steps"]), text.steps, strict=False):
        said += [place, step]
    said += [_sentence(line) for line in text.donts[:1]]
    keys = _list(words["keys"])
    own = keys if _has_own_button(text) else keys[1:]
    closing = [str(words["number"]), *own, str(words["password"])]
    return "\n".join(said + [line for each in closing if (line := fill(each, values))])


def choice_of(key: str, *, text: CustomerText) -> str:
    """The button that a key stands for; "" for a key that is no answer."""
    if key == KEY_HELP:
        return HELP_CHOICE
    return text.buttons[0].choice if key == KEY_DONE and _has_own_button(text) else ""


def after_key(choice: str, *, label: str, booked: Booked | None = None) -> str:
    """What the call says when the answer was stored. A time is named only where it is booked."""
    after = _after()
    said = _list(after["help" if choice == HELP_CHOICE else "done"])
    values = {"label": label}
    if booked is not None:
        said += _list(after["booked"])
        values |= {"time": slot(booked.time), "person": slot(booked.person)}
        if booked.phone:
            said.append(str(after["number"]))
            values["phone_read"] = read_one_by_one(booked.phone)
    return "\n".join(line for each in said if (line := fill(each, values)))


def after_closed() -> str:
    """What the call says when there is nothing to answer any more."""
    return "\n".join(_list(_after()["closed"]))


def proved(*, is_done: bool) -> str:
    """What a call that proves a number says after the key."""
    return "\n".join(_list(_after()["proved" if is_done else "not_proved"]))


def practised() -> str:
    """What a call of an exercise (訓練) says after the key."""
    return "\n".join(_list(_after()["practised"]))


def read_one_by_one(value: str) -> str:
    """「K-2041」 → 「ケー、ニ、ゼロ、ヨン、イチ」: heard once, it must be written down right."""
    spoken = (_READ.get(letter, "") for letter in value.upper())
    return "、".join(each for each in spoken if each)


def _has_own_button(text: CustomerText) -> bool:
    return text.buttons[0].choice != HELP_CHOICE


def _sentence(line: str) -> str:
    return line if line.endswith("。") else f"{line}。"


def _list(node: object) -> list[str]:
    return [str(each) for each in node] if isinstance(node, list) else []


def _after() -> Mapping[str, object]:
    after = _words()["after"]
    return after if isinstance(after, dict) else {}


@cache
def _words() -> Mapping[str, object]:
    name = "calls/call.yml"
    body = yaml.safe_load((files("hinomi.respond") / name).read_text(encoding="utf-8"))
    if isinstance(body, dict) and set(body) == _WORDS:
        return body
    raise HinomiError(f"The call must have exactly {', '.join(sorted(_WORDS))}.", place=Place(name))
