"""What a format's records hold, in groups that a customer understands: for consent to watch.

Generated from the format's own tables, so that it cannot say less than what is read. A field that
no row below knows stands under its own name, never nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hinomi.normalise.registry import format_of_kind, kin_of

if TYPE_CHECKING:
    from hinomi.normalise.format import Format

# The first row whose name begins an ECS name decides.
_GROUPS = (
    ("email.", "メールの件名・差出人・宛先・添付ファイルの名前（本文は集めません）"),
    ("url.", "開いたサイトのアドレス"),
    ("dns.", "調べたサイトの名前（DNS）"),
    ("http.", "Web通信の種類と結果"),
    ("user_agent.", "Web通信の種類と結果"),
    ("tls.", "暗号化した通信の相手の証明書"),
    ("user.", "利用者の名前"),
    ("group.", "利用者の名前"),
    ("source.user.", "利用者の名前"),
    ("destination.user.", "利用者の名前"),
    ("client.user.", "利用者の名前"),
    ("source.geo.", "通信の相手の国"),
    ("source.as.", "通信の相手の国"),
    ("destination.geo.", "通信の相手の国"),
    ("source.", "通信した機器と相手（アドレス・番号・量）"),
    ("destination.", "通信した機器と相手（アドレス・番号・量）"),
    ("client.", "通信した機器と相手（アドレス・番号・量）"),
    ("server.", "通信した機器と相手（アドレス・番号・量）"),
    ("network.", "通信した機器と相手（アドレス・番号・量）"),
    ("dhcp.", "通信した機器と相手（アドレス・番号・量）"),
    ("host.state.", "パソコンやサーバーの守り（更新・バックアップ・暗号化・管理者の名前）"),
    ("package.", "入っているプログラムの名前と版"),
    ("host.", "パソコンやサーバーの名前と種類"),
    ("container.", "パソコンやサーバーの名前と種類"),
    ("cloud.", "クラウドの契約の番号"),
    ("organization.", "クラウドの契約の番号"),
    ("device.", "記録を作った機器の名前と番号"),
    ("observer.", "記録を作った機器の名前と番号"),
    ("agent.", "記録を作った機器の名前と番号"),
    ("process.", "動いたプログラムの名前と命令"),
    ("dll.", "動いたプログラムの名前と命令"),
    ("service.", "動いたプログラムの名前と命令"),
    ("registry.", "Windowsの設定の変更"),
    ("file.", "ファイルの名前と場所（中身は集めません）"),
    ("rule.", "守る機器の判断と、攻撃の名前"),
    ("threat.", "守る機器の判断と、攻撃の名前"),
    ("vulnerability.", "守る機器の判断と、攻撃の名前"),
    ("event.url", "開いたサイトのアドレス"),
    ("event.", "日時と、できごとの種類"),
    ("error.", "日時と、できごとの種類"),
    ("log.", "日時と、できごとの種類"),
    ("auditd.", "日時と、できごとの種類"),
    ("message", "機器が書いた説明の文"),
)
_OWN = "機器に固有の項目"
_KIN = "同じ機器が書く、次の記録：{titles}"


@dataclass(frozen=True, slots=True)
class Group:
    """One group with the native names of its fields, in the format's order."""

    title_ja: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Collected:
    """What records of a kind hold. `lost_ja` is what they cannot tell."""

    kind: str
    title_ja: str
    groups: tuple[Group, ...]


def collected_of(kind: str) -> Collected:
    """Of a kind or another word for it. Kinds that say "find out yourself" and learned ones hold
    what the device writes, which no table knows beforehand."""
    form = format_of_kind(kind)
    if form is None:
        return Collected(kind, _UNKNOWN_TITLE, (Group(_UNKNOWN, ()),))
    return Collected(kind, form.title_ja, (*_grouped(form), *_kin(form)))


_UNKNOWN_TITLE = "そのほかの機器（種類は記録から決めます）"
_UNKNOWN = "機器が記録に書いた項目のすべて"


def group_of(ecs_name: str) -> str | None:
    """The group of an ECS name; None when no row knows it."""
    return next((title for start, title in _GROUPS if ecs_name.startswith(start)), None)


def _kin(form: Format) -> list[Group]:
    """A server sends what its other programs write as well, whole."""
    titles = dict.fromkeys(kin.title_ja for kin in kin_of(form.name))
    return [Group(_KIN.format(titles="、".join(titles)), ())] if titles else []


def _grouped(form: Format) -> list[Group]:
    titles: dict[str, str] = {}
    for name, natives in form.ecs.items():
        for native in natives:
            titles.setdefault(native, group_of(name) or _OWN)
    for natives, group in ((form.user, "user."), (form.device, "host.")):
        for native in natives:
            titles.setdefault(native, group_of(group) or _OWN)
    order = [*form.declared, *(native for native in titles if native not in set(form.declared))]
    by_title: dict[str, list[str]] = {}
    for native in order:
        by_title.setdefault(titles.get(native, _OWN), []).append(native)
    ranks = {title: number for number, (_, title) in enumerate(_GROUPS)}
    return [
        Group(title, tuple(by_title[title]))
        for title in sorted(by_title, key=lambda each: ranks.get(each, len(_GROUPS)))
    ]
