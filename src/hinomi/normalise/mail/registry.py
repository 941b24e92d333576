"""Which mail formats there are, in the order they are tried; the reader of anything comes last."""

from __future__ import annotations

import importlib
from functools import cache
from typing import TYPE_CHECKING

from hinomi.core.errors import UsageError
from hinomi.normalise.mail.shape import MailFormat

if TYPE_CHECKING:
    from hinomi.normalise.mail.message import Letter

GENERIC = MailFormat(
    name="generic", title_ja="その他のメール", title_en="Any other mail", judges=False
)
_NAMES = (
    "fortigate", "sophos", "eset", "withsecure", "trend_micro", "yarai", "saxa", "defender",
    "utm_report", "security_alert",
)  # fmt: skip


@cache
def all_mail_formats() -> tuple[MailFormat, ...]:
    """Every format but the generic one."""
    return tuple(
        importlib.import_module(f"hinomi.normalise.mail.formats.{name}").FORMAT for name in _NAMES
    )


def mail_format_named(name: str) -> MailFormat:
    """A format by its name; "generic" is the reader of anything."""
    if name == GENERIC.name:
        return GENERIC
    for form in all_mail_formats():
        if form.name == name:
            return form
    known = ", ".join(form.name for form in all_mail_formats())
    raise UsageError(f"No mail format is called {name!r}.", advice=f"One of: auto, {known}")


def is_mail_format(name: str) -> bool:
    """Whether the name means one of ours (not "auto", "ignore" or a learned one)."""
    return name == GENERIC.name or any(form.name == name for form in all_mail_formats())


def format_of_letter(letter: Letter) -> MailFormat:
    """The first whose marks the mail bears."""
    return next((form for form in all_mail_formats() if form.applies(letter)), GENERIC)
