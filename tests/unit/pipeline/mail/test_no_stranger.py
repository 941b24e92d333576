"""Whole mails of random towns: no company ever gets a word of another's alerts.

Each alert carries a machine's name that occurs nowhere else, so whoever receives it can be asked.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable  # noqa: TC003 - hypothesis reads the annotations
from dataclasses import dataclass
from email.message import EmailMessage

from hypothesis import example, given, settings
from hypothesis import strategies as st

from hinomi.collect.mail.routes import routes_of
from hinomi.core.directory import Directory, MailRoute, Organisation, Source
from hinomi.normalise.mail import read_mail

COMPANIES = ("株式会社葵製作所", "文商店", "医療法人みどり会", "有限会社若葉", "ABC Works")
SPELLINGS = {
    "株式会社葵製作所": ("株式会社葵製作所", "㈱葵製作所", "葵製作所"),
    "有限会社若葉": ("有限会社若葉", "（有）若葉", "若葉"),
}
SUBJECTS = ("UTM日次レポート", "ESET PROTECT 検出通知", "【葵製作所様】検知のお知らせ", "yarai",
            "Report for ABC Works", "お知らせ", "【Cloud Edge】脅威検出 - 文商店")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Alert:
    """`company` "" leaves it out; `machine` names its owner for the test."""

    company: str
    machine: str
    threat: str
    action: str


def as_blocks(alerts: list[Alert]) -> tuple[str, str, bytes]:
    """The company before its alert."""
    return (
        "\n\n".join(
            f"会社名：{a.company}\n端末名：{a.machine}\n脅威名：{a.threat}\n処理：{a.action}"
            for a in alerts
        ),
        "",
        b"",
    )


def as_blocks_company_last(alerts: list[Alert]) -> tuple[str, str, bytes]:
    return (
        "\n\n".join(
            f"端末名：{a.machine}\n脅威名：{a.threat}\n処理：{a.action}\n会社名：{a.company}"
            for a in alerts
        ),
        "",
        b"",
    )


def as_sections(alerts: list[Alert]) -> tuple[str, str, bytes]:
    """A company once, then all that follows until the next."""
    text, last = "", None
    for a in alerts:
        text += f"■お客様名：{a.company}\n" if a.company != last else ""
        text += f"・端末名：{a.machine}\n・脅威名：{a.threat}\n"
        last = a.company
    return text, "", b""


def as_columns(alerts: list[Alert]) -> tuple[str, str, bytes]:
    rows = [
        ("会社名", "端末名", "脅威名", "処理"),
        *((a.company or "-", a.machine, a.threat, a.action) for a in alerts),
    ]
    return "\n".join("    ".join(row) for row in rows), "", b""


def as_html(alerts: list[Alert]) -> tuple[str, str, bytes]:
    head = "<tr><th>お客様名</th><th>端末名</th><th>検出名</th><th>対処</th></tr>"
    rows = "".join(
        f"<tr><td>{a.company}</td><td>{a.machine}</td><td>{a.threat}</td><td>{a.action}</td></tr>"
        for a in alerts
    )
    return "html", f"<table><tr><td><table>{head}{rows}</table></td></tr></table>", b""


def as_html_spanned(alerts: list[Alert]) -> tuple[str, str, bytes]:
    """One cell for all neighbouring rows of a company."""
    rows, at = "", 0
    while at < len(alerts):
        end = at
        while end < len(alerts) and alerts[end].company == alerts[at].company:
            end += 1
        for number, a in enumerate(alerts[at:end]):
            name = f"<td rowspan={end - at}>{a.company}</td>" if number == 0 else ""
            rows += f"<tr>{name}<td>{a.machine}</td><td>{a.threat}</td></tr>"
        at = end
    head = "<tr><th>会社名</th><th>端末名</th><th>脅威名</th></tr>"
    return "html", f"<table>{head}{rows}</table>", b""


def as_csv(alerts: list[Alert]) -> tuple[str, str, bytes]:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["検知日時", "組織名", "端末名", "検知名", "対処"])
    for a in alerts:
        writer.writerow(["2026/11/20 10:00:00", a.company, a.machine, a.threat, a.action])
    return "添付をご覧ください。", "", out.getvalue().encode("cp932")


def as_csv_of_groups(alerts: list[Alert]) -> tuple[str, str, bytes]:
    """The body names the one who manages, the column the companies."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["コンピューター名", "脅威名", "静的グループ"])
    for a in alerts:
        writer.writerow([a.machine, a.threat, a.company or "すべて"])
    return "会社名：文商店\n検出の一覧です。", "", out.getvalue().encode()


LAYOUTS: tuple[Callable[[list[Alert]], tuple[str, str, bytes]], ...] = (
    as_blocks, as_blocks_company_last, as_sections, as_columns, as_html, as_html_spanned, as_csv,
    as_csv_of_groups,
)  # fmt: skip


def directory(taught: list[str]) -> Directory:
    """All companies; routes for those that were taught."""
    return Directory(
        organisations=tuple(Organisation(name, name) for name in COMPANIES),
        sources=tuple(Source(f"s_{name}", name, "mail", "メール") for name in COMPANIES),
        mail_routes=tuple(MailRoute("box", "tenant", name, f"s_{name}") for name in taught),
    )


def compose(subject: str, text: str, html: str, attached: bytes) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "console@example.jp", "soc@example.jp", subject
    mail.set_content(text or " ")
    if html:
        mail.add_alternative(html, subtype="html")
    if attached:
        mail.add_attachment(attached, maintype="text", subtype="csv", filename="一覧.csv")
    return mail.as_bytes()


ALERTS = st.lists(
    st.builds(
        lambda company, number, threat, action: (company, number, threat, action),
        st.sampled_from(["", *COMPANIES, "知らない会社"]),
        st.integers(0, 2),
        st.sampled_from(["EICAR", "Trojan.Sample", "なし"]),
        st.sampled_from(["隔離", "検出のみ", ""]),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=250)
@given(
    told=ALERTS,
    layout=st.sampled_from(LAYOUTS),
    subject=st.sampled_from(SUBJECTS),
    taught=st.lists(st.sampled_from(COMPANIES), unique=True),
    wanted=st.sampled_from(["auto", "generic", "utm_report", "eset"]),
)
@example(
    told=[("文商店", 0, "EICAR", ""), ("", 0, "EICAR", "")], layout=as_html, subject="お知らせ",
    taught=list(COMPANIES), wanted="auto",
)  # fmt: skip
def test_no_company_gets_a_word_of_anothers_alert(
    told: list[tuple[str, int, str, str]],
    layout: Callable[[list[Alert]], tuple[str, str, bytes]],
    subject: str,
    taught: list[str],
    wanted: str,
) -> None:
    alerts = [
        Alert(
            company=SPELLINGS.get(company, (company,))[
                spelling % len(SPELLINGS.get(company, (company,)))
            ],
            machine=f"PC-{chr(65 + number)}{number:02}X",
            threat=threat,
            action=action,
        )
        for number, (company, spelling, threat, action) in enumerate(told)
    ]
    owners = {alert.machine: company for alert, (company, *_) in zip(alerts, told, strict=True)}
    raw = compose(subject, *layout(alerts))
    routes = routes_of(directory(taught), mailbox="box")
    for piece in read_mail(raw, mail="M", mailbox="box", wanted=wanted).pieces:
        source = routes.decide(piece.claims, mail="M").source
        if source is None:
            continue
        text = piece.raw.decode()
        for machine, owner in owners.items():
            is_own = owner == source.organisation or _may_be_lent(owner, told, layout)
            assert machine not in text or is_own, (machine, owner, source.organisation, text)


def _may_be_lent(
    owner: str, told: list[tuple[str, int, str, str]], layout: Callable[..., object]
) -> bool:
    """An alert without a name, in a mail that names one company only, may be that one's; and a
    group that is no company of ours, alone beside a company's name, may be its department."""
    names = {company for company, *_ in told if company}
    if layout is as_csv_of_groups:
        return len(names) <= 1 and owner not in COMPANIES
    return not owner and len(names) <= 1
