"""The worker process: `python -m hinomi.pipeline.worker --data DIR`.

Here the loop meets the machine: signals, leases, rules, directory, tidying. What happens to a
record is in watch.py.
"""

from __future__ import annotations

import argparse
import faulthandler
import importlib
import json
import logging
import os
import signal
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from hinomi.config import load_config
from hinomi.core import crash
from hinomi.core.errors import HinomiError, LeaseLost, StartRefused
from hinomi.core.ids import PARTITIONS, ulid
from hinomi.core.state import MemoryState
from hinomi.detect import Shelf
from hinomi.detect.correlate import Counts
from hinomi.normalise import aliases_by_shape, declared_fields, read_sent
from hinomi.normalise.decode import decode
from hinomi.pipeline.exceptions.silencer import Silencer
from hinomi.pipeline.findings import Versions
from hinomi.pipeline.intel.current import IndicatorKeeper
from hinomi.pipeline.learned import LearnedReader
from hinomi.pipeline.packs.chosen import RuleChoice
from hinomi.pipeline.tries import awaited_tries, with_tries
from hinomi.pipeline.watch import Watch
from hinomi.pipeline.worker_awake import Awake
from hinomi.pipeline.worker_baselines import baselines_of
from hinomi.pipeline.worker_engine import Engine, Trial
from hinomi.pipeline.worker_hunts import HuntIntake
from hinomi.pipeline.worker_lake import LakeSink
from hinomi.pipeline.worker_lease import Owner
from hinomi.pipeline.worker_memory import Memory
from hinomi.pipeline.worker_packs import PackWatch
from hinomi.pipeline.worker_probe import serve
from hinomi.pipeline.worker_rereads import RereadIntake
from hinomi.pipeline.worker_rules import RuleBook, RuleKeeper
from hinomi.pipeline.worker_tidy import Tidy
from hinomi.store.directory import open_directory
from hinomi.store.lake_writer import LakeBuffer
from hinomi.store.log import open_reader
from hinomi.store.pipeline import FILE_NAME
from hinomi.store.pipeline_writer import PipelineWriter
from hinomi.store.sqlite import DatabaseError, is_disk_trouble

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hinomi.config import Config
    from hinomi.core.state import KeyedState
    from hinomi.pipeline.worker_engine import ReadRecord

IDLE_S = 0.05
CALM_S = 1.0  # how often leases, rules and directory are looked at
RENEW_S = 5.0  # commits renew too; this is for idle times
FULL_DISK_S = 2.0
HANG_S = 60.0  # one batch; then the process ends itself, and after two deaths the record is found
logger = logging.getLogger(__name__)


def main(argv: Sequence[str] | None = None) -> int:
    """Run until SIGTERM or SIGINT; 0 after a clean stop, 1 when it must be started anew."""
    arguments = _parser().parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="worker %(levelname)s %(message)s")
    try:
        config = load_config(data=arguments.data)
        reader = _reader(arguments.reader, config=config)
        if arguments.probe:
            with open_directory(config.data) as directory:
                engine = _engine(config, LearnedReader(directory, otherwise=reader))
                serve(engine, requests=sys.stdin.buffer, answers=sys.stdout.buffer)
            return 0
        crash.arm(arguments.crash_at)
        return _run(config, arguments, reader)
    except LeaseLost as error:
        logger.warning("%s", error)
        return 1
    except HinomiError as error:
        logger.error("%s", error)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m hinomi.pipeline.worker")
    parser.add_argument("--data", help="data folder (default: HINOMI_DATA or ./data)")
    parser.add_argument("--lake-seconds", type=float, default=60.0, help="longest wait for a file")
    parser.add_argument("--lake-rows", type=int, default=50_000, help="records that fill a file")
    parser.add_argument("--drain", action="store_true", help="end when the log is read")
    parser.add_argument("--crash-at", metavar="NAME[:N]", help="for the crash harness")
    parser.add_argument("--probe", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--reader", default="", metavar="MODULE:FUNCTION", help=argparse.SUPPRESS)
    return parser


def _reader(name: str, *, config: Config) -> ReadRecord:
    """The crash harness plants a reader that dies; never outside a rehearsal."""
    if not name:
        return read_sent
    if not config.is_rehearsal:
        raise StartRefused("--reader works only on a rehearsal data folder.")
    module, _, function = name.partition(":")
    return cast("ReadRecord", getattr(importlib.import_module(module), function))


def _rule_keeper(config: Config) -> RuleKeeper:
    return RuleKeeper(RuleChoice(config), shelf=Shelf(config.data / "cache"))


def _engine(config: Config, reader: ReadRecord) -> Engine:
    book = _rule_keeper(config).load()
    engine = Engine(reader, book.matcher, Versions(), aliases_by_shape())
    return _with_rules(engine, book, MemoryState(), Counts())


def _with_rules(engine: Engine, book: RuleBook, state: KeyedState, counts: Counts) -> Engine:
    tried = None
    if book.trial is not None:
        organisations = frozenset(book.trial.trial.organisations)
        tried = Trial(organisations, _with_rules(engine, book.trial.book, state, counts))
    return replace(
        engine,
        matcher=book.matcher,
        versions=replace(engine.versions, rule_pack=book.rule_pack),
        correlator=book.correlator(state, counts),
        silent=book.silent,
        trial=tried,
    )


def _run(config: Config, arguments: argparse.Namespace, reader: ReadRecord) -> int:
    with _opened(config, arguments, reader) as worker:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: worker.request_stop())
        worker.run(drain=arguments.drain)
    return 0


class Worker:
    """Everything one worker process holds."""

    def __init__(self, config: Config, arguments: argparse.Namespace, reader: ReadRecord) -> None:
        self._config = config
        self._store = PipelineWriter(config.data / FILE_NAME)
        self._log = open_reader(config.data / "log")
        self._directory = open_directory(config.data)
        self._reader = LearnedReader(self._directory, otherwise=reader)
        self._indicators = IndicatorKeeper(self._directory, data=config.data)
        self._rules = _rule_keeper(config)
        self._book = self._rules.load()
        self._memory = Memory(self._store, data=config.data)
        name = ulid(time_ms=time.time_ns() // 1_000_000)
        self._owner = Owner(config.data / "run" / "workers", name=name)
        buffer = LakeBuffer(
            declared=declared_fields, rows=arguments.lake_rows, seconds=arguments.lake_seconds
        )
        self._lake = LakeSink(
            buffer=buffer, folder=config.data / "lake", store=self._store, clock=config.clock
        )
        self._tidy = Tidy(config.data / "lake", store=self._store)
        self._awake = Awake(config.data, store=self._store, clock=config.clock)
        self._hunts = HuntIntake(config.data, store=self._store)
        self._rereads = RereadIntake(config.data, store=self._store)
        self._packs = PackWatch(config, self._store)
        self._watch = Watch(
            store=self._store,
            log=self._log,
            lake=self._lake,
            engine=_with_rules(
                Engine(self._reader, self._book.matcher, Versions(), aliases_by_shape()),
                self._book,
                self._memory.state,
                self._memory.counts,
            ),
            state=self._memory.state,
            probe_command=_probe_command(config, arguments),
            text_of_raw=lambda raw: decode(raw)[0],
            guard=_end_when_hanging,
        )
        self._is_stopping = False
        self._calm_at = self._renew_at = 0.0

    def request_stop(self) -> None:
        """Stop after the present batch; safe in a signal handler."""
        self._is_stopping = True

    def run(self, *, drain: bool) -> None:
        """Until `request_stop`, or with `drain` until the log is read."""
        self._look_around()
        self._rules.start()
        self._say_ready()
        while not self._is_stopping:
            if not self._step() and drain and self._lake.has_room:
                break
        self._lake.finish()
        self._store.release()

    def close(self) -> None:
        """Release files and threads; leases only after a clean `run`."""
        self._rules.stop()
        self._lake.close()
        self._directory.close()
        self._log.close()
        self._store.close()
        self._owner.close()

    def _step(self) -> int:
        try:
            now = time.monotonic()
            read = self._watch.step(monotonic=now)
            self._lake.tend(monotonic=time.monotonic())
            if now - self._calm_at >= CALM_S:
                self._look_around()
        except DatabaseError as error:
            if not is_disk_trouble(error):
                raise
            logger.error("the disk is full or refuses to write, trying again: %s", error)
            time.sleep(FULL_DISK_S)
            return 1
        if not read:
            time.sleep(IDLE_S)
        return read

    def _look_around(self) -> None:
        """What need not be looked at with every batch."""
        self._calm_at = now = time.monotonic()
        if now >= self._renew_at:
            self._renew_at = now + RENEW_S
            self._store.renew()
        if len(self._store.fences) < PARTITIONS:
            self._claim(monotonic=now)
        self._awake.look()
        self._packs.tend(self._book, monotonic=now)
        self._refresh_engine()
        self._hunts.take(held=self._watch.engine.held)
        self._rereads.take(held=self._watch.engine.held)
        self._memory.tend(monotonic=now)
        self._tidy.when_due(
            monotonic=now, directory=self._directory.load, today=self._config.clock.now().date()
        )

    def _claim(self, *, monotonic: float) -> None:
        claimed = self._store.claim(
            owner=self._owner.name,
            is_free=lambda p, owner, beat: self._owner.is_free(p, owner, beat, monotonic=monotonic),
        )
        if claimed:
            logger.info("claimed %d partitions", len(claimed))
            self._watch.take_up(claimed)

    def _refresh_engine(self) -> None:
        engine = self._watch.engine
        book = self._rules.take_new()
        if book is not None:
            logger.info("rules changed: %d loaded, %d refused", book.loaded, book.refused)
            self._book = book
            self._packs.tend(book, monotonic=self._calm_at)
            engine = _with_rules(engine, book, self._memory.state, self._memory.counts)
        generation = self._directory.generation()
        known = self._indicators.at(generation)
        versions = replace(
            engine.versions, directory_generation=generation, indicators=known.name if known else ""
        )
        if engine is not self._watch.engine or versions != engine.versions:
            directory = self._directory.load()
            self._reader.know(directory)
            self._book.know(directory.placeholders)
            baselines = baselines_of(directory, self._memory.state)
            finders = (known, baselines) if known else (baselines,)
            self._watch.awaited = awaited_tries(directory)
            self._watch.engine = engine.with_surroundings(
                versions=versions,
                finders=finders,
                silenced_by=with_tries(
                    Silencer(directory).silenced_by, awaited=self._watch.awaited
                ),
            )
        self._hold()
        if book is not None:
            self._say_ready()

    def _hold(self) -> None:
        """What is held may change each second: a trial that is judged, a person who decides."""
        engine, tried = self._watch.engine, self._watch.engine.trial
        if tried is not None and self._book.trial is not None:
            held = self._packs.held_in(self._book.trial.book)
            tried = replace(tried, engine=replace(tried.engine, held=held))
        held = self._packs.held_in(self._book)
        self._watch.engine = replace(engine, held=held, trial=tried)

    def _say_ready(self) -> None:
        path = self._config.data / "run" / "worker.json"
        book = self._book
        told = {"pid": os.getpid(), "rules": book.loaded, "refused": book.refused} | book.told
        temporary = path.with_suffix(".tmp")
        temporary.write_text(json.dumps(told))
        temporary.replace(path)


@contextmanager
def _opened(config: Config, arguments: argparse.Namespace, reader: ReadRecord) -> Iterator[Worker]:
    worker = Worker(config, arguments, reader)
    try:
        yield worker
    finally:
        worker.close()


@contextmanager
def _end_when_hanging() -> Iterator[None]:
    """A batch that never ends looks like a death to the next start, which then finds the record."""
    faulthandler.dump_traceback_later(HANG_S, exit=True)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()


def _probe_command(config: Config, arguments: argparse.Namespace) -> list[str]:
    command = [sys.executable, "-m", "hinomi.pipeline.worker", "--data", str(config.data)]
    return [*command, "--probe", *(["--reader", arguments.reader] if arguments.reader else [])]


if __name__ == "__main__":
    sys.exit(main())
