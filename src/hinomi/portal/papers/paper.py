"""A paper of a case: what people wrote in its fields, the rest from the facts of the case."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.timezone import localdate

from hinomi.pipeline.report.paper import Paper, Part, Table
from hinomi.portal.access.time import configuration, now
from hinomi.portal.consents.paper import day_words
from hinomi.portal.consents.queries import provider_of
from hinomi.portal.incidents.models import Answer, TimelineEntry
from hinomi.portal.incidents.wording import text_of
from hinomi.portal.papers.evidence import pieces
from hinomi.portal.papers.kinds import kind_of
from hinomi.portal.papers.queries import clocks, recognitions
from hinomi.portal.ui.moments import stamp
from hinomi.triage.answers import CHOICE_WORDS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hinomi.portal.incidents.models import Incident
    from hinomi.portal.papers.kinds import Written
    from hinomi.portal.papers.models import Draft

DRAFT = "案：まだ確定していません。"
_EMPTY = "（まだ書いていません）"
_EVIDENCE_MOST = 100  # lines on paper; the file of evidence has all


def paper(name: str, incident: Incident, draft: Draft | None) -> Paper:
    """The paper as it stands now. What nobody settled says 「案」 on top and in the title."""
    kind = kind_of(name)
    is_settled = draft is not None and draft.settled_at is not None
    said = draft.fields if draft else {}
    return Paper(
        title=f"{'' if is_settled else '【案】'}{kind.title}",
        to="お取引先 各位" if name == "partner" else f"{incident.organisation.name} 様",
        by=incident.organisation.name if name == "partner" else _provider(incident),
        made=f"{day_words(localdate(now()))}　受付番号 {incident.number}",
        warning="" if is_settled else DRAFT,
        parts=tuple(_part(each, said, incident) for each in kind.parts),
    )


def _provider(incident: Incident) -> str:
    return provider_of(incident.organisation_id) or configuration().service_name


def _part(written: Written, said: dict[str, str], incident: Incident) -> Part:
    filled = _FILLS[written.fill](incident) if written.fill else Part()
    lines: list[str] = []
    for field in written.fields:
        value = said.get(field.name, "").strip() or _EMPTY
        lines += [f"【{field.label}】", *(line for line in value.splitlines() if line.strip())]
    return Part(
        title=written.title,
        text=(*written.text, *filled.text, *lines),
        points=written.points,
        table=filled.table,
    )


def _happened(incident: Incident) -> Part:
    text = text_of(incident)
    return Part(text=(text.title, *text.what))


def _times(incident: Incident) -> Part:
    rows = [
        ("はじめの記録", stamp(incident.first_event_at)),
        ("さいごの記録", stamp(incident.last_event_at)),
        ("受け付け", stamp(incident.opened_at)),
    ]
    rows += [(f"知った時刻（{row.known_by}）", stamp(row.at)) for row in recognitions(incident)[:1]]
    for each in clocks(incident, now()):
        handed = f"{stamp(each.delivery.at)}に提出" if each.delivery else ""
        last = f"{day_words(each.deadline.last)}まで"
        rows.append((f"{each.deadline.clock.ja}の期限", f"{last}　{handed}".strip()))
    return _table(("何の時刻", "日本時間（JST）"), rows, "")


def _answers(incident: Incident) -> Part:
    given = Answer.objects.of(incident.organisation_id).filter(incident=incident)
    labels = {button.choice: button.label for button in text_of(incident).buttons}
    rows = [
        (
            stamp(row.at),
            labels.get(row.choice) or CHOICE_WORDS.get(row.choice, row.choice),
            row.by.shown_name if row.by else "",
        )
        for row in given.select_related("by").order_by("at", "pk")
    ]
    return _table(("時刻", "返事", "答えた人"), rows, "返事はまだありません。")


def _timeline(incident: Incident) -> Part:
    starred = TimelineEntry.objects.of(incident.organisation_id).filter(
        incident=incident, starred=True
    )
    rows = [
        (stamp(row.at), row.get_kind_display(), row.text) for row in starred.order_by("at", "pk")
    ]
    return _table(("時刻", "事実・対応", "内容"), rows, "★を付けた出来事はありません。")


def _evidence(incident: Incident) -> Part:
    found = pieces(incident)
    rows = [(stamp(each.at), each.rule, each.sha256) for each in found[:_EVIDENCE_MOST]]
    more = len(found) - len(rows)
    filled = _table(("時刻", "検知", "SHA-256"), rows, "証拠の記録はありません。")
    return (
        Part(text=(f"ほか{more}件は、証拠の一覧にあります。",), table=filled.table)
        if more
        else filled
    )


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]], empty: str) -> Part:
    return Part(table=Table(head, tuple(rows))) if rows else Part(text=(empty,))


_FILLS: dict[str, Callable[[Incident], Part]] = {
    "happened": _happened,
    "times": _times,
    "answers": _answers,
    "timeline": _timeline,
    "evidence": _evidence,
}
