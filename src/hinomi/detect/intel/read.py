"""Bytes of a feed → Feed, whatever its format. Never raises for what is inside the bytes."""

from __future__ import annotations

import gzip
import io
import zlib
from typing import TYPE_CHECKING

import orjson

from hinomi.core.errors import UnreadableFile
from hinomi.detect.intel.feed import Defaults, Feed
from hinomi.detect.intel.lists import read_list
from hinomi.detect.intel.misp import is_misp, read_misp
from hinomi.detect.intel.stix import is_stix, read_stix
from hinomi.detect.intel.table import guess_layout, read_table

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_BYTES = 256 << 20
FORMATS = ("auto", "stix", "misp", "csv", "list")
_TREES: dict[str, tuple[Callable[[object], bool], Callable[[object, Feed], None]]] = {
    "stix": (is_stix, read_stix),
    "misp": (is_misp, read_misp),
}


def read_feed(content: bytes, *, defaults: Defaults, form: str = "auto") -> Feed:
    """Raises UnreadableFile only when the whole is too large or is not of the format asked for."""
    feed = Feed(defaults)
    text = _text(_unpacked(content))
    if form in _TREES or (form == "auto" and text.lstrip()[:1] in ("{", "[")):
        _read_tree(text, feed, form)
        return feed
    layout = guess_layout(text) if form in ("auto", "csv") else None
    if layout is not None:
        read_table(text, layout, feed)
    elif form == "csv":
        raise UnreadableFile(
            "no column of this CSV holds addresses, names, URLs, hashes or mail addresses",
            advice="Give the column a title such as `indicator`, or use --format list.",
        )
    else:
        read_list(text, feed)
    return feed


def _unpacked(content: bytes) -> bytes:
    if content[:2] == b"\x1f\x8b":
        try:
            content = gzip.GzipFile(fileobj=io.BytesIO(content)).read(MOST_BYTES + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise UnreadableFile("the gzip file is damaged") from error
    if len(content) > MOST_BYTES:
        raise UnreadableFile(
            f"larger than {MOST_BYTES >> 20} MB", advice="Split the feed, or take a smaller one."
        )
    return content


def _text(content: bytes) -> str:
    """Feeds are UTF-8; what is not is shown as such and refused value by value."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16", "replace")
    return content.decode("utf-8-sig", "replace")


def _read_tree(text: str, feed: Feed, form: str) -> None:
    try:
        tree = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        tree = _lines(text)
        if tree is None:
            raise UnreadableFile(f"not JSON: {str(error)[:120]}") from error
    for name, (applies, read) in _TREES.items():
        if form == name or (form == "auto" and applies(tree)):
            read(tree, feed)
            return
    raise UnreadableFile(
        "JSON, but neither STIX 2.1 objects nor MISP events or attributes",
        advice="A MISP feed's manifest holds no indicators: import the events it names.",
    )


def _lines(text: str) -> list[object] | None:
    """NDJSON: one object a line; None when a line is none."""
    try:
        return [orjson.loads(line) for line in text.splitlines() if line.strip()]
    except orjson.JSONDecodeError:
        return None
