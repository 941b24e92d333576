"""A mail of many alerts → cuttings, one per alert or row, each with only what belongs to it.

A cutting that cannot be told apart from another company's is not made: then the whole stretch of
text stays one cutting with every name in it, which points at two companies and goes to nobody.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from hinomi.core.mail import PieceKind
from hinomi.normalise.mail.kinds import is_fault
from hinomi.normalise.mail.labels import NAMING, NEWS, SCOPE, field_of
from hinomi.normalise.mail.lines import Pair, pairs_of
from hinomi.normalise.mail.rows import Row, count_of, rows_of
from hinomi.normalise.mail.shape import own_labels

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hinomi.normalise.mail.message import Letter
    from hinomi.normalise.mail.section import Section
    from hinomi.normalise.mail.shape import MailFormat

_TEXT_MOST = 16_000
_QUIET = re.compile(
    r"(検出|検知|脅威|該当|アラート|異常|イベント|ウイルス|感染|攻撃|報告事項|ログ|データ)[^。\n]{0,24}?"
    r"(ありませんでした|ございませんでした|ございません|ありません|なし|無し|0\s*件|ゼロ件|されませんでした|されていません)"
    r"|異常なし|正常に(稼働|動作)|正常稼働|\bno (\w+ ){0,2}(threats?|detections?|alerts?|events?|malware|incidents?|issues?"
    r"|activity)\b|\b0 (threats?|detections?|alerts?|incidents?)\b|everything is (ok|fine)|heartbeat|定期(疎通|稼働)",
    re.IGNORECASE,
)
_NOTHING = re.compile(
    r"\s*(なし|無し|無|該当なし|該当無し|検出なし|検知なし|0|0\s*件|-+|ー|none|n/?a|nothing|no|正常|異常なし)\s*",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Cutting:
    """One alert, row, or the whole of a mail. `labels` as written, in their order.

    `is_closed`: it stood among rows that name their own companies, so that what the mail says
    elsewhere must not be lent to it.
    """

    kind: PieceKind
    labels: tuple[tuple[str, str], ...]
    text: str = ""
    counts: tuple[tuple[str, int], ...] = ()
    is_closed: bool = False
    section: str = ""


def cut(letter: Letter, form: MailFormat) -> tuple[Cutting, ...]:
    """At least one cutting, in the order of the mail. What stands in the body and again in an
    attachment is one."""
    own = own_labels(form)
    body = [part for part in letter.sections if not part.name]
    files = [part for part in letter.sections if part.name]
    context = _context(body, own)
    rows = [found for part in files for found in _of_section(part, form, own)]
    told = [found for part in body for found in _of_section(part, form, own)]
    told = [found for found in told if not any(_is_same(found, row, own) for row in rows)]
    found = [_lend(each, context, own) for each in (*told, *rows)]
    return tuple(found) or (_whole(letter, form, own),)


def is_quiet(text: str, form: MailFormat) -> bool:
    """A mail that says that there is no news."""
    return bool(_QUIET.search(text) or any(mark.search(text) for mark in form.alive))


def _of_section(part: Section, form: MailFormat, own: Mapping[str, str]) -> list[Cutting]:
    used: set[str] = set()
    found: list[Cutting] = []
    for table in part.tables:
        rows = rows_of(table, own)
        used |= rows.used
        has_names = rows.has_names
        found += [
            Cutting(_kind_of_row(row, own), row.labels, counts=row.counts, is_closed=has_names,
                    section=part.name)
            for row in rows.rows
        ]  # fmt: skip
    lines = [line for line in part.lines if _squeezed(line) not in used]
    pairs = pairs_of(lines, own)
    found += _blocks(pairs, lines, part.name, own)
    if not any(one.kind in (PieceKind.ALERT, PieceKind.ROW) for one in found):
        found += _sentences(lines, pairs, form, part.name)
    context = _context([part], own)
    return [_lend(each, context, own) for each in found]


def _kind_of_row(row: Row, own: Mapping[str, str]) -> PieceKind:
    if any(field_of(label, own) == "status" and is_fault(value) for label, value in row.labels):
        return PieceKind.ALERT
    if row.counts:
        return PieceKind.ROW if any(count for _, count in row.counts) else PieceKind.ALIVE
    return _kind_of(row.labels, own)


def _kind_of(labels: Sequence[tuple[str, str]], own: Mapping[str, str]) -> PieceKind:
    """News, or a word that there is none, or neither."""
    told = [(field_of(label, own), value) for label, value in labels]
    news = [value for name, value in told if name in NEWS and name != "action"]
    if any(value and not _NOTHING.fullmatch(value) for value in news):
        return PieceKind.ALERT
    if any(name == "status" and is_fault(value) for name, value in told):
        return PieceKind.ALERT
    counts = [value for name, value in told if name in ("count", "status")]
    is_none = any(_NOTHING.fullmatch(value) for value in (*news, *counts))
    return PieceKind.ALIVE if is_none else PieceKind.NOTE


def _blocks(
    pairs: list[Pair], lines: list[str], section: str, own: Mapping[str, str]
) -> list[Cutting]:
    """Groups of labelled lines. Two or more companies in one text are parted only where each
    group holds exactly one of them."""
    if sum(1 for pair in pairs if pair.field or _counts([pair])) < 2:
        return []
    names = [pair for pair in pairs if pair.field in NAMING]
    values = {pair.value for pair in names if pair.field == "tenant"}
    values |= set() if values else {pair.value for pair in names}
    if len(values) < 2:
        return _cuttings(_repeats(pairs), lines, section, own, is_closed=False)
    groups = _by_company(pairs)
    if groups is None:
        text = "\n".join(lines)[:_TEXT_MOST]
        labels = tuple((pair.label, pair.value) for pair in pairs)
        return [Cutting(PieceKind.ALERT, labels, text, is_closed=True, section=section)]
    return _cuttings(groups, lines, section, own, is_closed=True)


def _cuttings(
    groups: list[list[Pair]],
    lines: list[str],
    section: str,
    own: Mapping[str, str],
    *,
    is_closed: bool,
) -> list[Cutting]:
    found = []
    for group in groups:
        counts = _counts(group)
        counted = {label for label, _ in counts}
        labels = tuple((p.label, p.value) for p in group if p.label not in counted)
        kind = _kind_of_row(Row(labels, counts), own)
        if kind is PieceKind.NOTE and not is_closed:
            continue
        if is_closed and not any(pair.field in NAMING for pair in group):
            continue  # the head of the text, before its first company
        at = [pair.line for pair in group]
        text = "\n".join(lines[min(at) : max(at) + 1]) if len(groups) > 1 else "\n".join(lines)
        found.append(
            Cutting(kind, labels, text[:_TEXT_MOST], counts, is_closed=is_closed, section=section)
        )
    return found


def _counts(group: list[Pair]) -> tuple[tuple[str, int], ...]:
    """「ウイルス検知数：0件」: a number under the name of a kind of threat."""
    told = [(pair.label, count_of(pair.label, pair.value)) for pair in group]
    return tuple((label, count) for label, count in told if count is not None)


def _repeats(pairs: list[Pair]) -> list[list[Pair]]:
    """One group per repeat of the first label that comes again; what stood before is lent to all.

    A label that repeats for another reason (two file names of one alert) stands after the first
    one that repeats, so it does not part anything.
    """
    again = _first_again(pairs)
    if again is None:
        return [pairs] if pairs else []
    mark = _word(pairs[again])
    starts = [at for at, pair in enumerate(pairs) if _word(pair) == mark]
    lent = pairs[:again]
    ends = [*starts[1:], len(pairs)]
    return [[*lent, *pairs[start:end]] for start, end in zip(starts, ends, strict=True)]


_NEVER_PARTS = ("message", "file", "hash", "url", "site", "product")


def _first_again(pairs: list[Pair]) -> int | None:
    """Where the field stands first that comes again; of several, the one that stands first."""
    places: dict[tuple[str, str], int] = {}
    repeated: set[tuple[str, str]] = set()
    for at, pair in enumerate(pairs):
        earlier = pairs[places.setdefault(_word(pair), at)] if pair.field else pair
        if earlier.line != pair.line and pair.field not in _NEVER_PARTS:
            repeated.add(_word(pair))  # one line, as a log's, is never two alerts
    return min((places[name] for name in repeated), default=None)


def _word(pair: Pair) -> tuple[str, str]:
    """A repeat is the same label again, numbered or not: a gateway and its client are two labels
    for a device and one alert."""
    return pair.field, re.sub(r"[\d０-９]+", "", pair.label)


def _by_company(pairs: list[Pair]) -> list[list[Pair]] | None:
    """Each company's own groups, or None where that is not beyond doubt."""
    kind = "tenant" if any(pair.field == "tenant" for pair in pairs) else "customer"
    at = [number for number, pair in enumerate(pairs) if pair.field == kind]
    first_news = next((n for n, pair in enumerate(pairs) if pair.field in NEWS), len(pairs))
    if at[0] > first_news:
        again = _first_again(pairs) or 0
        if any(pair.field in (*NEWS, "device") for pair in pairs[:again]):
            return None  # news before the first company, of which nobody can say whose they are
        return _each_names_one(_repeats(pairs), kind)
    parts = [pairs[a:b] for a, b in zip(at, [*at[1:], len(pairs)], strict=True)]
    head = [pair for pair in pairs[: at[0]] if pair.field not in SCOPE]
    groups: list[list[Pair]] = []
    for part in parts:
        groups += [[*head, *group] for group in _repeats(part)]
    return _each_names_one(groups, kind)


def _each_names_one(groups: list[list[Pair]], kind: str) -> list[list[Pair]] | None:
    if all(len({p.value for p in group if p.field == kind}) == 1 for group in groups):
        return groups
    return None


def _sentences(
    lines: list[str], pairs: list[Pair], form: MailFormat, section: str
) -> list[Cutting]:
    """Prose: each line that one of the format's sentences fits. One alone is what the labelled
    lines around it are about."""
    found: list[Cutting] = []
    for line in lines[:2_000]:
        if len(line) > 2_000:
            continue
        for sentence in (*form.sentences, *_PROSE):
            if match := sentence.search(line):
                labels = tuple(
                    (name, value.strip()) for name, value in match.groupdict().items() if value
                )
                found.append(Cutting(PieceKind.ALERT, labels, line, section=section))
                break
    if len(found) == 1:
        around = tuple((pair.label, pair.value) for pair in pairs if pair.field)
        return [replace(found[0], labels=(*found[0].labels, *around))]
    return found


def _context(body: list[Section], own: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """What the body says of the whole mail: whose, which device; only what it says once."""
    said: dict[str, dict[str, tuple[str, str]]] = {}
    for part in body:
        for pair in pairs_of(list(part.lines), own):
            if pair.field in SCOPE:
                said.setdefault(pair.field, {})[pair.value] = (pair.label, pair.value)
    return tuple(next(iter(values.values())) for values in said.values() if len(values) == 1)


def _lend(each: Cutting, context: tuple[tuple[str, str], ...], own: Mapping[str, str]) -> Cutting:
    if each.is_closed:
        return each
    has = {field_of(label, own) for label, _ in each.labels}
    lent = tuple((label, value) for label, value in context if field_of(label, own) not in has)
    return replace(each, labels=(*lent, *each.labels))


def _whole(letter: Letter, form: MailFormat, own: Mapping[str, str]) -> Cutting:
    lines = [line for part in letter.sections for line in part.lines]
    text = "\n".join(lines)[:_TEXT_MOST]
    labels = tuple((pair.label, pair.value) for pair in pairs_of(lines, own))
    quiet = is_quiet(f"{letter.head.subject}\n{text}", form)
    return Cutting(PieceKind.ALIVE if quiet else PieceKind.NOTE, labels, text)


def _is_same(told: Cutting, row: Cutting, own: Mapping[str, str]) -> bool:
    """The body repeats an attachment's row: two or more of these agree, and none differs."""
    one, other = _named(told, own), _named(row, own)
    common = [name for name in _SAME if one.get(name) and other.get(name)]
    return len(common) >= 2 and all(one[name] == other[name] for name in common)


def _named(each: Cutting, own: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for label, value in each.labels:
        found.setdefault(field_of(label, own), "".join(value.split()))
    return found


def _squeezed(line: str) -> str:
    return re.sub(r"[\s|│｜┃　]+", "", line)


_SAME = ("tenant", "device", "threat", "time", "file", "user", "url", "threat_type")
_DID = r"(?:検出|検知|発見|駆除|隔離|削除|遮断|ブロック|クリーンアップ|処理)"
_PROSE = (
    re.compile(
        r"(?:ウ[イィ]ルス|マルウェア|脅威|不正プログラム|ランサムウェア|PUA)\s*[「『\"'](?P<threat>[^「」『』\"']{1,200})[」』\"']"
        rf"\s*[がを](?P<action>[^「」。]{{0,20}}?{_DID}[^。]{{0,16}})"
    ),
    re.compile(
        r"(?:端末|コンピュータ[ー]?|PC|デバイス|機器)?\s*[「『\"](?P<device>[^「」『』\"]{1,64})[」』\"]\s*(?:で|にて|において|上で)"
        r"[^「」『』\"]{0,40}?[「『\"](?P<threat>[^「」『』\"]{1,200})[」』\"][^。]{0,20}?(?:検出|検知|発見)"
    ),
    re.compile(
        r"[「『\"](?P<threat>[^「」『』\"]{1,200})[」』\"]\s*が[^「」『』\"]{0,20}?[「『\"](?P<device>[^「」『』\"]{1,64})[」』\"]"
        r"[^。]{0,20}?(?:検出|検知|発見)"
    ),
    re.compile(
        r"['\"“]?(?P<threat>[\w./\-:!]{3,120})['\"”]? (?:was|has been) (?:detected|found|blocked|quarantined|cleaned)"
        r"(?: up)? (?:on|at|in) (?:the )?(?:computer |device |endpoint |host )?['\"“]?(?P<device>[\w.\-]{2,64})",
        re.IGNORECASE,
    ),
)
