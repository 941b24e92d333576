"""Where sample lines come from: pasted, a file, an unknown sender, or a source's own records."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.normalise.decode import decode
from hinomi.normalise.mail.pieces import read_mail
from hinomi.portal.access.time import configuration, now
from hinomi.store.unknown import FILE, UnknownStore

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hinomi.portal.sources.models import Source

MOST_LINES = 500
LONGEST_LINE = 16_384
MOST_BYTES = 1_000_000
_UNPARTICULAR = ("generic", "learned")
_LOOKED_AT = 2_000  # of a source's newest records


def lines_of_text(text: str) -> list[str]:
    """Lines with text, newest limits applied; a pretty-printed JSON or XML is one record."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return lines_of_file(text.encode()) if _is_mail(text) else _limited(_records(text))


def lines_of_file(raw: bytes) -> list[str]:
    """As `lines_of_text`, whatever the encoding; a mail gives its pieces, as the mailbox would."""
    text = decode(raw)[0]
    if not _is_mail(text):
        return lines_of_text(text)
    found = read_mail(raw, mail="sample", mailbox="sample")
    return _limited(decode(piece.raw)[0] for piece in found.pieces)


def _is_mail(text: str) -> bool:
    """Begins with headers that every mail has."""
    head = text.replace("\r\n", "\n").partition("\n\n")[0].lower()
    lines = [line for line in head.split("\n") if line[:1] not in (" ", "\t")]
    has = sum(line.startswith(("from:", "subject:", "date:", "received:")) for line in lines)
    return has >= 2 and all(":" in line for line in lines)


def lines_of_unknown(address: str) -> list[str]:
    """What an unknown sender sent us itself in the last 24 hours, oldest first. What a relay heard
    belongs to a company, and private addresses to no one sender."""
    data = configuration().data
    if not (data / FILE).exists():
        return []
    store = UnknownStore(data)
    try:
        lines = [line for line in store.lines(now=now()) if line.line and not line.relay]
    finally:
        store.close()
    return _limited(decode(line.line)[0] for line in reversed(lines) if line.address == address)


def unknown_addresses() -> list[tuple[str, int]]:
    """Addresses of unknown senders of which lines are kept, with how many."""
    data = configuration().data
    if not (data / FILE).exists():
        return []
    store = UnknownStore(data)
    try:
        found: dict[str, int] = {}
        for line in store.lines(now=now()):
            if line.line and not line.relay:
                found[line.address] = found.get(line.address, 0) + 1
    finally:
        store.close()
    return list(found.items())


def lines_of_source(source: Source) -> list[str]:
    """The source's records that no particular format reads: those set aside first."""
    from itertools import islice

    # Opened when somebody asks: the lake's libraries are too large for every process of the portal.
    from hinomi.core.records import Event
    from hinomi.pipeline.reader import Records
    from hinomi.store.lake import Query

    query = Query(source.organisation_id, source=source.id, limit=_LOOKED_AT)
    aside: list[str] = []
    others: list[str] = []
    config = configuration()
    with Records(config.data, clock=config.clock) as records:
        for record in islice(records.every(query), _LOOKED_AT):
            if not isinstance(record, Event):
                aside.append(decode(record.raw)[0])
            elif record.shape in _UNPARTICULAR or record.fields.get("mail.format") == "generic":
                others.append(decode(record.raw)[0])
    return _limited([*aside, *others])


def _records(text: str) -> list[str]:
    stripped = text.strip()
    if stripped[:1] in ("{", "<") and "\n" in stripped and stripped[-1:] in ("}", ">"):
        lines = stripped.split("\n")
        own = sum(
            line.strip()[:1] in ("{", "<") and line.strip()[-1:] in ("}", ">") for line in lines
        )
        if own * 2 < len(lines):
            return [stripped]
    return text.split("\n")


def _limited(lines: Iterable[str]) -> list[str]:
    kept: list[str] = []
    size = 0
    for line in lines:
        line = line.strip("\ufeff\r\n").replace("\x00", "")
        if not line.strip():
            continue
        line = line[:LONGEST_LINE]
        size += len(line.encode("utf-8", "replace"))
        if len(kept) >= MOST_LINES or size > MOST_BYTES:
            break
        kept.append(line)
    return kept
