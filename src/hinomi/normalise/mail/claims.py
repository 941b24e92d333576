"""What in a piece says whose it is. Only finds; which company it means is `MailRoute`'s matter."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hinomi.core.mail import Claim, ClaimKind
from hinomi.normalise.mail.labels import field_of, is_common_place

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hinomi.core.mail import MailHead
    from hinomi.normalise.mail.cut import Cutting

_BY_FIELD: dict[str, tuple[ClaimKind, bool]] = {
    "tenant": (ClaimKind.TENANT, True),
    "customer": (ClaimKind.CUSTOMER, True),
    "serial": (ClaimKind.SERIAL, True),
    "device": (ClaimKind.HOST, False),
    "gateway": (ClaimKind.HOST, False),
}
_MOST = 40  # claims of one piece
_VALUE_MOST = 200
_HONOURED = re.compile(r"^\s*(?P<name>\S.{0,60}?)\s*(?:御中|様|殿)\s*$")
_NO_NAME = re.compile(
    r"検出|検知|アラート|レポート|通知|お知らせ|警告|重要|至急|注意|緊急|日次|週次|月次|^\d|detect|alert|report|warning|found"
    r"|critical|^(high|medium|low)$",
    re.IGNORECASE,
)
_IN_SUBJECT = (
    re.compile(r"[【\[［「『〔(（<＜](?P<name>[^】\]］」』〕)）>＞]{2,60})[】\]］」』〕)）>＞]"),
    re.compile(r"(?:^|[\s　:：\-–—/／|｜])(?P<name>[^\s　:：/／|｜]{2,40})\s*(?:御中|様|さま|殿)"),
    re.compile(
        r"(?:for|at|on|from|customer|company|tenant|site)[:\s]+(?P<name>[^:|\-–—(\[]{2,60})$", re.I
    ),
    re.compile(r"[:：|｜/／\-–—]\s*(?P<name>[^:：|｜/／]{2,60})$"),
)


def claims_of(
    each: Cutting, *, head: MailHead, lines: Iterable[str], own: Mapping[str, str]
) -> tuple[Claim, ...]:
    """Its own labels first. What the mail says elsewhere (subject, recipients, 御中) is added
    unless the piece stood among rows that name their own companies."""
    found: dict[tuple[ClaimKind, str], Claim] = {}
    for label, value in each.labels:
        kind = _BY_FIELD.get(field_of(label, own))
        if kind:
            _add(found, kind[0], value, is_sure=kind[1])
        if field_of(label, own) == "site":  # 「葵製作所/本社」
            for part in re.split(r"[/／\\>＞]", value)[:5]:
                if not is_common_place(part):
                    _add(found, ClaimKind.TENANT, part, is_sure=False)
    if not each.is_closed:
        for name in (*_names_in_subject(head.subject), *_honoured(lines)):
            _add(found, ClaimKind.TENANT, name, is_sure=False)
    for address in head.recipients:
        _add(found, ClaimKind.ADDRESS, address, is_sure=False)
    return tuple(found.values())[:_MOST]


def _add(
    found: dict[tuple[ClaimKind, str], Claim], kind: ClaimKind, value: str, *, is_sure: bool
) -> None:
    value = value.strip().strip("　").rstrip("様").strip()[:_VALUE_MOST]
    if value and value not in ("-", "N/A", "n/a", "なし", "不明", "unknown"):
        found.setdefault((kind, value), Claim(kind, value, is_sure))


def _names_in_subject(subject: str) -> list[str]:
    found = [
        match["name"].strip().removesuffix("様").removesuffix("御中").strip()
        for pattern in _IN_SUBJECT
        for match in pattern.finditer(subject[:500])
    ]
    return [name for name in found if not _NO_NAME.search(name)]


def _honoured(lines: Iterable[str]) -> list[str]:
    """「株式会社葵製作所 御中」 on a line of its own near the top."""
    found = []
    for _, line in zip(range(15), (text for text in lines if text.strip()), strict=False):
        if match := _HONOURED.match(line[:80]):
            found.append(match["name"])
    return found
