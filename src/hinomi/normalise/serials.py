"""A device's serial inside a raw record, found before anything is parsed.

Collect uses it to tell two companies behind one address apart, so it must be quick and never guess:
text that somebody outside chose (an address they asked for, a user name) must not name a device.
"""

from __future__ import annotations

import re

# The first name that is there counts: FortiGate's own `sn` is the access point's, not the device's.
_NAMES = (
    b"devid",
    b"device_serial_id",
    b"device_id",
    b"deviceExternalId",
    b"deviceSerialNumber",
    b"serial_number",
    b"serialno",
    b"serial",
    b"sn",
)
_MAY_NAME = re.compile(rb"(?:^|[\s,|<>\"])(?:" + b"|".join(_NAMES) + rb")=")
# A quoted value is taken whole, so what looks like a pair inside it is none.
_PAIR = re.compile(
    rb'(?:^|(?<=[\s,|<>"]))([\w.\-]+)=(?:"((?:[^"\\]|\\.)*)(?:"|\Z)|([^\s,|"<>]*))', re.DOTALL
)
_SERIAL = re.compile(rb"[A-Za-z0-9][A-Za-z0-9_\-]{3,63}")
_LOOK_AT = 4096
# PAN-OS names nothing: its serial is the third column, before the log type. Only a syslog header
# may stand before it; a program's name would mean that the rest is somebody's text.
_COLUMNS = re.compile(
    rb"(?:<\d{1,3}>)?(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d [\w.\-]+ |"
    rb"1 \S{1,40} [\w.\-]+ - - - -? ?)?"
    rb"\d?,\d{4}/\d\d/\d\d \d\d:\d\d:\d\d,([0-9A-Za-z]{9,20}),"
    rb"(?:TRAFFIC|THREAT|SYSTEM|CONFIG|GLOBALPROTECT|HIPMATCH|USERID|AUTHENTICATION|DECRYPTION|"
    rb"CORRELATION|IPTAG|TUNNEL),"
)
# A host name stands in the header alone; an address or a program's default names no device.
_HOSTED = re.compile(
    rb"<\d{1,3}>(?:1 \S{1,40} |[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d )([A-Za-z0-9][\w.\-]{1,63}) "
)
_NO_HOST = re.compile(rb"(?:[\d.]+|localhost(?:\..*)?|unknown|none|null)", re.IGNORECASE)


def find_name(raw: bytes) -> str | None:
    """What the device calls itself: "serial:…", else "host:…" from the syslog header."""
    if serial := find_serial(raw):
        return f"serial:{serial}"
    found = _HOSTED.match(raw)
    if found is None or _NO_HOST.fullmatch(found[1]):
        return None
    return "host:" + found[1].decode("ascii", "replace").lower()


def find_serial(raw: bytes) -> str | None:
    """The serial number the record names for its device; None when it names none, or two."""
    if columns := _COLUMNS.match(raw):
        return columns[1].decode("ascii")
    if not _MAY_NAME.search(raw, 0, _LOOK_AT):
        return None
    told: dict[bytes, set[bytes]] = {}
    for pair in _PAIR.finditer(raw, 0, _LOOK_AT):
        told.setdefault(pair[1], set()).add(pair[2] if pair[2] is not None else pair[3])
    values = next((told[name] for name in _NAMES if name in told), set())
    value = next(iter(values)) if len(values) == 1 else b""
    return value.decode("ascii") if _SERIAL.fullmatch(value) else None
