"""Telephone numbers and mail addresses as people write them: read, refused with a reason, compared.

Only the shape is judged here; whether somebody answers there is proved by a code.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_EXTENSION = re.compile(r"(?:内線|ext\.?|x|#|;)\s*:?\s*(\d{1,6})\s*$", re.IGNORECASE)
_BETWEEN = str.maketrans("", "", " -‐‑‒–—―−ーｰ－()[]./\u3000\t")
# Short numbers of police, fire brigade, time, weather …: a machine must never call them.
_EMERGENCY = frozenset({"110", "118", "119", "171"})
_MOBILE = ("060", "070", "080", "090")
_ELEVEN = (*_MOBILE, "050", "0800")
_WEBMAIL = frozenset(
    (
        *("gmail.com", "googlemail.com", "yahoo.co.jp", "ymail.ne.jp", "outlook.com"),
        *("outlook.jp", "hotmail.com", "hotmail.co.jp", "live.jp", "icloud.com", "me.com"),
        *("docomo.ne.jp", "ezweb.ne.jp", "au.com", "softbank.ne.jp", "i.softbank.jp"),
        *("ymobile.ne.jp", "rakuten.jp", "nifty.com", "biglobe.ne.jp", "ocn.ne.jp"),
    )
)
_DOTLESS = frozenset({"gmail.com", "googlemail.com"})


class NotAPhone(ValueError):
    """The number cannot be used; `words_ja` says why and what to do, for the person who typed."""

    def __init__(self, words_ja: str) -> None:
        super().__init__(words_ja)
        self.words_ja = words_ja


@dataclass(frozen=True, slots=True)
class Phone:
    """A number in Japan: digits with the leading 0, and the extension to ask for ("" for none)."""

    digits: str
    extension: str = ""

    @property
    def is_mobile(self) -> bool:
        """True where a short message can arrive."""
        return self.digits.startswith(_MOBILE)

    @property
    def written(self) -> str:
        """One way of writing for one number: `09012345678`, `0312345678 内線12`."""
        return f"{self.digits} 内線{self.extension}" if self.extension else self.digits


def read_phone(text: str) -> Phone:
    """The number in `text`, written in any usual way. Raises NotAPhone."""
    plain = unicodedata.normalize("NFKC", text).strip()
    found = _EXTENSION.search(plain)
    if found:
        plain = plain[: found.start()]
    digits = _national(plain)
    _refuse(digits)
    return Phone(digits, found[1] if found else "")


def _national(text: str) -> str:
    bare = text.replace("(0)", "").translate(_BETWEEN)
    for prefix in ("+81", "01081", "0081"):
        if bare.startswith(prefix):
            return "0" + bare.removeprefix(prefix).removeprefix("0")
    if bare.startswith("+"):
        raise NotAPhone("海外の番号は登録できません。日本の番号を入力してください。")
    if not bare.isascii() or not bare.isdigit():
        raise NotAPhone("電話番号は数字で入力してください。例：03-1234-5678")
    return bare


def _refuse(digits: str) -> None:
    if digits in _EMERGENCY:
        raise NotAPhone(
            f"{digits}は緊急の番号なので、登録できません。会社か担当の人の番号を入力してください。"
        )
    if digits.startswith("0990"):
        raise NotAPhone("0990から始まる番号は、情報料がかかるので登録できません。")
    if digits.startswith("0570"):
        raise NotAPhone(
            "0570から始まる番号には、つながらないことがあります。別の番号を入力してください。"
        )
    if digits.startswith("020"):
        raise NotAPhone("020から始まる番号には電話できません。別の番号を入力してください。")
    if not re.fullmatch(r"0[1-9]\d+", digits):
        raise NotAPhone("0から始まる番号を、市外局番から入力してください。例：03-1234-5678")
    length = 11 if digits.startswith(_ELEVEN) else 10
    if len(digits) != length:
        raise NotAPhone(f"番号は{length}けたです。数字が足りているか、確かめてください。")


def phone_key(text: str) -> str:
    """What two ways of writing the same telephone have in common; an extension does not part them.
    Never fails: what a machine reported may be no number at all."""
    plain = unicodedata.normalize("NFKC", text)
    found = _EXTENSION.search(plain)
    kept = re.sub(r"[^\d+]", "", (plain[: found.start()] if found else plain).replace("(0)", ""))
    for prefix in ("+81", "01081", "0081"):
        if kept.startswith(prefix):
            return "0" + kept.removeprefix(prefix).removeprefix("0")
    if re.fullmatch(r"81[1-9]\d{8,9}", kept):
        return "0" + kept[2:]
    return kept


def mail_key(text: str) -> str:
    """What two ways of writing the same mailbox have in common: no case, no +tag, no name."""
    plain = unicodedata.normalize("NFKC", text).strip().casefold()
    inside = re.search(r"<([^<>]+)>", plain)
    plain = (inside[1] if inside else plain).removeprefix("mailto:").strip()
    local, at, domain = plain.rpartition("@")
    if not at:
        return plain
    local, domain = local.partition("+")[0], domain.strip(".")
    if domain in _DOTLESS:
        local, domain = local.replace(".", ""), "gmail.com"
    return f"{local}@{domain}"


def own_domain(mail: str) -> str:
    """The domain of a mailbox when it is the company's own; "" for a mail service of everybody."""
    domain = mail_key(mail).rpartition("@")[2]
    return "" if domain in _WEBMAIL else domain


def device_key(text: str) -> str:
    """What `AOBA\\KEIRI-2$`, `keiri-2.aoba.local` and 「Keiri-2」 have in common."""
    plain = unicodedata.normalize("NFKC", text).strip().casefold()
    plain = plain.rpartition("\\")[2].rstrip("$.")
    if re.fullmatch(r"[\d.]+|[0-9a-f:]+", plain):  # an address is no name
        return plain
    return plain.partition(".")[0].strip()
