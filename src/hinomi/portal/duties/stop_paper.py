"""止めてよいもの as a paper for the wall: what was agreed, or a proposal to sign."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.timezone import localdate

from hinomi.pipeline.report.paper import Paper, Part, Table
from hinomi.portal.access.time import configuration
from hinomi.portal.consents.paper import day_words
from hinomi.portal.consents.queries import provider_of
from hinomi.portal.duties.stops import lines_of

if TYPE_CHECKING:
    from hinomi.business.stopping import StopLine
    from hinomi.portal.duties.models import StopSheet
    from hinomi.portal.organisations.models import Organisation

_HOW = (
    "「聞かずに止めてよい」と書いた時間のほかは、決める人に電話してから止めます。",
    "決める人に電話がつながらないときは、いないときに決める人に電話します。",
    "止めたものを元に戻すのは、人が確かめてからです。止めたことは、すべて記録します。",
)


def stop_paper(company: Organisation, sheet: StopSheet) -> Paper:
    """The sheet as it was agreed; without agreement it says 「案」 and has lines to sign."""
    is_agreed = sheet.agreed_at is not None
    rows = tuple(_row(each) for each in lines_of(sheet))
    head = ("機器・サービス", "止めると困ること", "聞かずに止めてよいか", "決める人", "いないとき")
    agreed: tuple[str, ...] = ()
    if sheet.agreed_at is not None:
        day = day_words(localdate(sheet.agreed_at))
        agreed = (f"{day}に、{sheet.agreed_name}さんが画面で同意しました。",)
    return Paper(
        title=f"{'' if is_agreed else '【案】'}止めてよいもの（第{sheet.place}版）",
        to=f"{company.name} 様",
        by=provider_of(company.id) or configuration().service_name,
        made=day_words(localdate(sheet.agreed_at or sheet.prepared_at)),
        warning="" if is_agreed else "案：会社の同意は、まだありません。",
        parts=(
            Part(title="使い方", points=_HOW),
            Part(title="止めてよいもの", table=Table(head, rows)),
            Part(title="同意", text=agreed or ("画面で同意するまで、この内容は使いません。",)),
        ),
    )


def _row(line: StopLine) -> tuple[str, ...]:
    alone = f"{line.alone.ja}（{line.hours_ja}）" if line.hours_ja else line.alone.ja
    deputy = f"{line.deputy}　{line.deputy_phone}" if line.deputy else "－"
    return (line.thing, line.cost, alone, f"{line.decider}　{line.phone}", deputy)
