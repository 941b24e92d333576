"""Plain lists: one value a line, comments, and hosts files (`0.0.0.0 bad.example`)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hinomi.core.indicators import Kind

if TYPE_CHECKING:
    from hinomi.detect.intel.feed import Feed

_COMMENT = re.compile(r"(?:^|\s)(?:#|;|//).*")
# What hosts files point bad names at; the name is the indicator, not the address.
_NOWHERE = frozenset({"0.0.0.0", "127.0.0.1", "::", "::1"})  # noqa: S104 - never listened on
_OWN_NAMES = frozenset(
    {"localhost", "localhost.localdomain", "local", "broadcasthost", "ip6-localhost",
     "ip6-loopback", "ip6-localnet", "ip6-allnodes", "ip6-allrouters"}
)  # fmt: skip


def read_list(text: str, feed: Feed) -> None:
    """Each line by itself: what is no value is counted with its line."""
    feed.read_as = "a list, one value a line"
    for number, line in enumerate(text.splitlines(), 1):
        words = _COMMENT.sub("", line[:10_000]).split()
        if not words:
            continue
        place = f"line {number}"
        if words[0] in _NOWHERE and len(words) > 1:
            _take_names(words[1:], feed, place)
        elif len(words) > 1:
            feed.refuse("several words in a line", place=place)
        else:
            feed.take(words[0] if len(line) <= 10_000 else line, place=place)


def _take_names(names: list[str], feed: Feed, place: str) -> None:
    feed.read_as = "a hosts file"
    for name in names:
        if name not in _NOWHERE and name.lower() not in _OWN_NAMES:
            feed.take(name, place=place, kind=Kind.HOST)
