"""The rules the worker matches with: loaded at start, loaded again when their files change or a
rule pack is switched.

Loading thousands of rules takes seconds, so a change is loaded beside the loop and swapped in
between two batches. Refused rules are reported; the others work.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from hinomi.core.errors import HinomiError
from hinomi.detect import RuleSet, load_rules, rule_files
from hinomi.detect.correlate import Correlator, pack_hash
from hinomi.detect.fallback import with_fallback
from hinomi.normalise import aliases_by_shape

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from hinomi.core.state import KeyedState
    from hinomi.detect import Loaded, Rule, Shelf
    from hinomi.detect.correlate import Correlation, Counts
    from hinomi.detect.modifiers import Placeholders
    from hinomi.pipeline.packs.chosen import RuleChoice
    from hinomi.pipeline.packs.state import Trial

POLL_S = 1.0
_Print = tuple[tuple[str, int, int], ...]
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RuleBook:
    """Rules ready to match, the correlations over them, and how many of the files' rules they are.

    `silent` rules only feed a correlation. `packs` are the versions of packs among them. `trial` is
    a book of its own for the companies that try a new version.
    """

    matcher: RuleSet
    loaded: int
    refused: int
    correlations: tuple[Correlation, ...] = ()
    silent: frozenset[str] = frozenset()
    packs: Mapping[str, str] = field(default_factory=dict)
    trial: TrialBook | None = None

    @property
    def tellers(self) -> tuple[Rule | Correlation, ...]:
        """All that can make a finding."""
        return (*self.matcher.rules, *self.correlations)

    @property
    def digests(self) -> dict[str, str]:
        """Rule and correlation ids, and the hash of what each means."""
        return {one.id: one.digest for one in self.tellers}

    @property
    def rule_pack(self) -> str:
        """Changes with every rule and every correlation."""
        return pack_hash(self.matcher.rule_pack, self.correlations)

    @property
    def told(self) -> dict[str, object]:
        """What the worker tells of packs in run/worker.json: what really is in use."""
        tried = self.trial.trial if self.trial else None
        return {
            "rule_pack": self.rule_pack,
            "packs": dict(self.packs),
            "trial": {tried.pack: tried.version} if tried else {},
        }

    def know(self, placeholders: Mapping[str, Placeholders]) -> None:
        """Take in the companies' own values."""
        self.matcher.placeholders = placeholders
        if self.trial is not None:
            self.trial.book.know(placeholders)

    def correlator(self, state: KeyedState, counts: Counts) -> Correlator:
        """A fresh one; what it remembers is in the state, what it loses in the counts."""
        return Correlator(
            self.correlations,
            rules=self.matcher.rules,
            state=state,
            aliases=aliases_by_shape(),
            counts=counts,
        )


@dataclass(frozen=True, slots=True)
class TrialBook:
    """The book as it will be for all, and what is known of the trial."""

    trial: Trial
    book: RuleBook


class RuleKeeper:
    """Watches rule folders; a folder that does not exist yet is simply empty."""

    def __init__(self, choice: RuleChoice, *, shelf: Shelf | None = None) -> None:
        self._choice = choice
        self._shelf = shelf
        self._chosen = choice.choose()
        self._mark = choice.mark()
        self._seen = self._print()
        self._before: dict[tuple[Path, ...], Loaded] = {}
        self._stop = threading.Event()
        self._newest: RuleBook | None = None
        self._thread = threading.Thread(target=self._watch, name="rules", daemon=True)

    def load(self) -> RuleBook:
        """Load everything now. While a version is on trial this costs twice the memory of the
        rules, and is exact: no company meets a mixture (ADR 0024)."""
        chosen = self._chosen
        used = (chosen.folders, chosen.trial_folders)
        self._before = {key: kept for key, kept in self._before.items() if key in used}
        book = self._book(chosen.folders, chosen.packs)
        if chosen.trial is None:
            return book
        packs = {**chosen.packs, chosen.trial.pack: chosen.trial.version}
        tried = self._book(chosen.trial_folders, packs)
        return replace(book, trial=TrialBook(chosen.trial, tried))

    def _book(self, folders: Sequence[Path], packs: Mapping[str, str]) -> RuleBook:
        read = load_rules([path for path in folders if path.exists()], shelf=self._shelf)
        for refusal in read.refused:
            logger.warning("rule refused: %s:%s: %s", refusal.path, refusal.line, refusal.reason)
        loaded = with_fallback(read, self._before.get(tuple(folders)))
        self._before[tuple(folders)] = loaded
        if len(loaded.tellers) > len(read.tellers):
            logger.warning("files that a change broke are used as they were before it")
        matcher = RuleSet(loaded.rules, aliases=aliases_by_shape(), shelf=self._shelf)
        return RuleBook(
            matcher,
            len(loaded.rules) + len(loaded.correlations),
            len(loaded.refused),
            loaded.correlations,
            loaded.silent,
            packs,
        )

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """End watching; does not wait for rules being loaded."""
        self._stop.set()

    def take_new(self) -> RuleBook | None:
        """Rules that changed since the last call, once."""
        book, self._newest = self._newest, None
        return book

    def _watch(self) -> None:
        last = self._seen
        while not self._stop.wait(POLL_S):
            is_switched = self._follow()
            now = self._print()
            # Twice the same: an import is over, not in the middle of its files. A pack is switched
            # whole, and who rolls back waits for it.
            if is_switched or (now == last and now != self._seen):
                self._seen = now
                self._load_again()
            last = now

    def _load_again(self) -> None:
        try:
            self._chosen = self._choice.choose()  # an installed file that changed is damage
            self._newest = self.load()
        except (HinomiError, OSError):
            logger.exception("the changed rules cannot be loaded; the old ones stay in use")

    def _follow(self) -> bool:
        """Whether other folders are chosen than before."""
        mark = self._choice.mark()
        if mark == self._mark:
            return False
        chosen = self._choice.choose()
        self._mark = self._choice.mark()
        is_switched = chosen != self._chosen
        self._chosen = chosen
        return is_switched

    def _print(self) -> _Print:
        found = []
        folders = {*self._chosen.folders, *self._chosen.trial_folders}
        for path in rule_files([folder for folder in sorted(folders) if folder.exists()]):
            try:
                stat = path.stat()
            except OSError:
                continue
            found.append((str(path), stat.st_mtime_ns, stat.st_size))
        return tuple(found)
