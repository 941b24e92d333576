"""Text that an old Japanese mail program or a FAX gateway can show: only letters of ISO-2022-JP.

What that set lacks is written with letters it has (① → (1), 髙 → 高, ～ → 〜); what has no such
writing becomes 〓, which Japanese readers know as "a letter is missing here".
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

CHARSET = "iso-2022-jp"
MISSING = "〓"

# Unicode has two code points for some letters of JIS X 0208; Python's codec takes the other one.
_TWINS = {
    "～": "〜", "－": "−", "∥": "‖", "￠": "¢", "￡": "£", "￢": "¬", "—": "―", "￤": "｜",
    "–": "−", "‑": "‐", "•": "・", "‣": "・", "⁃": "・", "«": "≪", "»": "≫", "©": "(C)",
    "®": "(R)", "€": "ユーロ", "⚠": "！", "✓": "レ", "✔": "レ", "☑": "■", "☐": "□", "✕": "×",
    "✖": "×", "❌": "×",
}  # fmt: skip
# Family names and places: letters in daily use that the set lacks, and how they are written there.
_OLD_FORMS = {
    "髙": "高", "﨑": "崎", "𠮷": "吉", "濵": "浜", "德": "徳", "栁": "柳", "瀨": "瀬", "增": "増",
    "寬": "寛", "橫": "横", "淸": "清", "靑": "青", "郞": "郎", "黑": "黒", "緖": "緒", "敎": "教",
    "賴": "頼", "槪": "概", "彅": "弓前刀", "﨟": "臈", "𥔎": "碕", "昻": "昂", "﨔": "欅",
}  # fmt: skip
_HALF_WIDTH = re.compile("[\uff61-\uff9f]+")  # a run at once: ｶﾞ is two letters and one sound


def old_letters(text: str) -> str:
    """The text in letters of ISO-2022-JP; line breaks and tabs stay."""
    # First: a letter and its accent or dakuten that came apart belong together.
    whole = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    whole = _HALF_WIDTH.sub(lambda run: unicodedata.normalize("NFKC", run[0]), whole)
    return "".join(_letter(each) for each in whole)


def can_encode(text: str) -> bool:
    """True when every letter is one of the set."""
    try:
        text.encode(CHARSET)
    except UnicodeEncodeError:
        return False
    return True


@lru_cache(maxsize=8192)
def _letter(letter: str) -> str:
    if letter in "\n\t":
        return letter
    if unicodedata.category(letter) in ("Cc", "Cf") or _is_selector(letter):
        return ""  # controls (ESC would switch the set), joiners, variation selectors
    if can_encode(letter):
        return letter
    for written in (_TWINS.get(letter), _OLD_FORMS.get(letter), _plain_form(letter)):
        if written is not None and can_encode(written):
            return written
    return MISSING


def _plain_form(letter: str) -> str | None:
    """① → (1), ㈱ → (株), ｶ → カ, é → e; None when that gives nothing."""
    digit = unicodedata.digit(letter, None)
    if digit is not None and not letter.isdecimal():
        return f"({digit})"
    plain = unicodedata.normalize("NFKC", letter)
    if unicodedata.category(letter) == "No" and plain.isdecimal():
        return f"({plain})"
    written = "".join(_TWINS.get(each, each) for each in plain)
    if written != letter and can_encode(written):
        return written
    bare = "".join(
        each for each in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(each)
    )
    return bare or None


def _is_selector(letter: str) -> bool:
    point = ord(letter)
    return 0xFE00 <= point <= 0xFE0F or 0xE0100 <= point <= 0xE01EF
