"""How what stands in mails is compared: one key for spellings that mean the same."""

from __future__ import annotations

import unicodedata

from hinomi.core.company_names import read_company_name
from hinomi.core.mail import ClaimKind

LONGEST_VALUE = 300
MAIL_KIND, BY_MAIL = "mail", "メールで届く知らせ"  # a company's source for all that comes by mail


def key_of(kind: str, value: str) -> str:
    """Tenants as names of companies, everything else without width, case and spaces."""
    if kind == ClaimKind.TENANT:
        name = read_company_name(value)
        return f"{name.form}|{name.base}"[:LONGEST_VALUE]
    plain = unicodedata.normalize("NFKC", value).casefold()
    return "".join(plain.split())[:LONGEST_VALUE]
