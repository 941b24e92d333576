"""Builds the text a customer reads: facts in, sentences out, in the fixed order of blocks.

Every sentence comes from a case's file and every variable part from a fact. Pure: no clock, no
settings; the same facts give the same text for ever (with the same text version).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hinomi.core.words import ActionLevel, Disposition
from hinomi.respond.library import DIMENSIONS, calm, case_text, choose, general
from hinomi.respond.moments import date_ja, moment_ja
from hinomi.respond.slots import cut, device_slot, fill, marked, slot, unmarked

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from hinomi.core.words import Certainty
    from hinomi.respond.library import CaseText, Node

HELP_CHOICE = "help"  # できない・わからない: always offered, always leads to a person
SMS_LIMIT = 60
_SMS_SLOT = 10

# Where the thing stands that saw it, by the kind of source, and what a customer calls it. Only what
# stands at the gate can stop something "before it arrived".
_GATES = ("fortigate", "fortinet", "fortimail", "sophos", "sophos_firewall", "yamaha",
          "yamaha_rtx", "rtx", "checkpoint", "palo_alto", "sonicwall", "watchguard", "juniper",
          "stormshield", "clavister", "barracuda", "cisco_asa", "cisco_meraki", "cisco_wsa",
          "cisco_esa", "pfsense", "mikrotik", "unifi", "allied_telesis", "nec_ix",
          "yamaha_utx", "check_point", "paloalto", "pan_os", "panorama", "prisma_access",
          "sonicos", "firebox", "junos", "srx", "stormshield_sns")  # fmt: skip
_COMPUTERS = ("windows", "winlogbeat", "evtx", "sysmon", "defender", "sophos_central",
              "microsoft_defender", "trend_micro", "withsecure", "eset", "sentinelone",
              "crowdstrike", "harfanglab", "symantec", "trellix", "cybereason", "panda",
              "bitdefender", "kaspersky", "cortex_xdr", "watchguard_epdr", "stormshield_endpoint",
              "stormshield_ses")  # fmt: skip
GUARDS: Mapping[str, str] = dict.fromkeys(_GATES, "gate") | dict.fromkeys(_COMPUTERS, "computer")
_GUARD_WORDS = {"gate": "見守り機器", "computer": "ウイルス対策ソフト", "unclear": "守るしくみ"}


@dataclass(frozen=True, slots=True)
class TextFacts:
    """What is known of one incident. Strings may come from attackers; they are cleaned here.

    `guard_kind` is the kind of the source that saw it ("fortigate" …). `device` is the nickname
    or the name in the record, "" when none. `sensor` says what fell silent, where that is the case;
    `origin` is "reported" where a person told us and no machine did.
    """

    level: ActionLevel
    certainty: Certainty
    disposition: Disposition
    first_event_at: datetime
    last_event_at: datetime
    now: datetime
    number: str
    count: int = 1
    late: bool = False
    timezone: str = "Asia/Tokyo"
    device: str = ""
    guard_kind: str = ""
    sensor: str = "box"
    origin: str = "recorded"
    slots: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Button:
    """One answer: `choice` is stored, `label` is what the person presses."""

    choice: str
    label: str


@dataclass(frozen=True, slots=True)
class CustomerText:
    """A finished text. Tuples hold one sentence group (a line, a step) each; plain text."""

    case: str
    version: int
    level: ActionLevel
    title: str
    what: tuple[str, ...]
    steps: tuple[str, ...]
    buttons: tuple[Button, ...]
    donts: tuple[str, ...]
    risk: tuple[str, ...]
    done: tuple[str, ...]
    next: tuple[str, ...]
    phone: str
    number: str
    password: str
    sms: str

    @property
    def level_word(self) -> str:
        """今すぐ・今日中・確認だけ・対応は不要."""
        return self.level.ja


@dataclass(frozen=True, slots=True)
class _Page:
    """One text being written: the facts that choose and the values that fill."""

    facts: Mapping[str, str]
    values: Mapping[str, str]

    def lines(self, node: Node | None) -> tuple[str, ...]:
        chosen = choose(node, self.facts)
        if chosen is None:
            return ()
        items = chosen if isinstance(chosen, list) else [chosen]
        return tuple(line for item in items for line in self._item(item))

    def line(self, node: Node | None) -> str:
        """The first sentence of the block; "" when there is none."""
        chosen = choose(node, self.facts)
        return next(iter(self._item(chosen)), "") if chosen is not None else ""

    def _item(self, item: Node) -> tuple[str, ...]:
        if isinstance(item, dict):
            return self.lines(item)
        alternatives = item if isinstance(item, list) else [item]
        filled = (fill(str(each), self.values) for each in alternatives)
        first = next((text for text in filled if text is not None), None)
        return () if first is None else (first,)


def build(
    case: str, *, facts: TextFacts, service_name: str, phone: str = "", mark_slots: bool = False
) -> CustomerText:
    """The text of an incident. `mark_slots` puts each slot value between << and >> for checks."""
    source = case_text(case)
    page = _page(facts, service_name=service_name, phone=phone, mark_slots=mark_slots)
    common = general()
    blocks = _blocks(source, facts)
    acts = facts.level is not ActionLevel.NONE  # 対応は不要 never carries a step
    late = page.lines(common["late"]) if facts.late else ()
    return CustomerText(
        case=source.case,
        version=source.version,
        level=facts.level,
        title=page.line(blocks["title"]),
        what=late + page.lines(blocks["what"]),
        steps=page.lines(blocks.get("steps")) if acts else (),
        buttons=_buttons(page, blocks.get("buttons"), acts=acts),
        donts=page.lines(blocks.get("donts")) if acts else (),
        risk=page.lines(blocks.get("risk")),
        done=page.lines(blocks.get("done")) + page.lines(common["done"]),
        next=page.lines(blocks.get("next")) + page.lines(common["next"]),
        phone=page.line(common["phone"]),
        number=page.line(common["number"]),
        password=page.line(common["password"]),
        sms=_sms(page, blocks.get("sms"), level=facts.level) if acts else "",
    )


def build_release(
    case: str, *, facts: TextFacts, service_name: str, phone: str = "", mark_slots: bool = False
) -> CustomerText:
    """元に戻してよい合図: the closing twin. Build it only when a person decided it is time."""
    source = case_text(case)
    page = _page(facts, service_name=service_name, phone=phone, mark_slots=mark_slots)
    common = general()
    return CustomerText(
        case=source.case,
        version=source.version,
        level=ActionLevel.CHECK,
        title=page.line(common["release_title"]),
        what=page.lines(source.release.get("what") or common["release_what"]),
        steps=page.lines(source.release.get("steps") or common["release_steps"]),
        buttons=_buttons(page, common["release_buttons"], acts=True),
        donts=(),
        risk=(),
        done=page.lines(common["release_done"]),
        next=page.lines(common["release_next"]),
        phone=page.line(common["phone"]),
        number=page.line(common["number"]),
        password=page.line(common["password"]),
        sms="",
    )


def headline(
    case: str, *, facts: TextFacts, service_name: str, phone: str = "", is_release: bool = False
) -> str:
    """The title alone, as `build` or `build_release` gives it: lists need no more, and a page of
    200 would otherwise build 200 whole texts."""
    page = _page(facts, service_name=service_name, phone=phone, mark_slots=False)
    if is_release:
        return page.line(general()["release_title"])
    return page.line(_blocks(case_text(case), facts)["title"])


def choices(case: str, *, facts: TextFacts) -> frozenset[str]:
    """The answers this incident offers; anything else sent to us is not an answer."""
    return frozenset(button.choice for button in build(case, facts=facts, service_name="").buttons)


def _guard(kind: str) -> str:
    return GUARDS.get(kind, "unclear")


def _blocks(source: CaseText, facts: TextFacts) -> Mapping[str, Node]:
    """The case's blocks; calm ones where its own would unplug a PC only to check something."""
    is_only_a_check = facts.level is ActionLevel.CHECK
    if source.asks_to_unplug and is_only_a_check and facts.disposition is not Disposition.STOPPED:
        return {**source.blocks, **calm()}
    return source.blocks


def _page(facts: TextFacts, *, service_name: str, phone: str, mark_slots: bool) -> _Page:
    values = _values(facts, service_name=service_name, phone=phone)
    if mark_slots:
        values = {name: marked(value) if value else "" for name, value in values.items()}
    return _Page(facts=_choosers(facts), values=values)


def _choosers(facts: TextFacts) -> dict[str, str]:
    return {
        "disposition": facts.disposition.value,
        "certainty": facts.certainty.value,
        "level": facts.level.value,
        "count": "many" if facts.count > 1 else "one",
        "device": "named" if device_slot(facts.device) else "unnamed",
        "lateness": "late" if facts.late else "fresh",
        "guard": _guard(facts.guard_kind),
        "sensor": facts.sensor if facts.sensor in DIMENSIONS["sensor"] else "box",
        "origin": facts.origin,
    }


def _values(facts: TextFacts, *, service_name: str, phone: str) -> dict[str, str]:
    zone = facts.timezone
    own = {name: slot(_shown(name, value)) for name, value in facts.slots.items()}
    return own | {
        "device": device_slot(facts.device),
        "time": moment_ja(facts.last_event_at, now=facts.now, timezone=zone),
        "since": moment_ja(facts.first_event_at, now=facts.now, timezone=zone),
        "day": date_ja(facts.last_event_at, timezone=zone),
        "count": f"{facts.count:,}",
        "guard": _GUARD_WORDS[_guard(facts.guard_kind)],
        "phone": slot(phone),
        "number": slot(facts.number),
        "service_name": slot(service_name),
    }


def _shown(name: str, value: str) -> str:
    """The part of a native value that a person knows: a file's name, a user without the domain."""
    if name in ("file", "program"):
        return value.replace("\\", "/").rsplit("/", 1)[-1]
    return value.rsplit("\\", 1)[-1] if name == "user" else value


def _buttons(page: _Page, node: Node | None, *, acts: bool) -> tuple[Button, ...]:
    """The case's own answers, then できない・わからない."""
    lines = page.lines(node if acts else general()["buttons_none"])
    own = (Button(*line.split(" ", 1)) for line in lines)
    return (*own, Button(HELP_CHOICE, page.line(general()["button_help"])))


def _sms(page: _Page, node: Node | None, *, level: ActionLevel) -> str:
    """Sixty characters at most, no link; the phone number goes first when room is short."""
    body = _Page(facts=page.facts, values=_short(page.values)).line(node)
    if not body:
        return ""
    lead = f"【{page.values['service_name']}】{level.ja}：{body}"
    choices_by_length = (f"{lead}{page.values['phone']}", lead, f"{level.ja}：{body}")
    return next(
        (text for text in choices_by_length if len(unmarked(text)) <= SMS_LIMIT),
        choices_by_length[-1],
    )


def _short(values: Mapping[str, str]) -> dict[str, str]:
    """Slot values for an SMS; marks, where there are any, stay whole."""
    return {
        name: marked(cut(unmarked(value), limit=_SMS_SLOT))
        if value.startswith("<<")
        else cut(value, limit=_SMS_SLOT)
        for name, value in values.items()
    }
