"""The evidence of a case with its SHA-256, and the file that proves itself with `sha256sum -c`."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from hinomi.portal.access import audit
from hinomi.portal.incidents.models import IncidentFinding
from hinomi.portal.incidents.queries.findings import finding_of
from hinomi.portal.ui.visible import visible

if TYPE_CHECKING:
    from datetime import datetime

    from hinomi.core.findings import Evidence
    from hinomi.portal.accounts.models import User
    from hinomi.portal.incidents.models import Incident

MANIFEST = "manifest.txt"
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")


@dataclass(frozen=True, slots=True)
class Piece:
    """One record. Its bytes are what the device wrote, or the fields where the line was too long to
    be kept."""

    name: str
    at: datetime
    rule: str
    event_id: str
    body: bytes
    sha256: str


def pieces(incident: Incident) -> list[Piece]:
    """Every record of every finding, oldest first; one that several findings share once each."""
    rows = IncidentFinding.objects.of(incident.organisation_id).filter(incident=incident)
    found: list[Piece] = []
    for row in rows.order_by("event_at", "pk"):
        finding = finding_of(row)
        rule = visible(finding.rule_title_ja or finding.rule_title)
        found += [
            _piece(each, number, rule) for number, each in enumerate(finding.evidence, len(found))
        ]
    return found


@transaction.atomic
def take_out(*, incident: Incident, user: User) -> bytes:
    """The zip with all records and the manifest; who took it stands in the trail."""
    found = pieces(incident)
    packed = pack(found)
    audit.record(
        what="papers:evidence:take_out",
        user_id=user.pk,
        organisation_id=incident.organisation_id,
        incident=incident.number,
        records=len(found),
        sha256=hashlib.sha256(packed).hexdigest(),
    )
    return packed


def pack(found: list[Piece]) -> bytes:
    """The same records give the same bytes."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as packed:
        for each in found:
            packed.writestr(zipfile.ZipInfo(each.name), each.body, zipfile.ZIP_DEFLATED)
        packed.writestr(zipfile.ZipInfo(MANIFEST), manifest(found), zipfile.ZIP_DEFLATED)
    return held.getvalue()


def manifest(found: list[Piece]) -> str:
    """As `sha256sum -c` reads it."""
    return "".join(f"{each.sha256}  {each.name}\n" for each in found)


def _piece(evidence: Evidence, number: int, rule: str) -> Piece:
    body = evidence.raw or _fields(evidence)
    ending = "raw" if evidence.raw else "json"
    event = _UNSAFE.sub("_", evidence.event_id)[:64]
    return Piece(
        name=f"records/{number + 1:05d}-{event}.{ending}",
        at=evidence.event_time,
        rule=rule,
        event_id=visible(evidence.event_id),
        body=body,
        sha256=hashlib.sha256(body).hexdigest(),
    )


def _fields(evidence: Evidence) -> bytes:
    text = json.dumps(dict(evidence.fields), ensure_ascii=False, sort_keys=True)
    return text.encode("utf-8", "backslashreplace")
