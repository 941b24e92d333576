"""Buffalo TeraStation: its file operation log over SMB, as Buffalo's support pages print it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.normalise.format import Format
from hinomi.normalise.sentences import (
    IP,
    LONGEST,
    TEXT_ALIASES,
    TEXT_ECS,
    fields_of_header,
    parts_of,
)

if TYPE_CHECKING:
    from hinomi.normalise.format import Fields, Line

_OPERATION = re.compile(
    rf"\[User:(?P<user>[^\](]*)\((?P<src_ip>{IP})\)\] ?(?P<verb>Make Direcotry|Make Directory|"
    r"Remove Directory|File Open\(Read/Write\)|File Open\(Read\)|Rename File|Remove File|"
    r"[A-Z][\w ]+(?:\([\w/]+\))?) (?P<path>/.*?)(?: -> (?P<new_path>/.*))?$"
)
_PROGRAMS = re.compile(r"(?:file_smb|file_afp|file_ftp|LinkStation|TeraStation)\Z")
_VERBS = {"Make Direcotry": "Make Directory"}  # as the firmware spells it
_DECLARED = ("host", "program", "pid", "message", "user", "src_ip", "verb", "path", "new_path")


def _sniff(line: Line) -> bool:
    if _PROGRAMS.match(line.header.program):
        return True
    return (
        _OPERATION.search(line.header.body[:600]) is not None
        if ("[User:" in line.header.body[:120])
        else False
    )


def _parse(line: Line) -> Fields:
    body = line.header.body.strip()
    fields = fields_of_header(line) | {"message": body}
    found = _OPERATION.search(body[:LONGEST])
    if found:
        fields |= parts_of(found)
        fields["verb"] = _VERBS.get(fields["verb"], fields["verb"])
        if "program" not in fields and (name := re.match(r"(file_\w+)\[(\d+)\]:", body)):
            fields |= {"program": name[1], "pid": name[2]}
        return fields
    if not _PROGRAMS.match(line.header.program):
        raise NotThisFormat("No file operation of a TeraStation.")
    return fields


FORMAT = Format(
    name="buffalo",
    title_ja="バッファロー TeraStation",
    title_en="Buffalo TeraStation",
    shape="buffalo",
    sniff=_sniff,
    marks=("file_smb", "file_afp", "file_ftp", "LinkStation", "TeraStation", "[User:"),
    parse=_parse,
    declared=_DECLARED,
    ecs={**TEXT_ECS, "event.action": ("verb",)},
    aliases=TEXT_ALIASES,
    device=("host",),
    user=("user",),
    ocsf_class=lambda fields: 1001 if "path" in fields else 0,
    vendor="Buffalo",
    product="TeraStation",
    seen_ja=("バッファローのサポート情報にあるファイル操作ログ（SMB）。",),
    lost_ja=(
        "ごみ箱が有効だと、削除も「Rename File」と記録されます。",
        "ルーター（AirStation）とスイッチの文は公開されていません。フォーマットの学習を使います。",
    ),
    is_from_manual=True,
)
