"""When two spellings of a company's name mean the same company: in Excel lists, in mails, on file.

「㈱青葉工務店」, 「株式会社 青葉工務店」 and 「青葉工務店（株）」 are one; 「有限会社青葉工務店」
is another company. Width, case, spaces, dots and hyphens do not count; everything else does.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

# Legal form → how it is written at either end of a name, after NFKC and case folding.
_FORMS: dict[str, tuple[str, ...]] = {
    "kabushiki": ("株式会社", "(株)", "co.,ltd.", "co.,ltd", "co., ltd.", "inc.", "k.k."),
    "yugen": ("有限会社", "(有)"),
    "godo": ("合同会社", "(同)", "llc"),
    "goshi": ("合資会社", "(資)"),
    "gomei": ("合名会社", "(名)"),
    "shadan": ("一般社団法人", "(一社)", "公益社団法人", "社団法人", "(社)"),
    "zaidan": ("一般財団法人", "(一財)", "公益財団法人", "財団法人", "(財)"),
    "iryo": ("医療法人社団", "医療法人財団", "医療法人", "(医)"),
    "fukushi": ("社会福祉法人", "(福)"),
    "gakko": ("学校法人", "(学)"),
    "npo": ("特定非営利活動法人", "npo法人"),
    "kumiai": ("協同組合", "(協)"),
}
_SPELLINGS = sorted(
    ((spelling, form) for form, spellings in _FORMS.items() for spelling in spellings),
    key=lambda pair: -len(pair[0]),
)
_SILENT = re.compile(r"[\s\-‐‑–—−・.,、。'\"“”‘’]+")


@dataclass(frozen=True, slots=True)
class CompanyName:
    """A name as it is compared: `base` without its legal form, `form` "" where none is written."""

    base: str
    form: str = ""

    def may_be(self, other: CompanyName) -> bool:
        """The same company, unless both write a legal form and it is not the same."""
        return self.base == other.base and (
            self.form == other.form or not self.form or not other.form
        )


def read_company_name(text: str) -> CompanyName:
    """The name as it is compared. `base` is "" for text that names no company at all."""
    plain = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    for spelling, form in _SPELLINGS:
        if plain.startswith(spelling) and plain != spelling:
            return CompanyName(_silenced(plain[len(spelling) :]), form)
        if plain.endswith(spelling) and plain != spelling:
            return CompanyName(_silenced(plain[: -len(spelling)]), form)
    return CompanyName(_silenced(plain))


def _silenced(text: str) -> str:
    return _SILENT.sub("", text)
