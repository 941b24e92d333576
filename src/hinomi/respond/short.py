"""The SMS as it goes out: the text's own sixty characters and the company's 合言葉, no address.

The 合言葉 proves us to the company; nobody is ever asked for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.respond.slots import slot

if TYPE_CHECKING:
    from hinomi.respond.text import CustomerText

SMS_WHOLE = 70  # one character more makes it two messages, at twice the price
_LABEL = "合言葉："


def short_text(text: CustomerText, *, password: str, phone: str = "") -> str:
    """The SMS; where room is short the telephone number goes first: it stands in the contract."""
    said = text.sms or f"{text.level_word}：{text.title}"
    proof = f"{_LABEL}{slot(password)}" if slot(password) else ""
    without = said.removesuffix(slot(phone)) if phone else said
    fitting = (f"{body}{proof}" for body in (said, without) if len(body + proof) <= SMS_WHOLE)
    return next(fitting, said[:SMS_WHOLE])
