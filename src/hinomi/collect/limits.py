"""Every threshold of collect in one place; the process and the tests pass their own."""

from __future__ import annotations

from dataclasses import dataclass

KIB = 1024
MIB = 1024 * KIB


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in bytes, times in seconds, rates in records per second.

    Refusal for want of disk starts below `free_share` of the disk or `free_bytes`, whichever is
    less: a tenth of a large disk is no emergency, and 2 GB may be more than a small disk has.
    """

    frame_bytes: int = 64 * KIB  # syslog; what is longer is cut and marked
    record_bytes: int = 1 * MIB  # HTTP; PowerShell script blocks exceed 64 KiB
    body_bytes: int = 16 * MIB  # after decompression
    wire_bytes: int = 16 * MIB  # before
    discard_bytes: int = 256 * MIB  # of a refused body, read on so that the answer arrives
    bodies_bytes: int = 48 * MIB  # all bodies being read at once: collect lives in 90 MB
    body_records: int = 50_000
    record_entries: int = 10_000  # of a list that came as one record
    body_commas: int = 500_000  # bounds what a hostile JSON array can cost before it is counted
    body_timeout_s: float = 30.0
    gzip_ratio: int = 200
    gzip_ratio_from: int = 4 * MIB  # repetitive small batches may compress as well as a bomb
    queue_bytes: int = 64 * MIB
    gather_s: float = 0.002  # how long a commit waits for company
    commit_records: int = 4_000  # who comes next waits for no more than this
    source_rate: float = 50_000.0
    source_burst: float = 500_000.0
    free_share: float = 0.10
    free_bytes: int = 2_000_000_000
    connections: int = 6_000  # TCP and TLS, per port
    all_connections: int = 12_000  # TCP and TLS, all ports together
    held_bytes: int = 24 * MIB  # half frames of all TCP connections together
    http_connections: int = 1_000
    head_bytes: int = 64 * KIB  # of an HTTP request
    head_s: float = 10.0  # for a whole head to arrive
    retry_after_s: int = 2
    poll_s: float = 1.0
