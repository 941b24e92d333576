"""A device's serial inside a raw record, found before anything is parsed.

Collect uses it to tell two companies behind one address apart, so it must be quick and never guess.
"""

from __future__ import annotations

import re

_SERIAL = re.compile(
    rb"(?:^|[\s,|<>\"])(?:devid|device_id|device_serial_id|deviceExternalId|deviceSerialNumber|"
    rb"serial|serial_number|serialno|sn)=\"?([A-Za-z0-9][A-Za-z0-9_\-]{3,63})"
)
_LOOK_AT = 4096


def find_serial(raw: bytes) -> str | None:
    """The serial number the record names for its device, None when it names none."""
    found = _SERIAL.search(raw, 0, _LOOK_AT)
    return found[1].decode("ascii") if found else None
