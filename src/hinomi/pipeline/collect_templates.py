"""Flow templates over a restart of collect, in DATA/run: exporters repeat them only every few
minutes, and flows cannot be split without them. A lost or broken file costs that time, no more."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import msgspec

from hinomi.collect.flows import Learnt

if TYPE_CHECKING:
    from pathlib import Path

    from hinomi.collect.flows import Flows

FILE = "flow-templates.json"
_decoder = msgspec.json.Decoder(list[Learnt])
logger = logging.getLogger(__name__)


class TemplateFile:
    """Of one collect process; `folder` is DATA/run."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._written = 0

    def load(self, flows: Flows) -> None:
        """Recall what the last process had learnt."""
        try:
            flows.recall(_decoder.decode(self._path.read_bytes()))
        except FileNotFoundError:
            return
        except (OSError, msgspec.DecodeError) as error:
            logger.warning("flow templates are learnt anew: %s", error)

    def save(self, flows: Flows) -> None:
        """Write when something new was learnt."""
        if flows.changes == self._written:
            return
        changes, draft = flows.changes, self._path.with_suffix(".draft")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            draft.write_bytes(msgspec.json.encode(flows.templates()))
            draft.replace(self._path)
        except OSError as error:  # e.g. a full disk: the next round tries again
            logger.warning("flow templates cannot be kept: %s", error)
            return
        self._written = changes
