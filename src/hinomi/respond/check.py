"""The word, length and readability checks that every customer text must pass (`make words`).

They judge our words only: slot values, marked << >>, come from outside and are left out. What they
cannot see: whether a sentence is true. That is held by the rule that a sentence names its fact.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hinomi.respond import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TITLE_MOST, SENTENCE_MOST, MEAN_MOST = 30, 50, 28.0
BODY_MOST, STEPS_MOST, STEP_MOST, KANJI_MOST = 400, 3, 50, 0.30
SMS_MOST = 60
_SHARE_NEEDS = 60  # characters below which a share of kanji says nothing

# Word → what we say instead (ux.md §3.5). A regular expression where the bare word is too wide.
REPLACEMENTS: dict[str, str] = {
    "マルウェア": "ウイルス",
    "端末|ホスト(?!名なし)|エンドポイント": "パソコン・スマホ",
    "UTM|ＵＴＭ": "見守り機器",
    "EDR|ＥＤＲ": "パソコンの見守りソフト",
    r"SOC(?![a-z])|ＳＯＣ": "見守りセンター",
    "C2|C&C|Ｃ２": "攻撃者のサーバー",
    "検知": "見つけた・気づいた",
    "隔離": "ネットワークから切り離す",
    "駆除": "取り除く",
    "フルスキャン": "くわしい検査",
    "脆弱性": "弱いところ",
    "パッチ": "更新",
    "ファームウェア": "機器の中のソフト",
    "不正アクセス": "勝手に入られること",
    "認証情報": "IDとパスワード",
    "多要素認証": "2つの方法で本人を確かめる設定",
    "ブルートフォース": "パスワードを何度も試すこと",
    "インシデント": "トラブル・事故",
    "フォレンジック": "くわしい調査",
    "ログ(?!イン)": "記録（「プログラム」は「ソフト」）",
    "暗号化": "開けなくされる",
    "復号": "元に戻す",
    "ペイロード|IOC|挙動|シグネチャ|ハッシュ|CVE": "書かない",
    "エスカレーション": "責任者に伝える",
    "チケット": "相談",
    "SLA": "約束の時間",
    "ベンダー": "業者",
    "ステータス": "状態",
    "アカウント": "利用者ID",
    "ダウンロード": "取り込む・保存",
    "当該|実施|御中|及び|または(?=は)": "書かない",
    "速やか|至急|ただちに|直ちに": "時刻と日付",
    "[0-9０-９]+(?:日|時間|分|営業日)以内": "時刻と日付",
    "いただけますよう|させていただ|ご確認のほど|ございます|いたします": "です・ます・してください",
    "(?:こちら|ここ)をクリック": "行き先の名前",
    "IPアドレス|ホスト名": "機器の愛称",
    "不正な値|無効": "原因と直し方",
    "開いてしまった|してしまった": "した（責めない）",
    "[!！]": "「。」",
    "お助け隊": "サービスの名前の設定",
    "0120|24時間": "設定の電話番号だけ",
    r"[\U0001F300-\U0001FAFF\u2600-\u27BF]": "絵文字は書かない",
}
# Words that need a stored proof; our texts keep such a proof only for "stopped before arrival".
_PROOF_WORDS = re.compile(
    "大丈夫(?!か|と思)|問題(?:は)?ありません|安全(?:です|が確|を確認)|安心(?:です|して)"
)
_NO_HARM = re.compile("被害は?(?:ありません|出ていません|なし|ゼロ)")
_STOPPED = re.compile("止めた|止めました")
_NOT_ENTERED = re.compile("侵入されていません|感染していません|入られていません")
_PROMISE = re.compile(
    "[0-9０-９]+(?:時|月|日)[^。\n]{0,12}(?:までに|には)|(?:明日|今日|本日|あす)[^。\n]{0,12}までに"
    "|(?:明日|あさって|来週|のちほど|まもなく|後日|折り返し)[^。\n]{0,20}"
    "(?:電話し|連絡し|知らせ|訪問し|うかがい|送り)ます"
    "|(?:こちらから|担当者?が|技術者が)[^。\n]{0,10}(?:電話し|訪問し|うかがい)ます"
)
_DOUBLE_NEGATION = re.compile("なくはない|ないわけではない|ないとはいえません|ないことはない")
_LINK = re.compile(r"https?://|www\.|\S@\S")
_MARKED = re.compile("<<.*?>>", re.DOTALL)
_SENTENCE = re.compile("[^。！？\n]+[。！？]?")
_NOT_COUNTED = re.compile("[\\s、。「」（）［］〔〕【】・：■:0-9０-９A-Za-z./-]")
_KANJI = re.compile("[一-龠々]")
_NUMBERED = re.compile(r"^[0-9]+\. ")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong: which rule, what was found, what to do instead."""

    rule: str
    found: str
    advice: str

    def __str__(self) -> str:
        return f"{self.rule}: 「{self.found}」 → {self.advice}"


def texts_check(text: str) -> list[Fault]:
    """All faults of one text: a whole notice in our layout, an SMS, or any words of ours."""
    ours = _MARKED.sub("", text)
    return [fault for check in _CHECKS for fault in check(ours)]


def document_check(document: str) -> list[Fault]:
    """Faults of a file: our own listing (JSON with `text`, one or many), or a text as it is."""
    return [fault for text in _texts_in(document) for fault in texts_check(text)]


def kanji_share(text: str) -> float:
    """Share of kanji among letters, 0–1; digits, Latin and punctuation do not count."""
    letters = _NOT_COUNTED.sub("", text)
    return len(_KANJI.findall(letters)) / max(1, len(letters))


def sentences(text: str) -> list[str]:
    """The sentences, without list numbers."""
    lines = (_NUMBERED.sub("", line).lstrip("・") for line in text.splitlines())
    found = (each.strip() for line in lines for each in _SENTENCE.findall(line))
    return [each for each in found if len(each) > 1]


def _texts_in(document: str) -> list[str]:
    for whole in ([document], document.strip().splitlines()):
        try:
            rows = [json.loads(part) for part in whole if part.strip()]
        except ValueError:
            continue
        flat = [row for part in rows for row in (part if isinstance(part, list) else [part])]
        if flat and all(isinstance(row, dict) and isinstance(row.get("text"), str) for row in flat):
            return [row["text"] for row in flat]
    return [document]


def _words(text: str) -> Iterator[Fault]:
    for pattern, instead in REPLACEMENTS.items():
        for match in re.finditer(pattern, text):
            yield Fault("使わない言葉", match.group(), instead)


def _proof(text: str) -> Iterator[Fault]:
    for match in _PROOF_WORDS.finditer(text):
        yield Fault("証拠のいる言葉", match.group(), "記録で確かめたことを書く")
    for match in _NOT_ENTERED.finditer(text):
        yield Fault("言い切り", match.group(), "「入られた様子はありません」")
    if not _STOPPED.search(text):
        for match in _NO_HARM.finditer(text):
            yield Fault("証拠のいる言葉", match.group(), "止めたと記録で確かめたときだけ")


def _promises(text: str) -> Iterator[Fault]:
    for match in _PROMISE.finditer(text):
        yield Fault("約束の時刻", match.group(), "予約された当番の時刻をスロットで書く")


def _grammar(text: str) -> Iterator[Fault]:
    for match in _DOUBLE_NEGATION.finditer(text):
        yield Fault("二重否定", match.group(), "ふつうの文にする")
    for match in _LINK.finditer(text):
        yield Fault("リンク", match.group(), "アドレスは文に書かない")


def _lengths(text: str) -> Iterator[Fault]:
    lengths = []
    for sentence in sentences(_body(text)):
        lengths.append(len(sentence))
        if len(sentence) > SENTENCE_MOST:
            yield Fault("長い文", sentence, f"{SENTENCE_MOST}字まで（{len(sentence)}字）")
    mean = sum(lengths) / max(1, len(lengths))
    if mean > MEAN_MOST:
        yield Fault("文の長さの平均", f"{mean:.1f}字", f"{MEAN_MOST:.0f}字まで")


def _kanji(text: str) -> Iterator[Fault]:
    body = _body(text)
    share = kanji_share(body)
    if len(body) >= _SHARE_NEEDS and share > KANJI_MOST:
        yield Fault("漢字の多さ", f"{share:.0%}", f"{KANJI_MOST:.0%}まで")


def _layout(text: str) -> Iterator[Fault]:
    """Only for a whole notice: title, steps, the two things that must always be there."""
    if f"{plain.HEADING}{plain.WHAT}" not in text:
        return
    title = text.splitlines()[0].partition("〕")[2]
    if len(title) > TITLE_MOST:
        yield Fault("長い見出し", title, f"{TITLE_MOST}字まで")
    yield from _step_faults(_block(text, plain.STEPS))
    if len(_body(text)) > BODY_MOST:
        yield Fault("長い本文", f"{len(_body(text))}字", f"{BODY_MOST}字まで")
    if "できない・わからない" not in _block(text, plain.BUTTONS):
        yield Fault("ボタン", plain.BUTTONS, "「できない・わからない」を必ず並べる")
    if "パスワードや暗証番号は聞きません" not in text:
        yield Fault("結びの文", "", "「こちらからパスワードや暗証番号は聞きません。」")


def _step_faults(block: str) -> Iterator[Fault]:
    steps = [_NUMBERED.sub("", line) for line in block.splitlines() if line]
    if len(steps) > STEPS_MOST:
        yield Fault("手順の数", f"{len(steps)}", f"{STEPS_MOST}つまで")
    for step in steps:
        if len(step) > STEP_MOST or step.count("。") > 2:
            yield Fault("長い手順", step, f"2文・{STEP_MOST}字まで")


def _sms(text: str) -> Iterator[Fault]:
    """A one-line message that starts with our name is an SMS."""
    if text.startswith("【") and "\n" not in text.strip() and len(text.strip()) > SMS_MOST:
        yield Fault("長いSMS", f"{len(text.strip())}字", f"{SMS_MOST}字まで")


def _body(text: str) -> str:
    """The sentences of a notice without headings, buttons and closing lines; else all of it."""
    blocks = (plain.WHAT, plain.STEPS, plain.DONTS, plain.RISK, plain.DONE, plain.NEXT)
    return "\n".join(filter(None, (_block(text, name) for name in blocks))) or text


def _block(text: str, heading: str) -> str:
    _, found, rest = text.partition(f"{plain.HEADING}{heading}\n")
    return rest.partition("\n\n")[0] if found else ""


_CHECKS: tuple[Callable[[str], Iterator[Fault]], ...] = (
    _words,
    _proof,
    _promises,
    _grammar,
    _lengths,
    _kanji,
    _layout,
    _sms,
)
