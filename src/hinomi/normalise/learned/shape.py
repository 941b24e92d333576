"""The one shape of all learned formats: roles are its columns, so that rules, views and the lake
know it before anything was learned; what a device calls a field is kept beside them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.normalise.format import Format
from hinomi.normalise.learned.roles import ROLES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.normalise.format import Ecs, Fields, Line

SHAPE = "learned"
FORMAT_FIELD, LAYOUT_FIELD = "learned.format", "learned.layout"
_HASHES = {32: "md5", 40: "sha1", 64: "sha256"}


def _refuse(line: Line) -> Fields:
    raise NotThisFormat("A learned format is used by its own kind.")


def _derive(fields: Mapping[str, str], ecs: Ecs) -> None:
    value = fields.get("file_hash", "")
    if kind := _HASHES.get(len(value)):
        ecs.setdefault(f"file.hash.{kind}", value.lower())
    if threat := fields.get("threat"):
        ecs.setdefault("rule.name", threat)


def _ocsf_class(fields: Mapping[str, str]) -> int:
    """2004 a product's finding, 4001 network activity, 0 anything else."""
    if fields.get("verdict.kind"):
        return 2004
    return 4001 if fields.get("src_ip") and fields.get("dst_ip") else 0


FORMAT = Format(
    name=SHAPE,
    title_ja="覚えさせた形式",
    title_en="Learned formats",
    shape=SHAPE,
    sniff=lambda line: False,
    parse=_refuse,
    declared=(
        *ROLES,
        "message",
        "program",
        FORMAT_FIELD,
        LAYOUT_FIELD,
        "verdict.kind",
        "verdict.name",
        "verdict.disposition",
    ),
    ecs={
        **{role.ecs: (role.key,) for role in ROLES.values() if role.ecs},
        "message": ("message",),
        "event.reason": ("reason", "message"),
    },
    aliases={"username": "user"},
    device=("host", "host_ip"),
    user=("user", "user_mail"),
    serial=("serial",),
    derive=_derive,
    ocsf_class=_ocsf_class,
)
