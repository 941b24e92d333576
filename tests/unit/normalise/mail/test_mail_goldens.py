"""Each sample mail gives exactly the pieces, claims and verdicts written beside it.

`HINOMI_GOLDENS=write` rewrites the expectations; the diff is the review.
"""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hinomi.core.records import Event, RawRecord
from hinomi.normalise import read_record
from hinomi.normalise.mail import read_mail

FOLDER = Path(__file__).resolve().parents[3] / "goldens" / "mails"
MAILS = sorted(FOLDER.glob("*.eml"))
RECEIVED = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize("path", MAILS, ids=lambda path: path.stem)
def test_a_mail_reads_as_written_beside_it(path: Path) -> None:
    found = _read(path.read_bytes())
    expected = path.with_suffix(".expected.json")
    if os.environ.get("HINOMI_GOLDENS") == "write":
        expected.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", "utf-8")
    assert found == json.loads(expected.read_text("utf-8"))


def _read(raw: bytes) -> dict[str, object]:
    mail = read_mail(raw, mail="01MAIL", mailbox="box")
    return {
        "format": mail.format,
        "fault": mail.fault,
        "put_away": mail.put_away,
        "pieces": [
            {
                "kind": piece.kind,
                "summary": piece.summary,
                "claims": [f"{c.kind}{'' if c.is_sure else '?'}={c.value}" for c in piece.claims],
                **_event(piece.raw),
            }
            for piece in mail.pieces
        ],
    }


def _event(raw: bytes) -> dict[str, object]:
    event = read_record(
        RawRecord("1", "o", "s", "mail", "Asia/Tokyo", receive_time=RECEIVED, raw=raw)
    )
    assert isinstance(event, Event)
    fields = {
        name: value
        for name, value in event.fields.items()
        if not name.startswith("mail.") and name != "text"
    }
    return {
        "device": event.device,
        "user": event.user,
        "time": event.event_time.isoformat(),
        "disposition": event.disposition,
        "fields": fields,
    }
