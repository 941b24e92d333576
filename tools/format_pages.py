"""docs/reference/formats/: a page per format in Japanese, from its tables and its goldens.

For people who set a device up or ask what its records can tell. tools/reference.py writes them.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

from hinomi.core.words import Disposition, ThreatKind
from hinomi.normalise import FORMATS, KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from hinomi.normalise.format import Format

GOLDENS = Path(__file__).resolve().parents[1] / "tests" / "goldens" / "formats"
_LONGEST_SAMPLE = 700
_KINDS_JA = {
    ThreatKind.MALWARE: "ウイルスなどの不正なプログラム",
    ThreatKind.RANSOMWARE: "ファイルを使えなくする不正なプログラム",
    ThreatKind.UNWANTED: "望ましくないソフト",
    ThreatKind.EXPLOIT: "ソフトの弱点を突く動き",
    ThreatKind.INTRUSION: "侵入の試み",
    ThreatKind.SCAN: "外からの下調べ",
    ThreatKind.FLOOD: "大量の通信",
    ThreatKind.CALLBACK: "不正なプログラムの外との通信",
    ThreatKind.BAD_SITE: "危険なサイト",
    ThreatKind.PHISHING: "偽のサイト・メール",
    ThreatKind.MAIL_MALWARE: "メールの不正なファイル",
    ThreatKind.LOGIN_FAILED: "ログインの失敗",
    ThreatKind.BRUTE_FORCE: "パスワードの総当たり",
    ThreatKind.UNUSUAL_LOGIN: "いつもと違うログイン",
    ThreatKind.NEW_ADMIN: "管理者の追加",
    ThreatKind.SETTING_CHANGED: "設定の変更",
    ThreatKind.DATA_LEAVING: "情報の持ち出し",
    ThreatKind.SUSPICIOUS: "あやしい動き",
    ThreatKind.TAMPERING: "見守りや対策の停止",
    ThreatKind.POLICY: "決まりに反する使い方",
    ThreatKind.FAULT: "製品自身の不調（期限切れ、更新の失敗など）",
}
_DISPOSITIONS_JA = {
    Disposition.STOPPED: "止めた",
    Disposition.SEEN: "見つけただけ",
    Disposition.LET_THROUGH: "通した",
    Disposition.UNKNOWN: "書かれていない（止めたとは扱わない）",
}


def format_page(form: Format, *, notes: Sequence[tuple[str, str]], set_up: Iterable[str]) -> str:
    """One page. `notes`: (title, English text) pairs; `set_up`: the device's settings, in order."""
    kinds = [form.name, *(kind for kind, name in KINDS.items() if name == form.name)]
    records = list(_goldens(form.name))
    parts = [
        f"# {form.title_ja}",
        f"{form.title_en}。登録する種類：{_codes(kinds)}。[すべての書式](../formats.md)",
        f"プログラム：`src/{FORMATS[form.name].replace('.', '/')}.py`。shape：`{form.shape}`。",
        "## 読めるもの",
        _origin(form),
        *_listed(form.seen_ja),
        *_sample(records),
        "## 読み取る項目",
        _who(form),
        _field_table(form),
    ]
    if form.aliases:
        pairs = "、".join(f"`{name}` → `{native}`" for name, native in form.aliases.items())
        parts.append(f"検知ルール（Sigma）の共通の名前：{pairs}。")
    parts += ["## 製品の判断", *_verdicts(form, records)]
    parts += ["## 分からないこと", *(_listed(form.lost_ja) or ["特にありません。"])]
    blocks = list(set_up)
    parts += ["## 機器の設定", *(blocks or [_NO_SET_UP])]
    if notes:
        parts.append("## Notes")
        parts += [f"**{title}.** {_links(text)}" for title, text in notes]
    return "\n\n".join(parts) + "\n"


_NO_SET_UP = (
    "この機器の設定手順は、まだありません。syslogまたはHTTPで送れる機器は、"
    "[受け口](../ingest.md)の宛先を設定すれば読み取れます。"
)


def _who(form: Format) -> str:
    return (
        f"機器の名前は{_codes(form.device) or 'syslogの見出し'}から、"
        f"使う人の名前は{_codes(form.user) or '（なし）'}から取ります。"
        "機器が書いた項目は、名前も値もそのまま残ります。"
    )


def _origin(form: Format) -> str:
    if form.is_from_manual:
        return (
            "公開されている説明書をもとに作りました。"
            "**実際の機器の記録では、まだ確かめていません。**"
        )
    return (
        "公開された記録の見本と資料に合わせて作り、下の例をふくむ自作の見本で毎回確かめています。"
    )


def _listed(sentences: Sequence[str]) -> list[str]:
    return ["\n".join(f"- {sentence}" for sentence in sentences)] if sentences else []


def _sample(records: list[tuple[str, Mapping[str, object]]]) -> list[str]:
    """The shortest record that shows most, of those short enough to print."""
    short = [(raw, seen) for raw, seen in records if len(raw) <= _LONGEST_SAMPLE and "ecs" in seen]
    if not short:
        return []
    raw, seen = max(short, key=lambda each: len(_mapping(each[1]["ecs"])))
    ecs = {
        name: value
        for name, value in _mapping(seen["ecs"]).items()
        if not name.startswith(("vendor.", "event.original", "hinomi."))
    }
    shown = json.dumps(ecs, ensure_ascii=False, indent=2)
    return [
        f"記録の例：\n\n```\n{raw}\n```",
        f"読み取った結果（ECSの名前）：\n\n```json\n{shown}\n```",
    ]


def _field_table(form: Format) -> str:
    ecs_of: dict[str, list[str]] = {}
    for name, natives in form.ecs.items():
        for native in natives:
            ecs_of.setdefault(native, []).append(name)
    order = [*form.declared, *(native for native in ecs_of if native not in set(form.declared))]
    rows = ["| 機器の項目 | ECSの名前 | 列 |", "|---|---|---|"]
    declared = set(form.declared)
    for native in order:
        names = "、".join(f"`{name}`" for name in ecs_of.get(native, ()))
        rows.append(f"| `{_cell(native)}` | {names} | {'○' if native in declared else ''} |")
    rows.append("\n○は保管庫で独立した列になる項目です。ほかの項目も`_rest`にすべて残ります。")
    return "\n".join(rows)


def _verdicts(form: Format, records: list[tuple[str, Mapping[str, object]]]) -> list[str]:
    """What the goldens show: kind and what was done, each once."""
    if form.verdict is None:
        return [
            "この書式の警報は、専用の検知ルールが判断します。通信の許可・拒否だけの記録は、判断として扱いません。"
        ]
    shown: dict[tuple[str, str], str] = {}
    for _, seen in records:
        native = _mapping(seen.get("native"))
        kind, done = native.get("verdict.kind"), native.get("verdict.disposition")
        if isinstance(kind, str) and isinstance(done, str):
            shown.setdefault((kind, done), str(native.get("verdict.name", "")))
    rows = [
        f"| {_KINDS_JA[ThreatKind(kind)]} | {_DISPOSITIONS_JA[Disposition(done)]} | {_cell(name)} |"
        for (kind, done), name in sorted(shown.items())
    ]
    head = ["| 何を | どうした | 例 |", "|---|---|---|"]
    said = (
        "製品が判断を書いた記録だけが警報になります。書かれていないことを、止めたとは扱いません。"
    )
    return [said, *(["\n".join([*head, *rows])] if rows else [])]


def _goldens(name: str) -> Iterator[tuple[str, Mapping[str, object]]]:
    """(record, what it must give) of line-by-line goldens; others have no readable sample."""
    for expected in sorted((GOLDENS / name).glob("*.expected.jsonl")):
        source = expected.with_name(expected.name.removesuffix(".expected.jsonl"))
        results = [json.loads(line) for line in expected.read_text(encoding="utf-8").splitlines()]
        lines = source.read_text(encoding="utf-8", errors="replace").splitlines()
        if len(lines) == len(results):
            yield from zip(lines, results, strict=True)


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _links(text: str) -> str:
    """Links between formats are pages now; other pages lie one folder up."""
    text = re.sub(r"\]\(#(\w+)\)", r"](\1.md)", text)
    return re.sub(r"\]\((ingest|commands|data|access|settings)\.md", r"](../\1.md", text)


def _codes(names: Sequence[str]) -> str:
    return "、".join(f"`{name}`" for name in names)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
