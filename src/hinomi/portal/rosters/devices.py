"""Which kind of source a cell such as 「FortiGate 60F（本社）」 means. Pure."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from hinomi.portal.mailboxes.keys import MAIL_KIND
from hinomi.portal.sources.kinds import all_kinds

# As lists write them, beside the names of the kinds themselves. Longer words are tried first.
_WORDS = {
    "フォーティゲート": "fortigate",
    "フォーティネット": "fortigate",
    "fgt": "fortigate",
    "ソフォス": "sophos",
    "sophosxgs": "sophos",
    "sophosendpoint": "sophos_central",
    "interceptx": "sophos_central",
    "ヤマハ": "yamaha",
    "rtx": "yamaha",
    "windows": "windows",
    "ウィンドウズ": "windows",
    "linux": "linux",
    "リナックス": "linux",
}
# Kinds that say how a record is wrapped: no device is called so.
_WRAPPINGS = {"auto", "syslog", "http", "json", "ndjson", "cef", "leef", "webhook", "other"}
_WRAPPINGS |= {"generic", "audit", "auth", MAIL_KIND}
_NOISE = re.compile(r"[^0-9a-zぁ-んァ-ヶー一-龠]+")


def kind_of(device: str) -> str:
    """The kind, or "" for a device that we do not know by its name."""
    plain = _plain(device)
    return next((kind for word, kind in _known() if word in plain), "")


@cache
def _known() -> tuple[tuple[str, str], ...]:
    kinds = set(all_kinds()) - _WRAPPINGS
    own = {_plain(kind): kind for kind in kinds if len(_plain(kind)) > 2}
    words = {**own, **{word: kind for word, kind in _WORDS.items() if kind in kinds}}
    return tuple(sorted(words.items(), key=lambda pair: -len(pair[0])))


def _plain(text: str) -> str:
    return _NOISE.sub("", unicodedata.normalize("NFKC", text).casefold())
