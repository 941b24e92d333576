"""Synology DSM (Log Center): sign-ins, blocked hosts, file transfers and system messages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.core.words import Disposition, ThreatKind
from hinomi.normalise.format import Format, Verdict
from hinomi.normalise.sentences import (
    IP,
    TEXT_ALIASES,
    TEXT_ECS,
    fields_of_header,
    read_sentence,
    sentences,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.normalise.format import Fields, Line

_SENTENCES = sentences(
    (
        (
            "file",
            "",
            (
                r"(?P<service>\w+) Event: (?P<verb>[\w ]+), Path: (?P<path>.+?)"
                r"(?: -> (?P<new_path>.+?))?, "
                r"File/Folder: (?P<what>\w+), Size: (?P<file_size>[^,]+), User: (?P<user>[^,]+), "
                rf"IP: (?P<src_ip>{IP})"
            ),
        ),
        (
            "login",
            "failure",
            (
                rf"User \[(?P<user>[^\]]*)\] from \[(?P<src_ip>{IP}|[^\]]*)\] "
                r"failed to (?:log|sign) in "
                r"(?:via|to) \[(?P<app>[^\]]*)\](?: due to (?P<reason>.+?))?\.?$"
            ),
        ),
        (
            "login",
            "success",
            (
                rf"User \[(?P<user>[^\]]*)\] from \[(?P<src_ip>{IP}|[^\]]*)\] "
                r"(?:logged in successfully via|signed in to|logged in via) \[(?P<app>[^\]]*)\]"
            ),
        ),
        (
            "logout",
            "",
            (
                rf"User \[(?P<user>[^\]]*)\] from \[(?P<src_ip>{IP}|[^\]]*)\] logged out "
                r"(?:the server )?(?:via|from) \[(?P<app>[^\]]*)\]"
            ),
        ),
        (
            "blocked",
            "",
            rf"(?:Host|IP address|IP) \[(?P<src_ip>{IP})\] was blocked via \[(?P<app>[^\]]*)\]",
        ),
        (
            "share",
            "",
            (
                rf"User \[(?P<user>[^\]]*)\] from \[(?P<src_ip>{IP}|[^\]]*)\] "
                r"via \[(?P<app>[^\]]*)\] "
                r"accessed shared folder \[(?P<path>[^\]]*)\]"
            ),
        ),
        (
            "account_added",
            "success",
            (
                r"(?:\S+ )?\[?(?P<user>[^\]\s]*)\]? created user \[(?P<target>[^\]]*)\]|"
                r"User \[(?P<target_2>[^\]]*)\] was created"
            ),
        ),
        (
            "setting",
            "",
            r"\[(?P<user>[^\]]+)\] (?:set|changed|modified|enabled|disabled) (?P<reason>.+?)\.?$",
        ),
    )
)
_PROGRAMS = frozenset({"Connection", "System", "WinFileService", "FileStation", "SYSTEM", "Backup",
                       "synologd", "DSM"})  # fmt: skip
_LOOKS = re.compile(
    r"(?:Connection: |System: )?(?:User \[[^\]]*\] from \[|\w+ Event: [\w ]+, Path: |"
    r"(?:Host|IP address) \[[^\]]*\] was blocked via)"
)
_DECLARED = (
    "host", "program", "pid", "message", "kind", "user", "src_ip", "app", "verb", "path",
    "new_path", "what", "file_size", "service", "outcome", "reason", "target",
)  # fmt: skip
_KINDS = {
    "login": ThreatKind.LOGIN_FAILED, "blocked": ThreatKind.BRUTE_FORCE,
    "account_added": ThreatKind.NEW_ADMIN,
}  # fmt: skip


def _sniff(line: Line) -> bool:
    body = line.header.body
    if line.header.program in _PROGRAMS and ("[" in body[:200] or " Event: " in body[:60]):
        return True
    return _LOOKS.match(body[:200]) is not None


def _parse(line: Line) -> Fields:
    body = line.header.body.strip()
    if line.header.program not in _PROGRAMS and not _LOOKS.match(body[:200]):
        raise NotThisFormat("No message of DSM's Log Center.")
    text = re.sub(r"^(?:Connection|System): ", "", body[:200]) + body[200:]
    return fields_of_header(line) | {"message": body} | read_sentence(_SENTENCES, text)


def _verdict(fields: Mapping[str, str]) -> Verdict | None:
    kind = fields.get("kind", "")
    if kind == "login" and fields.get("outcome") != "failure":
        return None
    return Verdict(_KINDS[kind], fields.get("app", "")) if kind in _KINDS else None


def _disposition(fields: Mapping[str, str]) -> Disposition:
    if fields.get("outcome") == "failure" or fields.get("kind") == "blocked":
        return Disposition.STOPPED
    return Disposition.SEEN if fields.get("kind") == "account_added" else Disposition.UNKNOWN


FORMAT = Format(
    name="synology",
    title_ja="Synology NAS (DSM)",
    title_en="Synology DSM",
    shape="synology",
    sniff=_sniff,
    marks=(*_PROGRAMS, "User [", " Event: ", "] was blocked via"),
    parse=_parse,
    declared=_DECLARED,
    ecs={**TEXT_ECS, "event.action": ("verb", "kind"), "user.target.name": ("target",)},
    aliases=TEXT_ALIASES,
    device=("host",),
    user=("user",),
    disposition=_disposition,
    ocsf_class=lambda fields: {"login": 3002, "file": 1001}.get(fields.get("kind", ""), 0),
    verdict=_verdict,
    vendor="Synology",
    product="DSM",
    seen_ja=("公開資料のDSM 6・7のログセンター送信（接続、ファイル転送、ブロック）。英語の文。",),
    lost_ja=("DSMの表示を日本語にすると文も日本語になり、本文だけを読みます。",),
    is_from_manual=True,
)
