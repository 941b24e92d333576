"""The pipeline store for its one writer, the worker: leases with fences, one transaction per batch.

Every commit begins by renewing its leases under their fences; a fence that no longer fits raises
LeaseLost and nothing is written, so two workers can never both write a partition.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.core.errors import LeaseLost
from hinomi.core.ids import PARTITIONS, partition_of
from hinomi.store.database import connect
from hinomi.store.finding_json import encode_finding
from hinomi.store.health_rows import forget_days, read_volume, write_awake, write_health
from hinomi.store.held_rules import device_counts, held_rules, hour_counts, note_book, write_held
from hinomi.store.pipeline import MANIFEST, manifest_row, prepare, text_of
from hinomi.store.pipeline_rows import Offsets
from hinomi.store.sqlite import transaction
from hinomi.store.state_rows import read_state, shed_state, write_state
from hinomi.store.status_rows import write_read_again, write_status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import date, datetime
    from pathlib import Path
    from sqlite3 import Connection

    from hinomi.core.findings import Finding
    from hinomi.core.state import StateKey
    from hinomi.store.health_rows import AwakeHour, Volume
    from hinomi.store.held_rules import HeldRule, HourCount
    from hinomi.store.pipeline_rows import (
        DetectWork,
        LakeWork,
        ManifestRow,
    )
    from hinomi.store.rereads import RereadPart

FINDINGS_PER_HOUR = 100  # of one (rule, organisation, device); beyond that only counted
_HOUSEKEEPING = 0  # who holds this partition's lease tidies the lake and takes in hunts

_LIST = "INSERT INTO manifest VALUES (?,?,?,?,?,?,?,?,?,?,0)"
_COUNT = """
INSERT INTO finding_counts VALUES (?, ?, ?, ?, 1, 0)
ON CONFLICT (organisation, rule_id, device, event_hour) DO UPDATE SET
  written = finding_counts.written + CASE WHEN finding_counts.written < ? THEN 1 ELSE 0 END,
  beyond = finding_counts.beyond + CASE WHEN finding_counts.written < ? THEN 0 ELSE 1 END
RETURNING beyond
"""
_ATTEMPT = """
INSERT INTO attempts VALUES (?, ?, ?, 1) ON CONFLICT (partition) DO UPDATE SET
  tries = CASE WHEN attempts.first_offset = excluded.first_offset
    THEN attempts.tries + 1 ELSE 1 END,
  first_offset = excluded.first_offset, last_offset = excluded.last_offset RETURNING tries
"""
_NEXT_SEQ = "UPDATE offsets SET last_seq = last_seq + 1 WHERE partition = ? RETURNING last_seq"
_NEXT_HUNT_SEQ = _NEXT_SEQ.replace("offsets", "hunt_partitions")
_HUNT_PARTITION = """
INSERT INTO hunt_partitions (partition, hunt)
  SELECT coalesce(max(partition) + 1, ?), ? FROM hunt_partitions WHERE true
ON CONFLICT (hunt) DO NOTHING
"""
_NEW_PARTITION = (
    "INSERT INTO leases VALUES (?, '', 0, 0) ON CONFLICT DO NOTHING",
    "INSERT INTO offsets (partition) VALUES (?) ON CONFLICT DO NOTHING",
)
# Of a lease that another worker renews or claims at this moment there is nothing to decide.
_UNLOCKED = (
    "SELECT partition, owner, beat FROM leases ORDER BY partition"
    " /*postgres FOR UPDATE SKIP LOCKED*/"
)
_CLAIM = (
    "UPDATE leases SET owner = ?, fence = fence + 1, beat = beat + 1 WHERE partition = ?"
    " RETURNING fence"
)


class PipelineWriter:
    """Writes one pipeline store under the leases it claimed. One thread."""

    def __init__(self, path: Path) -> None:
        """Makes the store when it is missing and brings its schema up to date."""
        prepare(path)
        self._connection = connect(path)
        self.fences: dict[int, int] = {}

    def close(self) -> None:
        """Release the file; leases stay until `release` or until somebody takes them over."""
        self._connection.close()

    def claim(self, *, owner: str, is_free: Callable[[int, str, int], bool]) -> set[int]:
        """Take every partition without an owner, or whose `is_free(partition, owner, beat)`.

        Returns the partitions now held that were not held before. A claim raises the fence, so
        that a former owner who still writes loses.
        """
        fences = {}
        with transaction(self._connection) as db:
            if db.execute("SELECT count(*) FROM leases").fetchone()[0] < PARTITIONS:
                for statement in _NEW_PARTITION:
                    db.executemany(statement, [(partition,) for partition in range(PARTITIONS)])
            for partition, former, beat in db.execute(_UNLOCKED).fetchall():
                is_wanted = partition not in self.fences
                if is_wanted and (not former or is_free(partition, former, beat)):
                    fences[partition] = db.execute(_CLAIM, (owner, partition)).fetchone()[0]
        self.fences |= fences
        return set(fences)

    def beats(self) -> dict[int, tuple[str, int]]:
        """Owner and beat of every lease; a beat that stands still means a dead owner."""
        rows = self._connection.execute("SELECT partition, owner, beat FROM leases")
        return {partition: (owner, beat) for partition, owner, beat in rows}

    def renew(self) -> None:
        """Move the beat of all leases held. LeaseLost when one was taken over."""
        with transaction(self._connection):
            self._hold(self.fences)

    def release(self) -> None:
        """Give all leases back at a clean stop, so that a successor need not wait."""
        with transaction(self._connection) as db:
            db.executemany(
                "UPDATE leases SET owner = '' WHERE partition = ? AND fence = ?",
                list(self.fences.items()),
            )
        self.fences.clear()

    def offsets(self) -> dict[int, Offsets]:
        """How far each partition held is."""
        rows = self._connection.execute("SELECT partition, detect_offset, lake_offset FROM offsets")
        return {p: Offsets(detect, lake) for p, detect, lake in rows if p in self.fences}

    def note_attempts(self, ranges: Mapping[int, tuple[int, int]]) -> dict[int, int]:
        """Remember that (first, last) offsets are about to be read; how often that was begun."""
        with transaction(self._connection) as db:
            self._hold(ranges)
            return {
                partition: int(db.execute(_ATTEMPT, (partition, first, last)).fetchone()[0])
                for partition, (first, last) in ranges.items()
            }

    def note_killer(self, *, partition: int, offset: int, detail: str) -> None:
        """Remember a record that killed its reader; it is never read again."""
        with transaction(self._connection) as db:
            self._hold([partition])
            db.execute(
                "INSERT INTO killers VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                (partition, offset, detail),
            )

    def killers(self) -> dict[tuple[int, int], str]:
        """(partition, offset) of every record that killed its reader, with what happened."""
        rows = self._connection.execute("SELECT partition, record_offset, detail FROM killers")
        return {(partition, offset): detail for partition, offset, detail in rows}

    def commit_detect(self, work: DetectWork) -> int:
        """Findings, status, counts and offsets of one batch in one transaction.

        Returns how many findings were new; repeats and those beyond the hourly bound are not.
        """
        with transaction(self._connection) as db:
            self._hold(work.offsets)
            written = sum(
                self._write_finding(finding, partition_of(finding.organisation), _NEXT_SEQ)
                for finding in work.findings
            )
            write_status(db, work)
            write_state(db, work)
            if work.health is not None:
                write_health(db, work.health)
            db.executemany(
                "UPDATE offsets SET detect_offset = ? WHERE partition = ?",
                [(offset, partition) for partition, offset in work.offsets.items()],
            )
            db.executemany("DELETE FROM attempts WHERE partition = ?", [(p,) for p in work.offsets])
        return written

    def hunted_bytes(self, hunt: str) -> int:
        """How much of a hunt's file of findings is taken."""
        row = self._connection.execute(
            "SELECT taken_bytes FROM hunt_partitions WHERE hunt = ?", (hunt,)
        ).fetchone()
        return int(row[0]) if row else 0

    def commit_hunted(self, hunt: str, findings: Sequence[Finding], *, taken_bytes: int) -> int:
        """Findings of a hunt, as partition `hunt-<id>`, and how far its file is taken by them.

        Returns how many were new: what the stream found too is there already, under the same id.
        """
        with transaction(self._connection) as db:
            self._hold([_HOUSEKEEPING])
            db.execute(_HUNT_PARTITION, (PARTITIONS, hunt))
            (partition,) = db.execute(
                "UPDATE hunt_partitions SET taken_bytes = ? WHERE hunt = ? RETURNING partition",
                (taken_bytes, hunt),
            ).fetchone()
            return sum(self._write_finding(each, partition, _NEXT_HUNT_SEQ) for each in findings)

    def state_of(self, key: StateKey) -> bytes | None:
        """What is remembered under a key."""
        return read_state(self._connection, key)

    def volume_of(self, organisation: str, source: str) -> Volume | None:
        """How much a source usually sends."""
        return read_volume(self._connection, organisation, source)

    def note_awake(self, awake: AwakeHour) -> None:
        """Remember that our own side was awake in these minutes."""
        with transaction(self._connection) as db:
            write_awake(db, awake)  # no partition's: bits are only added, by whoever is awake

    def forget_days(self, *, before: date) -> int:
        """Remove the days of sources that no report needs any more."""
        with transaction(self._connection) as db:
            self._hold([_HOUSEKEEPING])
            return forget_days(db, before=before)

    def shed_state(self) -> dict[str, int]:
        """Forget the oldest memories of an organisation that has too many: how many, of whom."""
        with transaction(self._connection) as db:
            self._hold(self.fences)
            return shed_state(db)

    def trial_counts(
        self, organisations: Sequence[str], *, since: datetime
    ) -> tuple[list[HourCount], Mapping[str, int]]:
        """How often rules fired at these companies since that hour, and their machines."""
        db, moment = self._connection, text_of(since)
        counts = hour_counts(db, organisations, since=moment[:13])
        return counts, device_counts(db, organisations, since=moment)

    def held_rules(self) -> list[HeldRule]:
        """Every rule a trial showed to be noisy, whatever people said of it since."""
        return held_rules(self._connection)

    def hold_rules(self, rules: Sequence[HeldRule]) -> int:
        """Returns how many were not held before."""
        with transaction(self._connection) as db:
            self._hold([_HOUSEKEEPING])
            return write_held(db, rules)

    def note_rule_book(self, rule_pack: str, *, packs: str, rules: int, at: datetime) -> None:
        """What findings with this hash were found with."""
        with transaction(self._connection) as db:
            self._hold(self.fences)
            note_book(db, rule_pack, packs=packs, rules=rules, at=text_of(at))

    def commit_lake(self, work: LakeWork) -> None:
        """List files that are whole on disk and say how far they bring the lake."""
        with transaction(self._connection) as db:
            self._hold(work.offsets)
            db.executemany(_LIST, map(_manifest_row, work.files))
            db.executemany(
                "UPDATE offsets SET lake_offset = ? WHERE partition = ?",
                [(offset, partition) for partition, offset in work.offsets.items()],
            )

    def may_replace(self, part: RereadPart) -> bool:
        """Whether the file that was read again is still listed as it was then."""
        return _may_replace(self._connection, part)

    def commit_reread(self, part: RereadPart) -> bool:
        """The new files take the old one's place, and what can be read is no longer counted as set
        aside. False, and nothing is written, when the old file is not listed any more."""
        with transaction(self._connection) as db:
            self._hold([_HOUSEKEEPING])
            if not _may_replace(db, part):
                return False
            db.execute("DELETE FROM manifest WHERE file = ?", (part.removed,))
            db.executemany(_LIST, map(_manifest_row, part.files))
            write_read_again(db, part.counts)
            return True

    def listed_files(self) -> set[str]:
        """Every file the manifest names, damaged ones too."""
        return {f for (f,) in self._connection.execute("SELECT DISTINCT file FROM manifest")}

    @property
    def may_tidy(self) -> bool:
        """Of several workers only one tidies the lake, takes in hunts and judges trials."""
        return _HOUSEKEEPING in self.fences

    def manifest_rows(self) -> list[ManifestRow]:
        """The whole manifest without damaged files."""
        return [manifest_row(row) for row in self._connection.execute(MANIFEST)]

    def unlist_files(self, files: Iterable[str]) -> None:
        """Take files out of the manifest; from now on nobody reads them and they may be deleted."""
        self._housekeep("DELETE FROM manifest WHERE file = ?", files)

    def mark_damaged(self, files: Iterable[str]) -> None:
        """Keep the rows as proof of what is missing, but let nobody read the files."""
        self._housekeep("UPDATE manifest SET is_damaged = 1 WHERE file = ?", files)

    def _housekeep(self, statement: str, files: Iterable[str]) -> None:
        with transaction(self._connection) as db:
            self._hold([_HOUSEKEEPING])
            db.executemany(statement, [(file,) for file in files])

    def _hold(self, partitions: Iterable[int]) -> None:
        """Renew under the fence: the first statement of every commit."""
        for partition in partitions:
            renewed = self._connection.execute(
                "UPDATE leases SET beat = beat + 1 WHERE partition = ? AND fence = ?",
                (partition, self.fences.get(partition, -1)),
            )
            if renewed.rowcount != 1:
                raise LeaseLost(
                    f"partition {partition} belongs to another worker now; nothing was written.",
                    advice="Nothing to do: that worker goes on from the last commit.",
                )

    def _write_finding(self, finding: Finding, partition: int, next_seq: str) -> bool:
        db = self._connection
        if db.execute("SELECT 1 FROM findings WHERE id = ?", (finding.id,)).fetchone():
            return False
        hour = text_of(finding.event_time)[:13]
        key = (finding.organisation, finding.rule_id, _counted_on(finding), hour)
        bounds = (FINDINGS_PER_HOUR, FINDINGS_PER_HOUR)
        if db.execute(_COUNT, (*key, *bounds)).fetchone()[0]:
            return False
        seq = db.execute(next_seq, (partition,)).fetchone()[0]
        db.execute(
            "INSERT INTO findings VALUES (?,?,?,?,?,?,?,?,?,?,?)",
            (partition, seq, *_finding_row(finding)),
        )
        return True


def _may_replace(db: Connection, part: RereadPart) -> bool:
    row = db.execute(
        "SELECT count(*) FROM manifest WHERE file = ? AND is_damaged = 0", (part.removed,)
    ).fetchone()
    return int(row[0]) == part.owners


def _counted_on(finding: Finding) -> str:
    """What is silenced has a bound of its own: it must not use up that of what people are told."""
    return f"{finding.silenced_by} {finding.device}" if finding.silenced_by else finding.device


def _finding_row(finding: Finding) -> tuple[str, ...]:
    return (
        finding.id,
        finding.organisation,
        finding.source,
        finding.rule_id,
        finding.device,
        finding.level.value,
        text_of(finding.event_time),
        text_of(finding.receive_time),
        encode_finding(finding),
    )


def _manifest_row(row: ManifestRow) -> tuple[object, ...]:
    return (
        row.file,
        row.organisation,
        row.shape,
        row.receive_day.isoformat(),
        row.records,
        row.size_bytes,
        text_of(row.min_event_time),
        text_of(row.max_event_time),
        text_of(row.min_receive_time),
        text_of(row.max_receive_time),
    )
