"""softflowd on capture files: each text is a conversation, told by its address, port and bytes."""

from __future__ import annotations

import json
import re
import socket
import struct
import subprocess
from contextlib import contextmanager
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any

from benchmarks._senders.pairs import Pair, Promise
from benchmarks._senders.programs import needs, program

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks._senders.pairs import Sender, Way

_HEAD_BYTES = 28  # of IP and UDP
_TO = "198.51.100.1"
_NETWORKS = {"aoi": "192.0.2.", "fumi": "203.0.113."}


@contextmanager
def softflowd(way: Way, *, version: int) -> Iterator[Sender]:
    """A run per capture file, as a probe that is started anew."""
    turns = count()

    def send(texts: Sequence[str]) -> Sequence[str]:
        capture = way.folder / f"{next(turns)}.pcap"
        capture.write_bytes(capture_of(texts))
        command = [str(program("softflowd")), "-d", "-r", str(capture), "-v", str(version)]
        command += ["-n", f"{way.host}:{way.port}", "-p", str(way.folder / "pid"), "-c", "none"]
        subprocess.run(command, check=True, capture_output=True, timeout=30)
        return ()

    yield send


def conversation(company: str, number: int) -> str:
    """`company` gives the network, `number` the host, port and size."""
    size = _HEAD_BYTES + 40 + number % 400
    return f"{_NETWORKS[company]}{1 + number % 250}:{20_000 + number % 40_000} {size} bytes"


def capture_of(texts: Sequence[str]) -> bytes:
    """One UDP packet for each."""
    capture = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    for number, text in enumerate(texts):
        frame = _frame(text)
        capture += struct.pack("<IIII", 1_700_000_000 + number, 0, len(frame), len(frame)) + frame
    return capture


def _frame(text: str) -> bytes:
    found = re.fullmatch(r"([\d.]+):(\d+) (\d+) bytes", text)
    if found is None:
        raise ValueError(text)
    size = int(found[3])
    udp = struct.pack(">HHHH", int(found[2]), 53, size - 20, 0) + b"x" * (size - _HEAD_BYTES)
    ends = socket.inet_aton(found[1]) + socket.inet_aton(_TO)
    ip = struct.pack(">BBHHHBBH", 0x45, 0, size, 1, 0, 64, 17, 0) + ends
    return b"\2" * 6 + b"\4" * 6 + b"\x08\x00" + ip + udp


def flow(raw: bytes) -> str | None:
    """Back to the text; None for the way back, which carries nothing."""
    record = json.loads(raw)
    fields = _of_v5(record["record"]) if "record" in record else record.get("fields", {})
    if not {"8", "7", "1"} <= fields.keys() or not int(fields["1"], 16):
        return None
    address = socket.inet_ntoa(bytes.fromhex(fields["8"]))
    return f"{address}:{int(fields['7'], 16)} {int(fields['1'], 16)} bytes"


def _of_v5(record: str) -> dict[str, Any]:
    """Source address, port and octets under their later numbers."""
    return {"8": record[0:8], "7": record[64:68], "1": record[40:48]}


def _pair(version: int, listener: str) -> Pair:
    return Pair(
        "softflowd",
        listener,
        "netflow",
        Promise.DATAGRAM,
        partial(softflowd, version=version),
        flow,
        write=conversation,
        missing=partial(needs, "softflowd", "softflowd"),
    )


PAIRS = (_pair(5, "NetFlow v5"), _pair(9, "NetFlow v9"), _pair(10, "IPFIX"))
