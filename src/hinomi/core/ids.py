"""Names we give things: event ids (ULID) and partitions."""

from __future__ import annotations

import hashlib
import secrets

PARTITIONS = 64  # fixed for ever when a log is made (architecture §2.2)
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def ulid(*, time_ms: int, randomness: int | None = None) -> str:
    """A 26-character ULID. `time_ms` is milliseconds since 1970; `randomness` 80 bits or drawn."""
    value = (time_ms << 80) | (secrets.randbits(80) if randomness is None else randomness)
    return "".join(_CROCKFORD[(value >> shift) & 31] for shift in range(125, -1, -5))


def partition_of(organisation: str) -> int:
    """Which of the 64 partitions a company's records live in; never depends on the process."""
    return int.from_bytes(hashlib.sha256(organisation.encode()).digest()[:8], "big") % PARTITIONS


def scan_event_id(*, content_sha256: str, record: int) -> str:
    """The event id in `hinomi scan`: same file content and record number, same id."""
    return hashlib.sha256(f"{content_sha256}:{record}".encode()).hexdigest()[:26].upper()
