"""A morning's mails of five consoles about sixty companies, each in its console's own dress.

Words follow the makers' manuals; nothing is taken from our readers. Charsets differ as they do in
real mailboxes: ISO-2022-JP, plain English, HTML in Shift_JIS, a CSV in cp932, HTML in UTF-8.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from typing import TYPE_CHECKING

from hinomi.rehearse.customers import Console, Customer, customers
from hinomi.rehearse.moments import jst

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

RECIPIENT = "alert@tower.example"
JUDGE = "mx.tower.example"  # the mailbox's own server, whose word on signatures is believed
SENDERS = {
    Console.ESET: "notify@eset.console.example",
    Console.FORTIGATE: "fortigate@utm.console.example",
    Console.CLOUD_EDGE: "no-reply@cloudedge.console.example",
    Console.YARAI: "edr-manager@yarai.console.example",
    Console.UTM_REPORT: "report@daily.console.example",
}
# What a console found at a company: 0 for a third of them, as on most mornings.
_FOUND = (1, 0, 2, 1, 0, 3)


@dataclass(frozen=True, slots=True)
class ConsoleMail:
    """One mail as bytes, and how many alerts of which company stand in it."""

    raw: bytes
    console: Console
    alerts: dict[int, int] = field(default_factory=dict)


def morning(moment: datetime) -> list[ConsoleMail]:
    """All mails of the morning that ends at `moment`, oldest first."""
    return [mail for write in _WRITERS for mail in write(moment)]


def alerts_of(customer: Customer) -> int:
    """How many alerts the morning has for the company."""
    return _FOUND[(customer.number // 5) % len(_FOUND)]


def _of(console: Console) -> list[Customer]:
    return [each for each in customers() if each.console is console]


def _alerts(console: Console, moment: datetime) -> Iterator[tuple[Customer, int, datetime]]:
    for customer in _of(console):
        for number in range(alerts_of(customer)):
            minutes = customer.number + number * 7
            yield customer, number, moment - timedelta(minutes=5, seconds=minutes)


def _eset(moment: datetime) -> Iterator[ConsoleMail]:
    """One mail per detection, plain text in ISO-2022-JP."""
    for customer, number, at in _alerts(Console.ESET, moment):
        text = (
            "ESET PROTECT からの通知です。\n\n"
            f"グループ名： {customer.told_as}\n"
            f"コンピューター名： {customer.device}{number}\n"
            f"ユーザー： user{number}\n"
            f"検出日時： {jst(at):%Y-%m-%d %H:%M:%S}\n"
            f"検出名： Win32/TrojanDownloader.Agent.{number}\n"
            f"オブジェクトURI： file:///C:/Users/user{number}/Downloads/seikyuu{number}.exe\n"
            "実行されたアクション： 削除によって駆除されました\n"
        )
        mail = _mail(Console.ESET, f"ESET PROTECT 通知：検出 {customer.told_as}", at)
        mail.set_content(text, charset="iso-2022-jp")
        yield _sent(mail, Console.ESET, {customer.number: 1})


def _fortigate(moment: datetime) -> Iterator[ConsoleMail]:
    """The alert mail of the box itself: a sentence and the log line. Only the serial says whose."""
    for customer, number, at in _alerts(Console.FORTIGATE, moment):
        local = jst(at)
        line = (
            f'date={local:%Y-%m-%d} time={local:%H:%M:%S} devname="FGT-{customer.number:02d}"'
            f' devid="{customer.serial}" logid="0211008192" type="utm" subtype="virus"'
            f' eventtype="infected" level="warning" vd="root" msg="File is infected."'
            f' action="monitored" service="HTTP" srcip=192.168.{customer.number}.{10 + number}'
            f' dstip=198.51.100.{customer.number} filename="order{number}.zip"'
            f' virus="W32/Agent.{number}!tr" direction="incoming"'
        )
        mail = _mail(Console.FORTIGATE, "Alert email", at)
        mail.set_content(f"Message meets Alert condition\n{line}\n", charset="us-ascii")
        yield _sent(mail, Console.FORTIGATE, {customer.number: 1})


def _cloud_edge(moment: datetime) -> Iterator[ConsoleMail]:
    """HTML with a table of two columns, Shift_JIS."""
    for customer, number, at in _alerts(Console.CLOUD_EDGE, moment):
        rows = (
            ("会社名", customer.told_as),
            ("ゲートウェイ名", f"CE-{customer.number:02d}"),
            ("検出日時", f"{jst(at):%Y/%m/%d %H:%M:%S}"),
            ("脅威の種類", "C&Cコールバック"),
            ("クライアント", f"{customer.device}{number}"),
            ("接続先", f"http://c2-{number}.evil.example/gate"),
            ("処理", "ログのみ"),
        )
        cells = "".join(
            f"<tr><th>{_html(name)}</th><td>{_html(text)}</td></tr>" for name, text in rows
        )
        page = f"<p>Cloud Edgeが脅威を検出しました。</p><table>{cells}</table>"
        mail = _mail(Console.CLOUD_EDGE, f"[Cloud Edge] セキュリティ通知 {customer.told_as}", at)
        mail.set_content(page, subtype="html", charset="shift_jis")
        yield _sent(mail, Console.CLOUD_EDGE, {customer.number: 1})


def _yarai(moment: datetime) -> Iterator[ConsoleMail]:
    """One mail for all, a CSV in cp932 with a row per detection."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(
        (
            "検出日時",
            "テナント名",
            "コンピュータ名",
            "ユーザー名",
            "検知エンジン",
            "検出対象",
            "対処状況",
        )
    )
    counts: dict[int, int] = {}
    for customer, number, at in _alerts(Console.YARAI, moment):
        counts[customer.number] = counts.get(customer.number, 0) + 1
        writer.writerow(
            (
                f"{jst(at):%Y/%m/%d %H:%M:%S}",
                customer.told_as,
                f"{customer.device}{number}",
                f"user{number}",
                "Static分析エンジン",
                f"C:\\Users\\user{number}\\AppData\\Local\\Temp\\tool{number}.exe",
                "隔離済み",
            )
        )
    mail = _mail(Console.YARAI, "【FFRI yarai】検出レポート", moment - timedelta(minutes=2))
    mail.set_content("本日の検出一覧を添付します。\n", charset="iso-2022-jp")
    mail.add_attachment(
        buffer.getvalue().encode("cp932"),
        maintype="text",
        subtype="csv",
        filename="検出一覧.csv",
        params={"charset": "shift_jis"},
    )
    yield _sent(mail, Console.YARAI, counts)


def _utm_report(moment: datetime) -> Iterator[ConsoleMail]:
    """The maker's daily report over all customers: a table, most rows with nothing in them."""
    head = "".join(
        f"<th>{name}</th>" for name in ("お客様名", "製造番号", "検知内容", "検知件数", "処理")
    )
    rows = []
    counts: dict[int, int] = {}
    for customer in _of(Console.UTM_REPORT):
        number = min(alerts_of(customer), 1)  # a report has one row per company
        counts[customer.number] = number
        cells = (
            customer.told_as,
            customer.serial,
            "不正侵入" if number else "なし",
            str(number * 3),
            "検知のみ" if number else "",
        )
        rows.append("<tr>" + "".join(f"<td>{_html(cell)}</td>" for cell in cells) + "</tr>")
    page = f"<h1>UTM日次レポート</h1><table><tr>{head}</tr>{''.join(rows)}</table>"
    mail = _mail(Console.UTM_REPORT, f"UTM日次レポート {jst(moment):%Y/%m/%d}", moment)
    mail.set_content(page, subtype="html", charset="utf-8")
    yield _sent(mail, Console.UTM_REPORT, {key: count for key, count in counts.items() if count})


_WRITERS: tuple[Callable[[datetime], Iterator[ConsoleMail]], ...] = (
    _eset,
    _fortigate,
    _cloud_edge,
    _yarai,
    _utm_report,
)


def _mail(console: Console, subject: str, at: datetime) -> EmailMessage:
    sender = SENDERS[console]
    domain = sender.partition("@")[2]
    mail = EmailMessage()
    mail["Authentication-Results"] = f"{JUDGE}; dkim=pass header.d={domain}"
    mail["From"], mail["To"], mail["Subject"] = sender, RECIPIENT, subject
    mail["Date"] = format_datetime(jst(at))
    return mail


def _sent(mail: EmailMessage, console: Console, alerts: dict[int, int]) -> ConsoleMail:
    return ConsoleMail(mail.as_bytes(policy=mail.policy.clone(linesep="\r\n")), console, alerts)


def _html(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
