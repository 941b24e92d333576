"""A finding as JSON text and back: times in ISO 8601, raw bytes in base64, words as they are.

The mirror structs are the door: what is stored is checked for types when it comes back in.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec

from hinomi.core.errors import StoreDamaged
from hinomi.core.findings import Evidence, Finding, Why
from hinomi.core.words import ActionLevel, Certainty, Disposition, Level


class _Why(msgspec.Struct):
    selection: str
    field: str
    value: str
    pattern: str


class _Evidence(msgspec.Struct):
    event_id: str
    event_time: datetime
    fields: Mapping[str, str]
    raw: bytes


class _Finding(msgspec.Struct):
    id: str
    organisation: str
    source: str
    rule_id: str
    rule_title: str
    level: Level
    event_time: datetime
    receive_time: datetime
    device: str
    user: str
    case: str
    disposition: Disposition
    tags: tuple[str, ...]
    why: tuple[_Why, ...]
    evidence: tuple[_Evidence, ...]
    slots: Mapping[str, str]
    late: bool
    rule_pack: str
    directory_generation: int
    certainty: Certainty | None = None
    action: ActionLevel | None = None
    group_by: str = ""


def encode_finding(finding: Finding) -> str:
    """JSON text; `decode_finding` gives an equal finding."""
    return msgspec.json.encode(msgspec.convert(finding, _Finding, from_attributes=True)).decode()


def decode_finding(body: str | bytes) -> Finding:
    """Raises StoreDamaged that names the field when the text is not a finding."""
    try:
        stored = msgspec.json.decode(body, type=_Finding)
    except msgspec.MsgspecError as error:
        raise StoreDamaged(f"a stored finding cannot be read: {error}") from error
    plain = {name: getattr(stored, name) for name in _Finding.__struct_fields__}
    plain["why"] = tuple(Why(w.selection, w.field, w.value, w.pattern) for w in stored.why)
    plain["evidence"] = tuple(
        Evidence(e.event_id, e.event_time, e.fields, e.raw) for e in stored.evidence
    )
    return Finding(**plain)
