"""The questions of a site survey, by what stands where. Names are kept with the answers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Question:
    """One line of the form. `choices` empty: any text."""

    name: str
    label: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """Questions that are asked at one place."""

    title: str
    questions: tuple[Question, ...]


_YES = ("はい", "いいえ", "わからない")
SECTIONS = (
    Section(
        "建物とネットワーク",
        (
            Question("line", "回線の会社と種類"),
            Question("router", "ルーターの名前と型番"),
            Question("box_place", "見守り機器を置く場所"),
            Question("power", "空いているコンセントがある", _YES),
            Question("ports", "空いているLANの口がある", _YES),
            Question("wifi", "Wi-Fiの機器の数と場所"),
            Question("guest_wifi", "お客様用のWi-Fiが分かれている", _YES),
        ),
    ),
    Section(
        "いまある守り",
        (
            Question("utm", "UTM（見守り機器）の名前と型番"),
            Question("utm_password", "UTMのパスワードを知っている人"),
            Question("utm_end", "UTMの契約が終わる日"),
            Question("antivirus", "パソコンの見守りソフトの名前"),
            Question("backup", "バックアップの取り方"),
        ),
    ),
    Section(
        "パソコンとサーバー",
        (
            Question("computers", "パソコンの台数"),
            Question("old_computers", "古いWindowsの台数と場所"),
            Question("servers", "サーバーとNASの名前と場所"),
            Question("printers", "複合機の名前"),
            Question("machines", "工場や店の機械で、つながっているもの"),
        ),
    ),
    Section(
        "人",
        (
            Question("contact", "当日の立ち会いと連絡先"),
            Question("hours", "止めてよい時間"),
            Question("notes", "気づいたこと"),
        ),
    ),
)
QUESTIONS = tuple(each for section in SECTIONS for each in section.questions)
