"""Reads again what was set aside: a format was added, taught or corrected since it arrived.

Records keep their id, their receive time (and so their retention) and the time they state
themselves; `reread.at` says when they were read. Rules look at them one by one; what they find of
days ago is late. Correlations do not look: a hunt does.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from hinomi.columns.batch import SET_ASIDE_SHAPE
from hinomi.columns.parquet import read_record_groups
from hinomi.core import crash
from hinomi.core.errors import HinomiError, StoreDamaged
from hinomi.core.findings import LATE_AFTER
from hinomi.core.records import Event, RawRecord, SetAside
from hinomi.core.words import SetAsideReason
from hinomi.detect import RuleSet, Shelf
from hinomi.normalise import aliases_by_shape, declared_fields, read_sent
from hinomi.pipeline.agreed_days import may_read
from hinomi.pipeline.exceptions.silencer import Silencer
from hinomi.pipeline.findings import Versions
from hinomi.pipeline.hunt import horizons
from hinomi.pipeline.intel.current import finder_named
from hinomi.pipeline.learned import LearnedReader
from hinomi.pipeline.packs.chosen import RuleChoice
from hinomi.pipeline.worker_engine import Engine
from hinomi.pipeline.worker_rules import RuleKeeper
from hinomi.store.database import is_made
from hinomi.store.directory import open_directory
from hinomi.store.finding_json import encode_finding
from hinomi.store.lake_writer import LakeBuffer, write_bundle
from hinomi.store.pipeline import FILE_NAME, PipelineReader
from hinomi.store.pipeline_rows import SetAsideCount
from hinomi.store.rereads import RereadPart, RereadProgress

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hinomi.config import Config
    from hinomi.core.directory import Directory, Source
    from hinomi.core.findings import Finding
    from hinomi.store.rereads import RereadFolder

READ_AT = "reread.at"
MOST_FINDINGS = 10_000  # of one order, with their evidence; what comes after is counted
_ALL = 1 << 40  # a buffer that is never full: one file of the lake at a time goes through it
_REASONS = (
    SetAsideReason.UNKNOWN_FORMAT,
    SetAsideReason.NOT_JSON,
    SetAsideReason.UNDECODABLE,
    SetAsideReason.BROKEN_RECORD,
    SetAsideReason.CRASHED_READER,
)


def run_reread(
    folder: RereadFolder,
    *,
    config: Config,
    on_progress: Callable[[RereadProgress], None] = lambda _: None,
) -> RereadProgress:
    """Do what was ordered, or go on with it. Raises RereadRuns, UnknownCompany, StoreDamaged."""
    with folder.running():
        try:
            run = _Run(folder, config=config, on_progress=on_progress)
            return run.to_the_end()
        except HinomiError as error:
            folder.keep(replace(folder.progress, trouble=str(error)))
            raise


def may_be_read_again(record: Event | SetAside) -> bool:
    """What was cut on arrival stays cut; who killed a reader is not tried again; all else may."""
    if not isinstance(record, SetAside) or record.reason not in _REASONS:
        return False
    if record.reason is SetAsideReason.CRASHED_READER:
        return record.detail.isidentifier()  # it raised, and did not take the process with it
    return record.detail != SetAsideReason.BROKEN_RECORD.of_frame


class _Run:
    """What one run holds in memory."""

    def __init__(
        self,
        folder: RereadFolder,
        *,
        config: Config,
        on_progress: Callable[[RereadProgress], None],
    ) -> None:
        self._folder, self._config, self._on_progress = folder, config, on_progress
        self._order = folder.order
        with open_directory(config.data) as directory:
            self._directory = directory.load()
        self._sources = {one.id: one for one in self._directory.sources}
        reader = LearnedReader(otherwise=read_sent)
        reader.know(self._directory)
        self._engine = Engine(reader, RuleSet(()), Versions(), aliases_by_shape())
        if not self._order.is_trial:
            self._engine = _with_rules(self._engine, config, self._directory)
        # What an earlier run handed on is read; a trial hands on nothing.
        before = RereadProgress() if self._order.is_trial else folder.progress
        self._progress = replace(before, done=0, looked=before.readable, faults=(), trouble="")

    def to_the_end(self) -> RereadProgress:
        files = self._files()
        self._tell(replace(self._progress, files=len(files)))
        for file, owners in files:
            try:
                self._read_file(file, owners)
            except StoreDamaged as error:
                self._progress = replace(
                    self._progress, faults=(*self._progress.faults, str(error))
                )
            self._tell(replace(self._progress, done=self._progress.done + 1))
        self._tell(replace(self._progress, is_done=True))
        return self._progress

    def _files(self) -> list[tuple[str, int]]:
        """Files of set-aside records the company may still read, and how many companies share
        each. Those that wait for the worker are read already."""
        order, today = self._order, self._config.clock.now().date()
        oldest = horizons([order.organisation], data=self._config.data, today=today)
        if not is_made(self._config.data / FILE_NAME):
            return []
        company = next(one for one in self._directory.organisations if one.id == order.organisation)
        waiting = {self._folder.part_at(path).removed for path in self._folder.parts()}
        with PipelineReader(self._config.data / FILE_NAME) as manifest:
            rows = manifest.manifest(order.organisation, received_from=oldest[order.organisation])
            owners = Counter(row.file for row in manifest.all_files())
        return [
            (row.file, owners[row.file])
            for row in rows
            if row.shape == SET_ASIDE_SHAPE
            and row.file not in waiting
            and may_read(company, shape=row.shape, day=row.receive_day, today=today)
        ]

    def _read_file(self, file: str, owners: int) -> None:
        path = self._config.data / "lake" / file
        buffer = LakeBuffer(declared=declared_fields, rows=_ALL, seconds=_ALL)
        counts: Counter[SetAsideCount] = Counter()
        findings: list[Finding] = []
        for records in read_record_groups(path):
            kept, read = self._read_again(records, counts)
            if not self._order.is_trial:
                findings += self._found(read)
                buffer.add([*kept, *read], offsets={}, monotonic=0.0)
        if not counts or self._order.is_trial:
            return
        work = write_bundle(
            buffer.take(), folder=self._config.data / "lake", now=self._config.clock.now()
        )
        crash.point("reread:before-part")
        part = RereadPart(
            removed=file,
            owners=owners,
            files=tuple(work.files),
            counts=tuple(replace(key, records=number) for key, number in counts.items()),
            findings=tuple(map(encode_finding, findings)),
        )
        self._folder.hand_on(part)
        crash.point("reread:after-part")

    def _read_again(
        self, records: Sequence[Event | SetAside], counts: Counter[SetAsideCount]
    ) -> tuple[list[Event | SetAside], list[Event]]:
        """Those that stay set aside, and those that can be read."""
        kept: list[Event | SetAside] = []
        read: list[Event] = []
        for record in records:
            event = self._event_of(record)
            if event is None or not isinstance(record, SetAside):
                kept.append(record)
                continue
            read.append(event)
            day = record.receive_time.date()
            key = SetAsideCount(record.organisation, record.source, day, record.reason.value, 0)
            counts[key] += 1
        shapes = Counter(self._progress.shapes) + Counter(event.shape for event in read)
        self._progress = replace(
            self._progress, readable=self._progress.readable + len(read), shapes=dict(shapes)
        )
        return kept, read

    def _event_of(self, record: Event | SetAside) -> Event | None:
        order = self._order
        is_mine = record.organisation == order.organisation
        if not is_mine or order.source not in ("", record.source) or not may_be_read_again(record):
            return None
        source = self._sources.get(record.source)
        if source is not None and source.awaits_consent:
            return None
        self._progress = replace(self._progress, looked=self._progress.looked + 1)
        event = self._engine.read(_raw(record, source))
        if not isinstance(event, Event):
            return None
        said = order.ordered_at.isoformat(timespec="seconds")
        return replace(event, fields={**event.fields, READ_AT: said})

    def _found(self, events: Sequence[Event]) -> list[Finding]:
        found = [
            replace(one, late=one.late or self._order.ordered_at - one.event_time > LATE_AFTER)
            for one in self._engine.find(events)
        ]
        room = max(0, MOST_FINDINGS - self._progress.findings)
        beyond = max(0, len(found) - room)
        self._progress = replace(
            self._progress,
            findings=self._progress.findings + len(found) - beyond,
            beyond=self._progress.beyond + beyond,
        )
        return found[:room]

    def _tell(self, progress: RereadProgress) -> None:
        self._progress = progress
        self._folder.keep(progress)
        self._on_progress(progress)


def _raw(record: Event | SetAside, source: Source | None) -> RawRecord:
    """As it came, with what the source is registered as now."""
    return RawRecord(
        event_id=record.event_id,
        organisation=record.organisation,
        source=record.source,
        kind=source.kind if source else "auto",
        timezone=source.timezone if source else "Asia/Tokyo",
        receive_time=record.receive_time,
        raw=record.raw,
    )


def _with_rules(engine: Engine, config: Config, directory: Directory) -> Engine:
    """The worker's rules and indicators, without what remembers earlier events."""
    book = RuleKeeper(RuleChoice(config), shelf=Shelf(config.data / "cache")).load()
    book.know(directory.placeholders)
    known = finder_named(directory.indicators, data=config.data)
    return replace(
        engine,
        matcher=book.matcher,
        versions=Versions(
            book.rule_pack, directory.generation, directory.indicators if known else ""
        ),
        finders=(known,) if known else (),
        silent=book.silent,
        silenced_by=Silencer(directory).silenced_by,
    )
