"""What collect learns of senders, over a restart, in DATA/run: flow templates, which exporters tell
only every few minutes, and which devices spoke at which address. A lost or broken file costs that
time, no more."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

import msgspec

from hinomi.collect.acquainted import Remembered
from hinomi.collect.flows import Learnt

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hinomi.collect.acquainted import Acquaintances
    from hinomi.collect.flows import Flows

TEMPLATES, ACQUAINTED = "flow-templates.json", "acquainted.json"
_Told = TypeVar("_Told")
logger = logging.getLogger(__name__)


@dataclass(slots=True)
class MemoryFile(Generic[_Told]):
    """Of one collect process. `changes` counts what was learnt since the start."""

    path: Path
    decoder: msgspec.json.Decoder[_Told]
    tell: Callable[[], _Told]
    recall: Callable[[_Told], None]
    changes: Callable[[], int]
    _written: int = field(default=0)

    def load(self) -> None:
        """Recall what the last process had learnt."""
        try:
            self.recall(self.decoder.decode(self.path.read_bytes()))
        except FileNotFoundError:
            return
        except (OSError, msgspec.DecodeError) as error:
            logger.warning("%s is learnt anew: %s", self.path.name, error)

    def save(self) -> None:
        """Write when something new was learnt."""
        changes, draft = self.changes(), self.path.with_suffix(".draft")
        if changes == self._written:
            return
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            draft.write_bytes(msgspec.json.encode(self.tell()))
            draft.replace(self.path)
        except OSError as error:  # e.g. a full disk: the next round tries again
            logger.warning("%s cannot be kept: %s", self.path.name, error)
            return
        self._written = changes


def template_file(folder: Path, flows: Flows) -> MemoryFile[list[Learnt]]:
    """`folder` is DATA/run."""
    return MemoryFile(
        path=folder / TEMPLATES,
        decoder=msgspec.json.Decoder(list[Learnt]),
        tell=flows.templates,
        recall=flows.recall,
        changes=lambda: flows.changes,
    )


def acquainted_file(folder: Path, acquainted: Acquaintances) -> MemoryFile[Remembered]:
    """`folder` is DATA/run."""
    return MemoryFile(
        path=folder / ACQUAINTED,
        decoder=msgspec.json.Decoder(Remembered),
        tell=acquainted.remembered,
        recall=acquainted.recall,
        changes=lambda: acquainted.changes,
    )
