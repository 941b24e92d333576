"""Taking a copy of the trail away is itself an act in it."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.db import transaction

from hinomi.portal.access import audit
from hinomi.portal.trails.queries import MOST_IN_A_FILE, chosen, row_of

if TYPE_CHECKING:
    from hinomi.portal.access.scope import Scope
    from hinomi.portal.accounts.models import User
    from hinomi.portal.trails.queries import Question

_JAPAN = ZoneInfo("Asia/Tokyo")
_HEADINGS = (
    "番号",
    "日時（日本時間）",
    "だれが",
    "メールアドレス",
    "何を",
    "お客様",
    "くわしく",
    "符号",
)
# A cell that begins so is a formula to Excel; the quote makes it text.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@transaction.atomic
def export(*, scope: Scope, question: Question, firm_id: str, user: User) -> str:
    """The found entries as CSV, newest first, at most `MOST_IN_A_FILE`; noted in the trail."""
    file = io.StringIO()
    file.write("\ufeff")  # Excel takes UTF-8 for Shift_JIS without it
    writer = csv.writer(file)
    writer.writerow(_HEADINGS)
    number = 0
    for entry in chosen(scope, question)[:MOST_IN_A_FILE].iterator():
        row = row_of(entry)
        at = row.at.astimezone(_JAPAN).isoformat(timespec="seconds")
        cells = (str(row.place), at, row.who, row.mail, row.what, row.company, row.detail, row.code)
        writer.writerow([_as_text(cell) for cell in cells])
        number += 1
    audit.record(what="audit:entry:export", user_id=user.pk, firm_id=firm_id, rows=number)
    return file.getvalue()


def _as_text(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
