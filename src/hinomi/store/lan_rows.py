"""What relays hear of the devices around them, in the pipeline store: values and SQL."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from sqlite3 import Connection

MOST_DEVICES = 1_000  # of one company: names and addresses come from the wire
_KEPT = timedelta(days=90)  # after it was last heard
_LONGEST_VALUE, _LONGEST_KEY = 300, 120
_UPSERT = """
INSERT INTO lan_devices VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (organisation, source, device_key) DO UPDATE SET
  body = CASE WHEN excluded.last_heard >= lan_devices.last_heard
    THEN excluded.body ELSE lan_devices.body END,
  weight = CASE WHEN excluded.weight > lan_devices.weight
    THEN excluded.weight ELSE lan_devices.weight END,
  first_heard = CASE WHEN excluded.first_heard < lan_devices.first_heard
    THEN excluded.first_heard ELSE lan_devices.first_heard END,
  last_heard = CASE WHEN excluded.last_heard > lan_devices.last_heard
    THEN excluded.last_heard ELSE lan_devices.last_heard END
"""
_PRUNE = """
DELETE FROM lan_devices WHERE organisation = ? AND device_key <> '' AND device_key NOT IN (
  SELECT device_key FROM lan_devices WHERE organisation = ? AND device_key <> ''
  ORDER BY weight DESC, last_heard DESC, device_key LIMIT ?)
"""


@dataclass(frozen=True, slots=True)
class LanDevice:
    """A device, or with `key` "" the network, as a relay's record said it last."""

    organisation: str
    source: str
    key: str
    facts: Mapping[str, str]
    first_heard: datetime
    last_heard: datetime

    @property
    def weight(self) -> int:
        """0 for one that gives way first."""
        is_passing = self.last_heard - self.first_heard < timedelta(minutes=10)
        return 0 if is_passing and not self.facts.get("names") else 1


def write_lan(db: Connection, devices: Iterable[LanDevice]) -> None:
    """What a batch says, in its transaction; then each company's bound is kept."""
    listed = list(devices)
    db.executemany(_UPSERT, map(_row, listed))
    newest: dict[str, datetime] = {}
    for each in listed:
        newest[each.organisation] = max(
            each.last_heard, newest.get(each.organisation, each.last_heard)
        )
    for organisation, moment in newest.items():
        db.execute(
            "DELETE FROM lan_devices WHERE organisation = ? AND last_heard < ?",
            (organisation, _text(moment - _KEPT)),
        )
        db.execute(_PRUNE, (organisation, organisation, MOST_DEVICES))


def read_lan(db: Connection, organisation: str) -> list[LanDevice]:
    """Those heard last first."""
    rows = db.execute(
        "SELECT organisation, source, device_key, body, first_heard, last_heard FROM lan_devices"
        " WHERE organisation = ? ORDER BY last_heard DESC, device_key",
        (organisation,),
    )
    return [
        LanDevice(
            str(row[0]),
            str(row[1]),
            str(row[2]),
            json.loads(row[3]),
            datetime.fromisoformat(row[4]),
            datetime.fromisoformat(row[5]),
        )
        for row in rows
    ]


def _row(device: LanDevice) -> tuple[object, ...]:
    facts = {name: value[:_LONGEST_VALUE] for name, value in device.facts.items()}
    return (
        device.organisation,
        device.source,
        device.key[:_LONGEST_KEY],
        json.dumps(facts, ensure_ascii=False),
        device.weight,
        _text(device.first_heard),
        _text(device.last_heard),
    )


def _text(moment: datetime) -> str:
    from hinomi.store.pipeline import text_of  # that module reads with this one

    return text_of(moment)
