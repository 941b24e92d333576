"""What security products call threats and what they did, in hinomi's words.

Only words a product uses for its own act or its own class of threat; a format asks about the
fields that hold them. What stands in no table is unknown, and unknown is never stopped.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from hinomi.core.words import Disposition, ThreatKind
from hinomi.normalise.format import first
from hinomi.normalise.spellings import squeeze

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_DONE: dict[Disposition, str] = {
    Disposition.STOPPED: "block blocked blocks blockaccess blockedaccess blockedbyadmin "
    "blockedandreported "
    "accessblocked connectionblocked connectionterminated terminateconnection deny denied "
    "denyaccess accessdenied drop dropped prevent prevented quarantine quarantined quarantinefile "
    "quarantinesuccess quarantinedsuccessfully quarantinesuccessful filequarantined "
    "filemovedtoquarantine movedtoquarantine movetoquarantine "
    "delete deleted deletefile filedeleted deletedsuccessfully removed remove removedsuccessfully "
    "clean cleaned cleanedbydeleting cleanedbydeletion cleaned filecleaned cleansuccessful "
    "disinfect disinfected repaired fixed kill killed killprocess processkilled killedprocess "
    "terminated terminate terminateprocess processterminated remediate remediated mitigated "
    "fullymitigated successfullyremediated contained isolated stopped "
    "reset tcpreset rejected reject trashed rename renamed filerenamed sinkholed sanitized "
    "clickblocked movedtorecyclebin stripped blockedbypolicy neutralized "
    "rebootsystemsuccessfully filepassedtoquarantine mitigatedpreemptive "
    "replaced unlinked "
    "隔離 隔離済み 削除 削除済み 駆除 駆除済み 検疫 ブロック ブロック済み アクセス拒否 "
    "拒否 遮断 切断 拡張子変更 リセット 終了",
    Disposition.SEEN: "detect detected detectonly detection alert alerted report reported reports "
    "log logged logonly monitor monitored notify notified audit audited observe observed created "
    "wouldblock wouldhaveblocked wouldprevent passivedetection pending pendingapproval "
    "pendingaction warn warned warning none noaction noactiontaken nothing suspected active "
    "notmitigated unresolved new stillpresent present accessed suspicious pendingremediation "
    "partiallyremediated partiallymitigated unremediated junked deliveredasspam "
    "検出 検知 監視 ログ ログのみ 記録 報告 警告",
    Disposition.LET_THROUGH: "allow allowed permit permitted pass passed passthrough ignore "
    "ignored exclude excluded excludedbyuser notblocked notcleaned failed failure cleanfailed "
    "deletefailed quarantinefailed unabletoclean unabletocleanfile unabletoquarantine "
    "unabletodelete uncleanable leftalone leavealone skip skipped continue continued delivered "
    "clickallowed unsuccessful cannotclean blockfailed retainedbyuser executionallowed "
    "cleanfailedquarantinefailed notquarantined notremoved bypassed filepassed "
    "放置 許可 除外 無視 失敗 駆除失敗 隔離失敗 削除失敗 ブロック失敗 通過",
}
_OUTCOMES = {word: what for what, words in _DONE.items() for word in words.split()}

_LONGEST = 1_000  # a name; what is longer is text, and its rest is not searched
_LONGEST_WORD = 120
_OF_FILES = (ThreatKind.RANSOMWARE, ThreatKind.UNWANTED)
_IN_VAIN = ("unableto", "couldnot", "failedto")

# The class is looked for in this order: "ransom" in a trojan's name says more than "trojan".
_THREATS: tuple[tuple[ThreatKind, str], ...] = (
    (ThreatKind.RANSOMWARE, r"ransom|cryptolocker|filecoder|filelocker|lockbit|ランサム"),
    (ThreatKind.PHISHING, r"phish|フィッシング"),
    (
        ThreatKind.CALLBACK,
        r"\bc2\b|\bc&c\b|\bcnc\b|command.?(?:and|&).?control|botnet|beacon|callback",
    ),
    (ThreatKind.BRUTE_FORCE, r"brute.?force|password.?spray|dictionary attack|総当たり"),
    (ThreatKind.SCAN, r"port.?scan|portsweep|network.?scan|malicious scan|ポートスキャン"),
    (
        ThreatKind.UNUSUAL_LOGIN,
        (
            r"(?:impossible|atypical|unlikely) travel|unfamiliar sign.?in|anonymous ip"
            r"|leaked credential|(?:suspicious|risky|unusual) (?:sign|log).?in"
        ),
    ),
    (ThreatKind.DATA_LEAVING, r"exfiltrat"),
    (ThreatKind.TAMPERING, r"tamper|self.?protection|改ざん"),
    (
        ThreatKind.EXPLOIT,
        r"exploit|\bcve-|shellcode|buffer.?overflow|heap.?spray|vulnerab|\brop\b|脆弱性",
    ),
    (ThreatKind.FLOOD, r"\bd?dos\b|denial.of.service|syn.?flood|udp.?flood|icmp.?flood"),
    (
        ThreatKind.UNWANTED,
        (
            r"\bpu[apms]\b|potentially.(?:unwanted|unsafe)|unwanted|adware|gr[ae]yware|spyware"
            r"|riskware|not-a-virus|toolbar|bundler|joke|\badw_|\bpup\b|スパイウェア|アドウェア"
        ),
    ),
    (
        ThreatKind.MALWARE,
        (
            r"malware|virus|trojan|\bworm|rootkit|backdoor|eicar|infostealer|stealer|keylog"
            r"|hack.?tool|\bhktl|mimikatz|dropper|miner|webshell|ウイルス|マルウェア|不正プログラム|トロイ|ワーム"
        ),
    ),
)
_ALL = tuple((kind, re.compile(words, re.IGNORECASE)) for kind, words in _THREATS)


def outcome_of(word: str) -> Disposition:
    """What a product says it did, by its own word for it; case and separators do not matter."""
    return _outcome(word[:_LONGEST_WORD])


@lru_cache(maxsize=4096)
def _outcome(word: str) -> Disposition:
    told = squeeze(word.strip())
    if told.startswith(_IN_VAIN) or "cannotperform" in told:
        return Disposition.LET_THROUGH
    return _OUTCOMES.get(told, Disposition.UNKNOWN)


def outcome_in(fields: Mapping[str, str], names: Iterable[str]) -> Disposition:
    """The first of these fields whose word is known; unknown when none is."""
    for name in names:
        found = outcome_of(fields.get(name, ""))
        if found is not Disposition.UNKNOWN:
            return found
    return Disposition.UNKNOWN


def kind_of(default: ThreatKind, *texts: str) -> ThreatKind:
    """The kind of threat that a product's own class or name speaks of, best text first.

    A file that a scanner found is malware whatever its family exploits or calls: for it only
    ransomware and unwanted programs have a better word.
    """
    for text in texts:
        kind = _kind_in(text[:_LONGEST]) if text else None
        if kind and (default is not ThreatKind.MALWARE or kind in _OF_FILES):
            return kind
    return default


@lru_cache(maxsize=4096)
def _kind_in(text: str) -> ThreatKind | None:
    """Names of threats come again and again; eleven patterns each time were a third of a record."""
    return next((kind for kind, pattern in _ALL if pattern.search(text)), None)


def kind_in(
    fields: Mapping[str, str], names: tuple[str, ...], *, default: ThreatKind
) -> ThreatKind:
    """`kind_of` over fields."""
    return kind_of(default, *(first(fields, (name,)) for name in names))


# What no product stops or lets through: nothing to judge, a login that failed, a broken service.
NO_DEED = frozenset({None, ThreatKind.LOGIN_FAILED, ThreatKind.FAULT})


def kind_by_words(
    *rows: tuple[str, ThreatKind], flags: re.RegexFlag = re.IGNORECASE
) -> Callable[[str], ThreatKind | None]:
    """Reads a product's own message: the kind of the first row whose pattern it holds."""
    patterns = tuple((re.compile(words, flags), kind) for words, kind in rows)

    def kind_said(text: str) -> ThreatKind | None:
        return next((kind for words, kind in patterns if words.search(text)), None)

    return kind_said
