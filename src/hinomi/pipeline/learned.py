"""Reads with the formats that firms taught, as the directory says them now.

A record can only carry a learned kind that was published before it arrived; so an id that is not
known yet means that this process has not looked at the directory since.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from hinomi.core.errors import HinomiError
from hinomi.core.records import SetAside
from hinomi.core.words import SetAsideReason
from hinomi.normalise.learned import SHAPE, id_of_kind, read_with, ready

if TYPE_CHECKING:
    from collections.abc import Callable

    from hinomi.core.directory import Directory
    from hinomi.core.records import Event, RawRecord
    from hinomi.normalise.format import Format

    Record = Event | SetAside

_UNPARTICULAR = ("generic", SHAPE)
logger = logging.getLogger(__name__)


class DirectoryEnd(Protocol):
    """What is needed of the directory's store."""

    def generation(self) -> int:
        """The newest generation."""
        ...

    def load(self) -> Directory:
        """The newest snapshot."""
        ...


class LearnedReader:
    """A reader of records that knows learned kinds, and hands all others on."""

    def __init__(
        self, directory: DirectoryEnd | None = None, *, otherwise: Callable[[RawRecord], Record]
    ) -> None:
        """Without a directory only what `know` was told is known."""
        self._directory = directory
        self._otherwise = otherwise
        self._generation = -1
        self._texts: dict[str, str] = {}
        self._formats: dict[str, Format] = {}

    def __call__(self, raw: RawRecord) -> Record:
        """The record; one that its learned format does not fit is set aside, unless a particular
        format knows it (people point a relay with two devices at one source)."""
        id = id_of_kind(raw.kind)
        if not id:
            return self._otherwise(raw)
        form = self._formats.get(id) or self._look_again(id)
        if form is None:  # withdrawn, or newer than this release: read as what it looks like
            return self._otherwise(replace(raw, kind="auto"))
        record = read_with(form, raw)
        if not isinstance(record, SetAside) or record.reason is not SetAsideReason.UNKNOWN_FORMAT:
            return record
        other = self._otherwise(replace(raw, kind="auto"))
        is_guess = isinstance(other, SetAside) or other.shape in _UNPARTICULAR
        return record if is_guess else other

    def know(self, directory: Directory) -> None:
        """Take in what is published now; formats that did not change stay as they are built."""
        self._generation = directory.generation
        texts = {one.id: one.definition for one in directory.learned}
        for id in self._formats.keys() - texts.keys():
            del self._formats[id]
        for id, text in texts.items():
            if self._texts.get(id) != text:
                form = ready(text, id=id)
                self._formats.pop(id, None)
                if form is None:
                    logger.error("the learned format %s cannot be used by this release", id)
                else:
                    self._formats[id] = form
        self._texts = texts

    def _look_again(self, id: str) -> Format | None:
        if self._directory is None:
            return None
        try:
            if self._directory.generation() != self._generation:
                self.know(self._directory.load())
        except HinomiError as error:
            logger.error("the directory cannot be read, learned formats stay: %s", error)
        return self._formats.get(id)
