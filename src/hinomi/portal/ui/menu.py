"""The menu as a table: who sees which entry. For links only; every view guards itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import NoReverseMatch, reverse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. `needs` is a key of `may`, `unless` one that hides it; `here` are the names of
    the addresses for which the entry is marked as the present one."""

    name: str
    label: str
    needs: str
    here: tuple[str, ...]
    unless: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """Entries that belong together; a line of its own where a person may follow many."""

    label: str
    entries: tuple[Entry, ...]


SECTIONS = (
    Section(
        "対応",
        (
            Entry("home", "ホーム", "home_read", ("home",)),
            Entry("now", "いま", "now_read", ("now",)),
            Entry(
                "queue",
                "キュー",
                "queue_read",
                (
                    "queue",
                    "many",
                    "bulk",
                    "view_save",
                    "view_remove",
                    "case",
                    "case_timeline",
                    "compose",
                    "compose_override",
                    "merge",
                    "open_exception",
                    "papers",
                    "papers_evidence",
                    "paper_first_of_case",
                    "paper_final_of_case",
                    "paper_ransom_of_case",
                    "paper_partner_of_case",
                    "browsing",
                    "campaign",
                    "campaign_answer",
                    "campaign_warn",
                ),
            ),
            Entry("escalations", "呼び出し", "queue_read", ("escalations", "escalation")),
            Entry("today", "今日の警報", "queue_read", ("today",)),
            Entry(
                "incidents",
                "お知らせ",
                "incident_read",
                ("incidents", "incident"),
                unless="queue_read",
            ),
            Entry(
                "consultations",
                "相談",
                "ticket_ask",
                ("consultations", "consultation", "help", "help_received"),
            ),
            Entry(
                "tickets",
                "相談",
                "ticket_work",
                (
                    "tickets",
                    "ticket",
                    "ticket_incident",
                    "ticket_new",
                    "ticket_mails",
                    "ticket_mail",
                    "faxes",
                    "fax",
                ),
            ),
            Entry("answers", "よくある質問", "ticket_work", ("answers", "answer_to")),
            Entry(
                "first_call",
                "最初の電話",
                "first_call_take",
                ("first_call", "first_call_find", "ring_take", "call"),
            ),
            Entry("exceptions", "例外", "exception_read", ("exceptions",)),
            Entry("hunts", "さかのぼり調査", "hunt_run", ("hunts", "hunt")),
        ),
    ),
    Section(
        "当番",
        (
            Entry("calls", "電話の予約", "call_answer", ("calls",)),
            Entry(
                "rota",
                "当番表",
                "rota_read",
                ("rota", "rota_change", "rota_publish", "rota_pattern", "rota_settings"),
            ),
            Entry("handovers", "引き継ぎ", "handover_sign", ("handovers",)),
            Entry("promises", "約束の電話", "promise_keep", ("promises",)),
            Entry(
                "practice_seat",
                "練習席",
                "practice_play",
                ("practice_seat", "practice_run", "practice_people"),
            ),
        ),
    ),
    Section(
        "お客様",
        (
            Entry(
                "customers",
                "お客様",
                "customer_read",
                ("customers", "customer", "rosters", "roster"),
            ),
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
                    "source_keys",
                    "source_token",
                    "source_token_end",
                    "source_certificate_remove",
                    "source_try",
                    "source_watching",
                    "relay_new",
                    "relay_code",
                    "calendar",
                    "closure",
                    "night",
                    "night_record",
                    "stop_sheet",
                    "stop_write",
                    "equipment",
                    "source_care",
                    "setup",
                    "survey",
                    "survey_paper",
                    "vendor_letter",
                    "devices",
                    "completion",
                    "consent",
                    "consent_sign",
                    "consent_withdraw",
                    "paper_consent",
                    "paper_notice",
                    "paper_safety",
                ),
            ),
            Entry(
                "contacts",
                "連絡先",
                "contact_read",
                (
                    "contacts",
                    "company_contacts",
                    "contact",
                    "contact_new",
                    "company_watchword",
                    "emergency_card",
                    "exercise",
                ),
            ),
            Entry("ends", "契約の終わり", "sensor_read", ("ends",)),
            Entry("entrusted", "再委託先", "entrusted_write", ("entrusted",)),
        ),
    ),
    Section(
        "届き方",
        (
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
                    "mail_sender",
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
            Entry("ways", "送り方", "way_read", ("ways", "way", "way_new", "way_settings")),
            Entry(
                "exchanges",
                "電話交換機",
                "exchange_change",
                (
                    "exchanges",
                    "exchange",
                    "exchange_new",
                    "exchange_renew",
                    "exchange_remove",
                ),
            ),
            Entry("way_letters", "手紙", "letter_post", ("way_letters",)),
            Entry("unknown_senders", "知らない送り元", "unknown_read", ("unknown_senders",)),
            Entry(
                "formats",
                "覚えさせた形式",
                "format_teach",
                (
                    "formats",
                    "format",
                    "format_new",
                    "format_edit",
                    "format_import",
                    "format_anonymise",
                    "format_draft",
                    "draft_line",
                    "draft_meaning",
                ),
            ),
        ),
    ),
    Section(
        "見つけ方",
        (
            Entry("rules", "検知ルール", "rule_read", ("rules", "rule_held")),
            Entry("coverage", "検知の範囲", "rule_read", ("coverage",)),
            Entry("indicators", "脅威情報", "indicator_read", ("indicators", "indicator_allow")),
        ),
    ),
    Section(
        "記録",
        (
            Entry(
                "rejudgings", "自動の判断の見直し", "rejudging_answer", ("rejudgings", "rejudging")
            ),
            Entry(
                "decisions",
                "判断の控え",
                "decision_read",
                ("decisions", "company_decisions"),
                unless="home_read",
            ),
            Entry("trail", "監査の記録", "audit_read", ("trail",)),
            Entry("forgeries", "にせのお知らせ", "forgery_warn", ("forgeries", "forgery_warn")),
            Entry("api_keys", "連携の鍵", "audit_read", ("api_keys",)),
        ),
    ),
)


MOST_IN_ONE_LINE = 7  # ux.md: a menu of at most seven


@dataclass(frozen=True, slots=True)
class Link:
    """An entry, or a section by its first entry, as the page shows it."""

    url: str
    label: str
    is_here: bool


@dataclass(frozen=True, slots=True)
class Menu:
    """`top` is all there is for few entries; for many, the sections, and `below` the entries of
    the one where the person is."""

    top: list[Link]
    below: list[Link]


def menu(may: Mapping[str, bool], *, here: str) -> Menu:
    """What this person may follow. `here` is the name of the present address."""
    sections = [
        (section.label, links) for section in SECTIONS if (links := [*_links(section, may, here)])
    ]
    all_links = [link for _, links in sections for link in links]
    if len(all_links) <= MOST_IN_ONE_LINE:
        return Menu(all_links, [])
    top = [Link(links[0].url, label, _is_here(links)) for label, links in sections]
    return Menu(top, next((links for _, links in sections if _is_here(links)), []))


def _links(section: Section, may: Mapping[str, bool], here: str) -> Iterator[Link]:
    for entry in section.entries:
        if may.get(entry.needs) and not may.get(entry.unless) and (url := _url(entry.name)):
            yield Link(url, entry.label, here in entry.here)


def _is_here(links: list[Link]) -> bool:
    return any(link.is_here for link in links)


def _url(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:  # an installation may leave an app out
        return ""
