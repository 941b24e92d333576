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
    "fg": "fortigate",
    "ソフォス": "sophos",
    "sophosendpoint": "sophos_central",
    "interceptx": "sophos_central",
    "ヤマハ": "yamaha",
    "nvr": "yamaha",
    "utx": "yamaha_utx",
    "チェックポイント": "checkpoint",
    "quantumspark": "checkpoint",
    "ソニックウォール": "sonicwall",
    "tz": "sonicwall",
    "ウォッチガード": "watchguard",
    "パロアルト": "paloalto",
    "ジュニパー": "juniper",
    "シスコ": "cisco_ios",
    "メラキ": "cisco_meraki",
    "アライド": "allied_telesis",
    "トレンドマイクロ": "trend_micro",
    "ウイルスバスター": "trend_micro",
    "apexone": "trend_micro",
    "ウィズセキュア": "withsecure",
    "エフセキュア": "withsecure",
    "カスペルスキー": "kaspersky",
    "クラウドストライク": "crowdstrike",
    "センチネルワン": "sentinelone",
    "ビットディフェンダー": "bitdefender",
    "バッファロー": "buffalo",
    "univerge": "nec_ix",
    "ウィンドウズ": "windows",
    "リナックス": "linux",
}
# Kinds that say how a record is wrapped or carried: no device is called so.
_WRAPPINGS = {
    "auto", "syslog", "http", "json", "ndjson", "cef", "leef", "webhook", "other", "generic",
    "audit", "auth", "beats", "filebeat", "folder", "gelf", "hec", "otlp", "splunk_hec", "logstash",
    "elasticsearch", "opentelemetry", "lumberjack", "rsyslog", "ipfix", "netflow", "google",
    MAIL_KIND,
}  # fmt: skip
_NOISE = re.compile(r"[^0-9a-zぁ-んァ-ヶー一-龠]+")
_SHORT = 4  # letters: such a word counts only where no other letter touches it


def kind_of(device: str) -> str:
    """The kind, or "" for a device that we do not know by its name."""
    text = unicodedata.normalize("NFKC", device).casefold()
    plain = _NOISE.sub("", text)
    return next((kind for word, kind in _known() if _stands_in(word, text, plain)), "")


def _stands_in(word: str, text: str, plain: str) -> bool:
    """「RTX1210」 and 「ASA 5506」, but no 「studios」 or 「enterprise」."""
    if len(word) > _SHORT or not word.isascii():
        return word in plain
    return re.search(rf"(?<![a-z]){re.escape(word)}(?![a-z])", text) is not None


@cache
def _known() -> tuple[tuple[str, str], ...]:
    known = set(all_kinds())
    own = {_NOISE.sub("", kind): kind for kind in known - _WRAPPINGS}
    words = {**own, **{word: kind for word, kind in _WORDS.items() if kind in known}}
    return tuple(sorted(words.items(), key=lambda pair: (-len(pair[0]), pair[0])))
