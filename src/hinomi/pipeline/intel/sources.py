"""Getting a source's bytes: a file, a web address, a TAXII server; once, or again as registered."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from hinomi.core.errors import HinomiError, Place, UnreadableFile, UsageError
from hinomi.core.indicators import Trouble
from hinomi.detect.intel import MOST_BYTES
from hinomi.pipeline.intel.fetch import FetchFailed, fetch, shown
from hinomi.pipeline.intel.imports import (
    Checked,
    Imported,
    Request,
    check_content,
    check_feed,
    defaults_of,
    import_checked,
    settled,
)
from hinomi.pipeline.intel.publish import changing
from hinomi.pipeline.intel.taxii import Account, pull
from hinomi.store.intel import FILE, open_intel

if TYPE_CHECKING:
    from datetime import datetime

    from hinomi.store.intel import Source

PULLED = ("url", "taxii")  # kinds that can be asked again


def import_one(request: Request, *, data: Path, now: datetime) -> Imported:
    """Fetch, judge, keep and use. A failure is noted on a source that is known, and raised."""
    known = known_source(request.source, data=data)
    request = settled(request, known)
    try:
        checked, cursor = _obtain(request, known, data=data)
    except HinomiError as error:
        if known is not None:
            with changing(data) as store:
                store.note_fault(known, str(error), trouble=_trouble_of(error), now=now)
        raise
    return import_checked(checked, replace(request, cursor=cursor), data=data, now=now)


def check_one(request: Request, *, data: Path) -> Checked:
    """The same without keeping anything."""
    known = known_source(request.source, data=data)
    return _obtain(settled(request, known), known, data=data)[0]


def again(source: Source, *, who: str) -> Request:
    """The request that asks a registered source once more."""
    return Request(
        source=source.name,
        who=who,
        kind=source.kind,
        address=source.address,
        form=source.settings.get("format", "auto"),
        tlp=source.tlp,
        confidence=source.confidence,
        is_whole=source.settings.get("whole") == "yes",
        settings=source.settings,
        cursor=source.cursor,
    )


def known_source(name: str, *, data: Path) -> Source | None:
    """The source as it is registered; None before its first import."""
    if not (data / FILE).exists():
        return None
    with open_intel(data) as store:
        return store.source(name)


def _trouble_of(error: HinomiError) -> Trouble:
    if isinstance(error, FetchFailed):
        return error.trouble
    return Trouble.UNREADABLE if isinstance(error, UnreadableFile) else Trouble.SETTINGS


def _obtain(request: Request, known: Source | None, *, data: Path) -> tuple[Checked, str]:
    """The judged feed and the cursor to keep."""
    if request.kind == "taxii":
        is_same = known is not None and known.address == request.address
        pulled = pull(
            request.address,
            account=_account(request),
            wanted=request.settings.get("collection", ""),
            cursor=known.cursor if known is not None and is_same else "",
            defaults=defaults_of(request),
        )
        return check_feed(pulled.feed, data=data), pulled.cursor
    content = fetch(request.address).body if request.kind == "url" else _read(request.address)
    try:
        return check_content(content, request, data=data), ""
    except UnreadableFile as error:
        place = shown(request.address) if request.kind == "url" else request.address
        raise UnreadableFile(error.message, place=Place(place), advice=error.advice) from error


def _read(address: str) -> bytes:
    path = Path(address)
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", place=Place(address)) from error


def _account(request: Request) -> Account:
    file = request.settings.get("secret_file", "")
    if not file:
        return Account()
    try:
        secret = Path(file).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            "The secret cannot be read.", place=Place(file), advice="One line: token or password."
        ) from error
    return Account(request.settings.get("user", ""), secret)
