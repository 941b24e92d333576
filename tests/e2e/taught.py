"""Formats for the screens: one in use by a source, one in the making with a line nobody reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hinomi.core.words import Disposition
from hinomi.normalise.learned import Time
from hinomi.portal.formats import services, versions

if TYPE_CHECKING:
    from hinomi.portal.accounts.models import User
    from hinomi.portal.formats.models import FormatDraft
    from hinomi.portal.organisations.models import Firm

_DONE = "2026/11/20 10:12:05 [門] ウイルスを駆除しました"
LINES = (
    f"{_DONE} 端末：KEIRI-2 ファイル：C:\\Users\\hanako\\見積書.zip 検出名：W32/Test.A",
    f"{_DONE} 端末：SOUMU-1 ファイル：D:\\a.exe 検出名：EICAR-Test-File",
    "2026/11/20 10:14:05 [門] 通信 送信元：192.168.1.7:51022 宛先：203.0.113.9:443 処理：遮断",
    "2026/11/20 10:15:05 [門] 通信 送信元：192.168.1.8:51023 宛先：198.51.100.4:80 処理：許可",
    "2026/11/20 10:16:05 [門] 通信 送信元：192.168.1.8:51024 宛先：198.51.100.4:80 処理：要確認",
)


@dataclass(frozen=True)
class Taught:
    """Ids."""

    live: str
    draft: str


def taught(firm: Firm, person: User, *, nasty: str) -> Taught:
    """As a person leaves them after an afternoon's work."""
    live = versions.start(draft=_draft(firm, person, "丸の内製の見守り機器", LINES), user=person)
    versions.start(draft=_confirmed(services.edit(format=live, user=person)), user=person)
    draft = services.begin(
        firm_id=firm.pk, name="新しい門", lines=[*LINES, "\x1b[31m" + nasty], user=person
    )
    return Taught(live.pk, draft.pk)


def _draft(firm: Firm, person: User, name: str, lines: tuple[str, ...]) -> FormatDraft:
    made = services.begin(firm_id=firm.pk, name=name, lines=list(lines), user=person)
    return _confirmed(made)


def _confirmed(draft: FormatDraft) -> FormatDraft:
    services.set_meaning(
        draft=draft,
        time=Time(("日時",)),
        deeds={("処理", "遮断"): Disposition.STOPPED},
        sentences={},
        judgements=(),
    )
    return draft
