"""The rules the worker matches with: loaded at start, loaded again when their files change.

Loading thousands of rules takes seconds, so a change is loaded beside the loop and swapped in
between two batches. Refused rules are reported; the others work.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hinomi.core.errors import HinomiError
from hinomi.detect import RuleSet, load_rules, rule_files
from hinomi.detect.correlate import Correlator, pack_hash
from hinomi.normalise import aliases_by_shape

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from hinomi.core.state import KeyedState
    from hinomi.detect import Shelf
    from hinomi.detect.correlate import Correlation, Counts

POLL_S = 2.0
_Print = tuple[tuple[str, int, int], ...]
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RuleBook:
    """Rules ready to match, the correlations over them, and how many of the files' rules they are.

    `silent` rules only feed a correlation.
    """

    matcher: RuleSet
    loaded: int
    refused: int
    correlations: tuple[Correlation, ...] = ()
    silent: frozenset[str] = frozenset()

    @property
    def rule_pack(self) -> str:
        """Changes with every rule and every correlation."""
        return pack_hash(self.matcher.rule_pack, self.correlations)

    def correlator(self, state: KeyedState, counts: Counts) -> Correlator:
        """A fresh one; what it remembers is in the state, what it loses in the counts."""
        return Correlator(
            self.correlations,
            rules=self.matcher.rules,
            state=state,
            aliases=aliases_by_shape(),
            counts=counts,
        )


class RuleKeeper:
    """Watches rule folders; a folder that does not exist yet is simply empty."""

    def __init__(self, folders: Sequence[Path], *, shelf: Shelf | None = None) -> None:
        self._folders = tuple(folders)
        self._shelf = shelf
        self._seen = self._print()
        self._stop = threading.Event()
        self._newest: RuleBook | None = None
        self._thread = threading.Thread(target=self._watch, name="rules", daemon=True)

    def load(self) -> RuleBook:
        """Load everything now."""
        loaded = load_rules(self._present(), shelf=self._shelf)
        for refusal in loaded.refused:
            logger.warning("rule refused: %s:%s: %s", refusal.path, refusal.line, refusal.reason)
        matcher = RuleSet(loaded.rules, aliases=aliases_by_shape(), shelf=self._shelf)
        return RuleBook(
            matcher,
            len(loaded.rules) + len(loaded.correlations),
            len(loaded.refused),
            loaded.correlations,
            loaded.silent,
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
            now = self._print()
            # Twice the same: an import is over, not in the middle of its files.
            if now == last and now != self._seen:
                self._seen = now
                self._load_again()
            last = now

    def _load_again(self) -> None:
        try:
            self._newest = self.load()
        except (HinomiError, OSError):
            logger.exception("the changed rules cannot be loaded; the old ones stay in use")

    def _present(self) -> list[Path]:
        return [folder for folder in self._folders if folder.exists()]

    def _print(self) -> _Print:
        found = []
        for path in rule_files(self._present()):
            try:
                stat = path.stat()
            except OSError:
                continue
            found.append((str(path), stat.st_mtime_ns, stat.st_size))
        return tuple(found)
