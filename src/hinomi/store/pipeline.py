"""The pipeline store for readers: findings, source status, offsets and the manifest of the lake.

Anybody may read it, in any process, while the worker writes (store/pipeline_writer). Every read
that returns a customer's data takes the organisation; the two that span organisations say so.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from hinomi.store.database import connect
from hinomi.store.finding_json import decode_finding
from hinomi.store.health_rows import (
    of_each,
    read_all_health,
    read_awake,
    read_days,
    read_health,
    read_tries,
)
from hinomi.store.held_rules import held_rules
from hinomi.store.lan_rows import read_lan
from hinomi.store.pipeline_rows import (
    ManifestRow,
    Offsets,
    SeenDevice,
    SetAsideCount,
    SourceStatus,
)
from hinomi.store.sqlite import migrate

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path
    from sqlite3 import Connection, Row

    from hinomi.core.findings import Finding
    from hinomi.store.health_rows import AwakeHour, SeenTry, SourceDay, SourceHealth
    from hinomi.store.held_rules import HeldRule
    from hinomi.store.lan_rows import LanDevice

FILE_NAME = "pipeline.sqlite"
MANIFEST = (
    "SELECT file, organisation, shape, receive_day, records, size_bytes, min_event_time,"
    " max_event_time, min_receive_time, max_receive_time FROM manifest WHERE is_damaged = 0"
)


def prepare(path: Path) -> None:
    """Make the store, or bring it to this release's schema."""
    connection = connect(path)
    try:
        migrate(connection, store="pipeline")
    finally:
        connection.close()


class PipelineReader:
    """Reads one pipeline store. One thread at a time; open one per thread."""

    def __init__(self, path: Path) -> None:
        """`path` is DATA/pipeline.sqlite; FileNotFoundError before the first start."""
        self._connection: Connection = connect(path, read_only=True)

    def __enter__(self) -> PipelineReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Release the file."""
        self._connection.close()

    def findings_after(
        self, partition: int, seq: int, limit: int = 500
    ) -> list[tuple[int, Finding]]:
        """The bell's read over all organisations of a partition: (seq, finding), seq ascending."""
        rows = self._connection.execute(
            "SELECT seq, body FROM findings WHERE partition = ? AND seq > ? ORDER BY seq LIMIT ?",
            (partition, seq, limit),
        )
        return [(int(number), decode_finding(body)) for number, body in rows]

    def last_seqs(self) -> dict[int, int]:
        """Provider read: the newest finding number of each partition, hunts' too; tells what is
        waiting."""
        return dict(
            self._connection.execute(
                "SELECT partition, last_seq FROM offsets"
                " UNION ALL SELECT partition, last_seq FROM hunt_partitions"
            )
        )

    def findings_of(self, organisation: str, *, limit: int = 500) -> list[Finding]:
        """The organisation's newest findings, newest event first."""
        rows = self._connection.execute(
            "SELECT body FROM findings WHERE organisation = ? ORDER BY event_time DESC, id LIMIT ?",
            (organisation, limit),
        )
        return [decode_finding(body) for (body,) in rows]

    def findings_beyond(self, organisation: str) -> int:
        """How many findings were only counted, not written (more than 100 of a kind in an hour)."""
        row = self._connection.execute(
            "SELECT coalesce(sum(beyond), 0) FROM finding_counts WHERE organisation = ?",
            (organisation,),
        ).fetchone()
        return int(row[0])

    def source_status(self, organisation: str) -> dict[str, SourceStatus]:
        """Per source id what it has sent so far; a source that never sent is absent."""
        rows = self._connection.execute(
            "SELECT * FROM source_status WHERE organisation = ?", (organisation,)
        )
        return {status.source: status for status in map(_status, rows)}

    def statuses(self, organisations: Sequence[str]) -> dict[str, SourceStatus]:
        """Status of all sources of these companies, by source id."""
        rows = of_each(
            self._connection, "SELECT * FROM source_status WHERE organisation IN", organisations
        )
        return {status.source: status for status in map(_status, rows)}

    def last_heard(self) -> dict[tuple[str, str], SourceStatus]:
        """Provider read for the bell: status without samples of every source, by (organisation,
        source)."""
        rows = self._connection.execute(
            "SELECT organisation, source, records, readable, set_aside, last_receive, last_alive,"
            " last_event, first_readable_at, NULL, last_set_aside_at, NULL, NULL, NULL"
            " FROM source_status"
        )
        return {(str(row[0]), str(row[1])): _status(row) for row in rows}

    def all_health(self, *, now: datetime) -> dict[tuple[str, str], SourceHealth]:
        """Provider read for the bell: volume and power of every source."""
        return read_all_health(self._connection, now=now)

    def health(
        self, organisations: Sequence[str], *, now: datetime
    ) -> dict[tuple[str, str], SourceHealth]:
        """Volume and power of the companies' sources, by (organisation, source)."""
        return read_health(self._connection, organisations, now=now)

    def source_days(
        self, organisations: Sequence[str], *, since: date, until: date
    ) -> list[SourceDay]:
        """The companies' sources by receive day, `until` included, oldest first."""
        return read_days(self._connection, organisations, since=since, until=until)

    def tries(self, names: Mapping[str, str]) -> list[SeenTry]:
        """What came back of tries, given as name → the company that made it."""
        return read_tries(self._connection, names)

    def awake(self, *, since: datetime, until: datetime) -> list[AwakeHour]:
        """When our own side was awake; names no company."""
        return read_awake(self._connection, since=since, until=until)

    def set_aside_counts(self, organisation: str) -> list[SetAsideCount]:
        """Unreadable records per source, day and reason, newest day first."""
        rows = self._connection.execute(
            "SELECT organisation, source, receive_day, reason, records FROM set_aside_counts"
            " WHERE organisation = ? ORDER BY receive_day DESC, source, reason",
            (organisation,),
        )
        return [SetAsideCount(r[0], r[1], date.fromisoformat(r[2]), r[3], r[4]) for r in rows]

    def seen_devices(self, organisation: str) -> list[SeenDevice]:
        """Machines that named themselves, most recent first."""
        rows = self._connection.execute(
            "SELECT organisation, device, source, first_seen, last_seen FROM seen_devices"
            " WHERE organisation = ? ORDER BY last_seen DESC, device",
            (organisation,),
        )
        return [SeenDevice(r[0], r[1], r[2], _moment(r[3]), _moment(r[4])) for r in rows]

    def lan_devices(self, organisation: str) -> list[LanDevice]:
        """What the company's relays hear around them, heard last first; key "" is the network."""
        return read_lan(self._connection, organisation)

    def held_rules(self) -> list[HeldRule]:
        """Provider read: rules a trial showed to be noisy; names no company."""
        return held_rules(self._connection)

    def rule_book(self, rule_pack: str) -> str | None:
        """The packs behind a finding's `rule_pack`, as JSON; None when it was never in use here."""
        row = self._connection.execute(
            "SELECT packs FROM rule_books WHERE rule_pack = ?", (rule_pack,)
        ).fetchone()
        return str(row[0]) if row else None

    def offsets(self) -> dict[int, Offsets]:
        """Provider read: how far each partition is. Partitions without records are absent."""
        rows = self._connection.execute(
            "SELECT partition, detect_offset, lake_offset FROM offsets ORDER BY partition"
        )
        return {partition: Offsets(detect, lake) for partition, detect, lake in rows}

    def killers(self, partition: int, *, after: int) -> dict[int, str]:
        """Offsets of records that killed their reader, with what happened."""
        rows = self._connection.execute(
            "SELECT record_offset, detail FROM killers WHERE partition = ? AND record_offset > ?",
            (partition, after),
        )
        return dict(rows)

    def manifest(
        self,
        organisation: str,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        received_from: date | None = None,
    ) -> list[ManifestRow]:
        """Files that hold the organisation's events of that event time, newest first.

        `since` is included, `until` is not; `received_from` leaves out expired receive days.
        """
        query, values = f"{MANIFEST} AND organisation = ?", [organisation]
        for clause, bound in (
            ("max_event_time >= ?", since and text_of(since)),
            ("min_event_time < ?", until and text_of(until)),
            ("receive_day >= ?", received_from and received_from.isoformat()),
        ):
            if bound:
                query += f" AND {clause}"
                values.append(bound)
        rows = self._connection.execute(f"{query} ORDER BY max_event_time DESC, file", values)
        return [manifest_row(row) for row in rows]

    def all_files(self) -> Iterator[ManifestRow]:
        """Provider read: the whole manifest, by file and organisation."""
        for row in self._connection.execute(f"{MANIFEST} ORDER BY file, organisation"):
            yield manifest_row(row)

    def damaged_files(self) -> list[str]:
        """Provider read: files that were listed and turned out torn; they lie in quarantine."""
        rows = self._connection.execute("SELECT DISTINCT file FROM manifest WHERE is_damaged = 1")
        return [file for (file,) in rows]


def text_of(moment: datetime) -> str:
    """UTC in one fixed width, so that text order is time order."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _moment_or_none(text: str | None) -> datetime | None:
    return _moment(text) if text else None


def manifest_row(row: Row | tuple[str, ...]) -> ManifestRow:
    """A row of `MANIFEST` as a value."""
    file, organisation, shape, day, records, size, *moments = row
    return ManifestRow(
        file,
        organisation,
        shape,
        date.fromisoformat(day),
        int(records),
        int(size),
        *(_moment(each) for each in moments),
    )


def _status(row: tuple[object, ...]) -> SourceStatus:
    texts = [None if value is None else str(value) for value in row]
    return SourceStatus(
        organisation=str(row[0]),
        source=str(row[1]),
        records=int(str(row[2])),
        readable=int(str(row[3])),
        set_aside=int(str(row[4])),
        last_receive=_moment(str(row[5])),
        last_alive=_moment_or_none(texts[6]),
        last_event=_moment_or_none(texts[7]),
        first_readable_at=_moment_or_none(texts[8]),
        first_readable=texts[9] or "",
        last_set_aside_at=_moment_or_none(texts[10]),
        last_set_aside_reason=texts[11] or "",
        last_set_aside_detail=texts[12] or "",
        last_set_aside=texts[13] or "",
    )
