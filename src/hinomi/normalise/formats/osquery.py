"""osquery: rows of scheduled queries (differential, snapshot, batched) and its status lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.normalise import ecs_values
from hinomi.normalise.format import Format
from hinomi.normalise.moment import Stated, from_text
from hinomi.normalise.scanners.tree import flatten, load_object

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, tzinfo

    from hinomi.normalise.format import Ecs, Fields, Line

# A row's columns keep osquery's names behind `columns.`; those that many tables have are declared.
_COLUMNS = ("name", "path", "cmdline", "pid", "parent", "uid", "username", "user", "address",
            "local_address", "remote_address", "local_port", "remote_port", "port", "protocol",
            "md5", "sha1", "sha256", "target_path", "action", "state", "time", "type", "host",
            "directory", "version", "cwd", "on_disk", "shell", "key", "data", "hostname", "mac",
            "interface", "url", "label", "status", "tty", "syscall", "auid")  # fmt: skip
_DECLARED = (
    "name", "hostIdentifier", "calendarTime", "unixTime", "action", "epoch", "counter", "numerics",
    "severity", "filename", "line", "message", "version",
    *(f"columns.{name}" for name in _COLUMNS),
)  # fmt: skip
_ECS: dict[str, tuple[str, ...]] = {
    "host.name": ("hostIdentifier", "columns.hostname"),
    "host.hostname": ("hostIdentifier",),
    "rule.name": ("name",),
    "event.action": ("action", "columns.action"),
    "event.reason": ("message",),
    "log.level": ("severity",),
    "process.name": ("columns.name",),
    "process.executable": ("columns.path",),
    "process.command_line": ("columns.cmdline",),
    "process.working_directory": ("columns.cwd",),
    "process.pid": ("columns.pid",),
    "process.parent.pid": ("columns.parent",),
    "process.hash.sha256": (),
    "user.name": ("columns.username", "columns.user"),
    "user.id": ("columns.uid",),
    "source.ip": ("columns.local_address",),
    "source.port": ("columns.local_port",),
    "source.mac": ("columns.mac",),
    "destination.ip": ("columns.remote_address",),
    "destination.port": ("columns.remote_port",),
    "file.path": ("columns.target_path",),
    "file.hash.md5": ("columns.md5",),
    "file.hash.sha1": ("columns.sha1",),
    "file.hash.sha256": ("columns.sha256",),
    "network.transport": ("columns.protocol",),
    "url.original": ("columns.url",),
}


def _sniff(line: Line) -> bool:
    body = line.header.body
    if body[:1] != "{" or '"hostIdentifier"' not in body:
        return False
    return (
        '"columns"' in body
        or '"snapshot"' in body
        or '"diffResults"' in body
        or ('"severity"' in body and '"line"' in body)
    )


def _parse(line: Line) -> Fields:
    tree = load_object(line.header.body.strip())
    if "hostIdentifier" not in tree:
        raise NotThisFormat("No hostIdentifier.")
    for name in ("snapshot", "diffResults"):
        tree |= _first_row(tree, name)
    return flatten(tree)


def _first_row(tree: Mapping[str, object], name: str) -> dict[str, object]:
    """A batch's first row gets the names of a single one; every row stays in the batch's field."""
    rows = tree.get(name)
    if isinstance(rows, dict):
        rows = rows.get("added") or rows.get("removed")
    if isinstance(rows, list) and rows and isinstance(rows[0], dict) and "columns" not in tree:
        return {"columns": rows[0]}
    return {}


def _stated_time(fields: Mapping[str, str], zone: tzinfo, receive: datetime) -> Stated | None:
    text = fields.get("unixTime", "")
    return from_text(text, zone, receive) if text not in ("", "0") else None


def _derive(fields: Mapping[str, str], ecs: Ecs) -> None:
    if url := str(ecs.get("url.original", "")):
        ecs_values.add_url(ecs, url)


FORMAT = Format(
    name="osquery",
    title_ja="osquery",
    title_en="osquery",
    shape="osquery",
    sniff=_sniff,
    marks=('"hostIdentifier"',),
    parse=_parse,
    declared=_DECLARED,
    ecs=_ECS,
    aliases={
        "Image": "columns.path",
        "CommandLine": "columns.cmdline",
        "username": "columns.username",
        "dst_ip": "columns.remote_address",
        "dst_port": "columns.remote_port",
    },
    device=("hostIdentifier",),
    user=("columns.username", "columns.user"),
    stated_time=_stated_time,
    derive=_derive,
    ocsf_class=lambda fields: 1007 if "columns.cmdline" in fields else 0,
    vendor="osquery",
    product="osquery",
    seen_ja=("osquery 4・5の結果（差分・スナップショット・まとめ）とステータスの記録。",),
    lost_ja=("まとめて送られた行は、最初の1行に名前が付き、残りは一つの項目に残ります。",),
)
