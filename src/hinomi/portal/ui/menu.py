"""The menu as a table: who sees which entry. For links only; every view guards itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import NoReverseMatch, reverse

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. `needs` is a key of `may`, `unless` one that hides it; `here` are the names of
    the addresses for which the entry is marked as the present one."""

    name: str
    label: str
    needs: str
    here: tuple[str, ...]
    unless: str = ""


ENTRIES = (
    Entry("home", "ホーム", "home_read", ("home",)),
    Entry(
        "queue",
        "キュー",
        "queue_read",
        (
            "queue",
            "case",
            "case_findings",
            "browsing",
            "campaign",
            "campaign_answer",
            "campaign_warn",
        ),
    ),
    Entry("today", "今日の警報", "queue_read", ("today",)),
    Entry("incidents", "お知らせ", "incident_read", ("incidents", "incident"), unless="queue_read"),
    Entry("customers", "お客様", "customer_read", ("customers", "customer", "rosters", "roster")),
    Entry(
        "sources",
        "見守る機器",
        "source_read",
        (
            "sources",
            "source",
            "source_new",
            "source_make",
            "source_setup",
            "source_revoke",
            "source_try",
            "source_watching",
            "calendar",
            "equipment",
            "source_care",
            "setup",
            "survey",
            "completion",
            "consent",
            "consent_sign",
            "consent_withdraw",
            "paper_consent",
            "paper_notice",
            "paper_safety",
        ),
    ),
    Entry("calls", "電話の予約", "call_answer", ("calls",)),
    Entry("ends", "契約の終わり", "sensor_read", ("ends",)),
    Entry("sensors", "センサー", "sensor_read", ("sensors", "silence_answer")),
    Entry(
        "mailboxes",
        "メールボックス",
        "mailbox_read",
        (
            "mailboxes",
            "mailbox",
            "mailbox_connect",
            "mailbox_settings",
            "mailbox_remove",
            "mail_waiting",
            "mail_learned",
        ),
    ),
    Entry(
        "connections",
        "クラウド連携",
        "connection_read",
        (
            "connections",
            "connection",
            "connection_new",
            "connection_settings",
            "connection_remove",
            "connection_customers",
        ),
    ),
    Entry("entrusted", "再委託先", "entrusted_write", ("entrusted",)),
    Entry("rules", "検知ルール", "rule_read", ("rules", "rule_held")),
    Entry("coverage", "検知の範囲", "rule_read", ("coverage",)),
    Entry("hunts", "さかのぼり調査", "hunt_run", ("hunts", "hunt")),
    Entry(
        "formats",
        "覚えさせた形式",
        "format_teach",
        (
            "formats",
            "format",
            "format_new",
            "format_import",
            "format_anonymise",
            "format_draft",
            "draft_line",
            "draft_meaning",
        ),
    ),
    Entry("unknown_senders", "知らない送り元", "unknown_read", ("unknown_senders",)),
    Entry("indicators", "脅威情報", "indicator_read", ("indicators", "indicator_allow")),
)


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as the page shows it."""

    url: str
    label: str
    is_here: bool


def links(may: Mapping[str, bool], *, here: str) -> list[Link]:
    """The entries this person may follow. `here` is the name of the present address."""
    shown = (entry for entry in ENTRIES if may.get(entry.needs) and not may.get(entry.unless))
    return [
        Link(url, entry.label, here in entry.here) for entry in shown if (url := _url(entry.name))
    ]


def _url(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:  # an installation may leave an app out
        return ""
