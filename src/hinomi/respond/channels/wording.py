"""Text on its way out: controls and broken letters are taken out, lengths kept, links seen.

What a message says may hold names that an attacker chose; here they become letters and nothing
else, whatever the next hop does with them.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from hinomi.respond.channels.channel import ChannelError

if TYPE_CHECKING:
    from hinomi.respond.channels.channel import Message

SMS_MOST = 70  # UTF-16 units: one more makes two messages of one, at twice the price
_KEPT = "\n\t"
_LINK = re.compile(
    r"://|www\.|[a-z0-9][a-z0-9-]{0,62}\.(?:com|net|org|jp|info|biz|io|co|me|ly|gl|app|dev|page|link"
    r"|site|xyz|top|shop|online|club|cn|ru|tk|example)(?![a-z0-9])",
    re.IGNORECASE,
)


def clean_lines(text: str, *, limit: int = 20_000) -> str:
    """The text without controls, invisible switches and halves of letters; line breaks stay."""
    whole = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(each for each in whole if each in _KEPT or _is_letter(each))
    return kept if len(kept) <= limit else kept[: limit - 1].rstrip() + "…"


def one_line(text: str, *, limit: int) -> str:
    """As `clean_lines`, on one line."""
    return clean_lines(" ".join(clean_lines(text, limit=limit * 4).split()), limit=limit)


def short_text(text: str) -> str:
    """What goes out as SMS. Raises ChannelError: too long, empty, or with a link. A link in an SMS
    is what criminals send; ours never hold one, so that people may distrust every SMS with one."""
    said = one_line(text.replace("\xa0", " "), limit=4_000)  # one such space costs a second SMS
    if not said:
        raise ChannelError("The message has no short text for SMS.", permanent=True)
    if _LINK.search(unicodedata.normalize("NFKC", said)):
        raise ChannelError(
            "The short text holds a link; SMS of ours never do.",
            permanent=True,
            advice="Name the telephone number or the reference number instead.",
        )
    if utf16_units(said) > SMS_MOST:
        raise ChannelError(
            f"The short text has {utf16_units(said)} letters; an SMS holds {SMS_MOST}.",
            permanent=True,
            advice="Shorten the text.",
        )
    return said


def utf16_units(text: str) -> int:
    """How carriers count letters: an emoji is two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _is_letter(letter: str) -> bool:
    # Cf stays out but for the joiners that hold an emoji together: bidi switches turn lines around.
    return unicodedata.category(letter)[0] != "C" or letter in "\u200d"


def chat_text(message: Message, *, limit: int) -> str:
    """What a chat shows: the short text where there is one, else the whole."""
    if message.text_short.strip():
        return clean_lines(message.text_short, limit=limit)
    return clean_lines(f"{message.subject}\n\n{message.body_text}", limit=limit)


def spoken_text(message: Message) -> str:
    """What a call reads. Raises ChannelError when there is nothing to read."""
    said = one_line(message.spoken or message.text_short, limit=1_200)
    if not said:
        raise ChannelError("The message has nothing that a call could read.", permanent=True)
    return said
