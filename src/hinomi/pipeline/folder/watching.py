"""The loop of `hinomi watch`: look, send what is new, wait.

A request is written down before it is sent and carries its Idempotency-Key, so that a crash or a
lost answer doubles nothing within the 72 hours the tower remembers.
"""

from __future__ import annotations

import gzip
import http.client
import logging
import ssl
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from hinomi.core.errors import HinomiError, UsageError
from hinomi.pipeline.folder.event_log import MAGIC, next_events
from hinomi.pipeline.folder.pieces import Piece, lines_between, next_lines, next_rows, rows_between

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import BinaryIO

    from hinomi.pipeline.folder.positions import Position, Positions

_PASSED_OVER = frozenset(
    {".gz", ".zip", ".bz2", ".xz", ".zst", ".7z", ".tmp", ".part", ".swp", ".lock", ".draft"}
)
_TIMEOUT_S = 60.0
_WAIT_S, _MOST_WAIT_S = 1.0, 60.0
_REUSED = 422
logger = logging.getLogger(__name__)


class Refused(HinomiError):
    """The tower will not take this however often it is sent."""


@dataclass(frozen=True, slots=True)
class Road:
    """Where to, and as whom. `authority`: certificates to trust besides the system's."""

    endpoint: str
    token: str = field(repr=False)
    authority: Path | None = None


@dataclass(slots=True)
class FolderWatch:
    """`settle_s`: a last line without its end is sent once nobody wrote for so long."""

    folder: Path
    match: str
    road: Road
    positions: Positions
    settle_s: float = 60.0
    sleep: Callable[[float], None] = time.sleep
    wall: Callable[[], float] = time.time
    sent: int = 0

    def round(self, *, is_last: bool = False) -> None:
        """Send all that is new in the folder. `is_last`: every file is finished."""
        present: set[str] = set()
        for path in self._files():
            try:
                with path.open("rb") as stream:
                    stat = path.stat()
                    present.add(f"{stat.st_dev}:{stat.st_ino}")
                    is_finished = is_last or self.wall() - stat.st_mtime >= self.settle_s
                    self._send_all(path, stream, is_finished=is_finished)
            except OSError as error:
                if isinstance(error, FileNotFoundError):
                    continue  # deleted or renamed meanwhile
                logger.warning("%s cannot be read: %s", path.name, error)
        self.positions.forget_gone(present)

    def _files(self) -> list[Path]:
        found = [path for path in self.folder.rglob(self.match) if path.is_file()]
        inner = [path for path in found if not _is_hidden(path.relative_to(self.folder))]
        kept = [path for path in inner if path.suffix.lower() not in _PASSED_OVER]
        return sorted(kept, key=lambda path: (path.stat().st_mtime, path.name))

    def _send_all(self, path: Path, stream: BinaryIO, *, is_finished: bool) -> None:
        is_event_log = stream.read(len(MAGIC)) == MAGIC
        position = self.positions.of(path, stream, has_bytes=not is_event_log)
        while True:
            planned = position.end
            piece = _next(path, stream, position, is_finished=is_finished)
            if planned and (piece is None or piece.end != planned):
                self.positions.restart(position)  # emptied since the request was planned
                continue
            if piece is None:
                return
            self._send(position, piece)
            self.positions.advance(position, stream)

    def _send(self, position: Position, piece: Piece) -> None:
        key = self.positions.plan(position, end=piece.end)
        if not piece.records:
            return
        wait_s = _WAIT_S
        while True:
            status, retry_s = self._post(b"\n".join(piece.records), key)
            if status // 100 == 2:
                self.sent += len(piece.records)
                return
            if status == _REUSED:  # acknowledged before, with bytes that were replaced since
                logger.warning("%s was changed where it had been sent", position.name)
                return
            if 400 <= status < 500 and status not in (408, 429):
                raise Refused(
                    f"The tower answered {status}.", advice="Is the token whole, and not revoked?"
                )
            self.sleep(max(wait_s, retry_s))
            wait_s = min(wait_s * 2, _MOST_WAIT_S)

    def _post(self, body: bytes, key: str) -> tuple[int, float]:
        """(status, Retry-After); (0, 0) when the tower cannot be reached."""
        headers = {
            "Authorization": f"Bearer {self.road.token}",
            "Idempotency-Key": key,
            "Content-Type": "text/plain",
            "Content-Encoding": "gzip",
        }
        try:
            connection = _connection(self.road)
            try:
                path = urlsplit(self.road.endpoint).path
                connection.request("POST", path, gzip.compress(body, 1), headers)
                answer = connection.getresponse()
                answer.read()
                return answer.status, _seconds(answer.headers.get("Retry-After", ""))
            finally:
                connection.close()
        except (OSError, http.client.HTTPException) as error:
            logger.warning("the tower cannot be reached: %s", error)
            return 0, 0.0


def _next(path: Path, stream: BinaryIO, position: Position, *, is_finished: bool) -> Piece | None:
    """The next records; of a request that is under way exactly those that it had."""
    start, end = position.at, position.end
    stream.seek(0)
    if stream.read(len(MAGIC)) == MAGIC:
        return next_events(path, start=start, end=end)
    if path.suffix.lower() == ".csv":
        if end:
            return rows_between(stream, start=start, end=end)
        return next_rows(stream, start=start, is_finished=is_finished)
    if end:
        return lines_between(stream, start=start, end=end)
    return next_lines(stream, start=start, is_finished=is_finished)


def _is_hidden(path: Path) -> bool:
    return any(part.startswith((".", "~")) for part in path.parts)


def _connection(road: Road) -> http.client.HTTPConnection:
    url = urlsplit(road.endpoint)
    if not url.hostname:
        raise UsageError(f"{road.endpoint!r} is no address.", advice="--endpoint https://…")
    if url.scheme == "https":
        context = ssl.create_default_context()
        if road.authority is not None:
            context.load_verify_locations(road.authority)
        return http.client.HTTPSConnection(
            url.hostname, url.port, timeout=_TIMEOUT_S, context=context
        )
    return http.client.HTTPConnection(url.hostname, url.port, timeout=_TIMEOUT_S)


def _seconds(text: str) -> float:
    return min(float(text), _MOST_WAIT_S) if text.isdigit() else 0.0
