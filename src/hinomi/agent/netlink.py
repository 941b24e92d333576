"""The socket to the kernel's audit: rules are asked for and set, records are read from its group.

Root (CAP_AUDIT_CONTROL for rules, CAP_AUDIT_READ for records). The group may be read beside a
running auditd; rules are only set where nobody else owns the audit.
"""

from __future__ import annotations

import contextlib
import os
import socket
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hinomi.agent.audit_records import record_of
from hinomi.core.errors import HinomiError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hinomi.agent.audit_records import Record

_FAMILY_AUDIT = 9
_READ_GROUP = 1
_HEADER = struct.Struct("=IHHII")
_REQUEST, _ACK, _DUMP = 1, 4, 0x300
_ERROR, _DONE = 2, 3
_GET, _SET, _ADD_RULE, _DEL_RULE, _LIST_RULES = 1000, 1001, 1011, 1012, 1013
_ENABLED, _BACKLOG = 1, 16
_STATUS = struct.Struct("=11I")
_BACKLOG_LIMIT = 8_192
_RECEIVE_BYTES = 8 << 20
_SO_RCVBUFFORCE = 33
_LARGEST = 64 << 10
_TIMEOUT_S = 2.0
LOCKED = 2  # `enabled` when nobody may change the rules until the next start


class AuditRefused(HinomiError):
    """The kernel's audit cannot be used as we need it."""


@dataclass(frozen=True, slots=True)
class AuditStatus:
    """`owner`: process id of the audit daemon, 0 for none. `lost`: records the kernel dropped."""

    enabled: int
    owner: int
    lost: int
    backlog_limit: int


def status_of(payload: bytes) -> AuditStatus:
    """The kernel's structure; newer kernels send more of it, older ones less."""
    padded = payload[: _STATUS.size].ljust(_STATUS.size, b"\x00")
    words = _STATUS.unpack(padded)
    return AuditStatus(enabled=words[1], owner=words[3], lost=words[6], backlog_limit=words[5])


class AuditControl:
    """Questions and orders to the audit. One thread; close it after use."""

    def __init__(self) -> None:
        self._socket = _open(groups=0)
        self._socket.settimeout(_TIMEOUT_S)
        self._sequence = 0

    def __enter__(self) -> AuditControl:
        return self

    def __exit__(self, *unused: object) -> None:
        self._socket.close()

    def status(self) -> AuditStatus:
        """How the audit stands now."""
        found = [body for kind, body in self._ask(_GET, b"", flags=_ACK) if kind == _GET]
        if not found:
            raise AuditRefused("The kernel did not say how its audit stands.")
        return status_of(found[0])

    def enable(self) -> None:
        """Switch the audit on, with room for a burst."""
        mask = _ENABLED | _BACKLOG
        words = (mask, 1, 0, 0, 0, _BACKLOG_LIMIT, 0, 0, 0, 0, 0)
        self._order(_SET, _STATUS.pack(*words), said="switch the audit on")

    def disable(self) -> None:
        """Switch it off again, for who found it off."""
        words = (_ENABLED, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        self._order(_SET, _STATUS.pack(*words), said="switch the audit off")

    def rules(self) -> list[bytes]:
        """Every rule the kernel has, as it packs them."""
        return [body for kind, body in self._ask(_LIST_RULES, b"") if kind == _LIST_RULES]

    def add(self, packed: bytes) -> None:
        """Load a rule; one that is there already is fine."""
        self._order(_ADD_RULE, packed, said="load a rule", fine=(17,))

    def remove(self, packed: bytes) -> None:
        """Take a rule away; one that is gone already is fine."""
        self._order(_DEL_RULE, packed, said="remove a rule", fine=(2,))

    def _order(self, kind: int, body: bytes, *, said: str, fine: tuple[int, ...] = ()) -> None:
        for answer, payload in self._ask(kind, body, flags=_ACK):
            number = -struct.unpack_from("=i", payload)[0] if answer == _ERROR else 0
            if number and number not in fine:
                raise AuditRefused(
                    f"The kernel did not {said}: {os.strerror(number)}.",
                    advice="The agent needs root, and an audit that is not locked (auditctl -s).",
                )

    def _ask(self, kind: int, body: bytes, *, flags: int = 0) -> Iterator[tuple[int, bytes]]:
        """Answers to one question, until its end; late answers to others are passed over."""
        self._sequence += 1
        head = _HEADER.pack(_HEADER.size + len(body), kind, _REQUEST | flags, self._sequence, 0)
        try:
            self._socket.send(head + body)
            is_acknowledged = False
            while True:
                answer, sequence, payload = _split(self._socket.recv(_LARGEST))
                if sequence != self._sequence:
                    continue
                is_acknowledged |= answer == _ERROR
                yield answer, payload
                if answer == _DONE or (is_acknowledged and kind not in (_GET, _LIST_RULES)):
                    return
                if answer == _GET or (answer == _ERROR and _code(payload)):
                    return
        except TimeoutError:
            return
        except OSError as error:
            raise AuditRefused(f"The kernel's audit does not answer: {error}.") from error


class AuditStream:
    """The records as they happen. `lost` counts how often the kernel had more than we read."""

    def __init__(self) -> None:
        self._socket = _open(groups=_READ_GROUP)
        with contextlib.suppress(OSError):  # without the right to force it, the usual size
            self._socket.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _RECEIVE_BYTES)
        self._socket.setblocking(False)
        self.lost = 0

    def fileno(self) -> int:
        """For select."""
        return self._socket.fileno()

    def read(self, *, most: int) -> list[Record]:
        """What waits now, at most so many; what is no record is passed over."""
        found: list[Record] = []
        for _ in range(most):
            try:
                datagram = self._socket.recv(_LARGEST)
            except BlockingIOError:
                break
            except OSError:  # ENOBUFS: the kernel dropped for us; the next read goes on
                self.lost += 1
                continue
            record = record_of(datagram)
            if record is not None:
                found.append(record)
        return found

    def close(self) -> None:
        """Leave the group."""
        self._socket.close()


def _open(*, groups: int) -> socket.socket:
    try:
        opened = socket.socket(
            socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, _FAMILY_AUDIT
        )
    except (OSError, AttributeError) as error:
        raise AuditRefused(f"This machine has no audit: {error}.") from error
    try:
        opened.bind((0, groups))
    except OSError as error:
        opened.close()
        raise AuditRefused(
            f"The audit's records cannot be read: {error}.", advice="The agent needs root."
        ) from error
    return opened


def _split(datagram: bytes) -> tuple[int, int, bytes]:
    if len(datagram) < _HEADER.size:
        return 0, -1, b""
    _, kind, _, sequence, _ = _HEADER.unpack_from(datagram)
    return kind, sequence, datagram[_HEADER.size :]


def _code(payload: bytes) -> int:
    return int(struct.unpack_from("=i", payload)[0]) if len(payload) >= 4 else 0
