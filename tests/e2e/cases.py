"""Cases that people worked on: merged, corrected, half answered, waiting for a second person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from hinomi.portal.access.time import now
from hinomi.portal.exceptions.services import add_exception
from hinomi.portal.incidents import composing, merging, playbooks, timeline
from hinomi.portal.incidents.models import EntryKind, Incident, SecondLook, WordsKind
from hinomi.respond.playbook import Reply

if TYPE_CHECKING:
    from hinomi.portal.accounts.models import User

_BACKUP = """
title: 毎晩のバックアップ
logsource: {product: linux, service: auditd}
filter:
  rules: [rule-1]
  selection: {comm: tar, exe: /usr/bin/tar}
  condition: not selection
"""


@dataclass(frozen=True)
class Cases:
    """受付番号 to look at."""

    worked: str
    merged: str
    waiting: str


def work_on(
    *, worked: Incident, merged: Incident, waiting: Incident, analyst: User, manager: User
) -> Cases:
    """`merged` goes into `worked`, which is corrected; `waiting` waits for a second person."""
    merging.merge(
        source=merged,
        target=worked,
        version=_row(merged).version,
        reason="同じ共有サーバーへの試みが続いているため",
        why="同じ機器",
        user=analyst,
    )
    row = _row(worked)
    for question in ("cable", "backup"):
        playbooks.reply(incident=row, question=question, answer=Reply.NO, user=analyst)
    moment = now() - timedelta(hours=1)
    line = timeline.Line(
        at=moment, kind=EntryKind.FACT, text="経理の方が、変な画面を見ました", source="お客様の電話"
    )
    entry = timeline.add(incident=row, line=line, user=analyst)
    timeline.star(incident=row, entry_id=entry.pk, user=analyst)
    for kind, title in (
        (WordsKind.NOTICE, "共有サーバーを調べています"),
        (WordsKind.CORRECTION, "止めたのは、別のパソコンでした"),
    ):
        writing = composing.Writing(kind=kind, changes={"title": title})
        composing.send(incident=row, version=_row(row).version, writing=writing, user=analyst)
    SecondLook.objects.create(
        organisation_id=waiting.organisation_id,
        incident=waiting,
        asked_by=manager,
        due_at=now() + timedelta(hours=5),
        reason="検査の結果が出て、何も見つからなかったため",
    )
    add_exception(
        document=_BACKUP,
        path="backup.yml",
        organisation_id=worked.organisation_id,
        owner_mail=analyst.email,
        reason="毎晩2時の控え。業者の山田さんに電話で確かめた",
        days=10,
    )
    return Cases(worked.number, merged.number, waiting.number)


def _row(incident: Incident) -> Incident:
    rows = Incident.objects.of(incident.organisation_id).select_related("organisation")
    return rows.get(pk=incident.pk)
