"""The papers of a company's consent: fixed words from files, the rest from what is true today."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import msgspec
from django.utils.timezone import localdate

from hinomi.business.consent import Purpose
from hinomi.normalise.collected import collected_of
from hinomi.pipeline.report.paper import Paper, Part, Table
from hinomi.portal.access.time import configuration, now
from hinomi.portal.consents.kinds import in_use, title_of
from hinomi.portal.consents.queries import entrusted_for, provider_of, standing_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from hinomi.business.consent import Standing
    from hinomi.portal.consents.queries import Holder
    from hinomi.portal.organisations.models import Organisation

WARNING = "この文面は、弁護士の確認を受けてから使ってください。"
PAPERS = ("consent", "notice", "safety")
_FIELDS_SHOWN = 12  # names of a group; the page of the format in the docs has all


@dataclass(frozen=True, slots=True)
class _Written:
    """One part as the file has it."""

    title: str
    text: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    boxes: tuple[str, ...] = ()
    fill: str = ""


@dataclass(frozen=True, slots=True)
class _File:
    title: str
    parts: tuple[_Written, ...]
    sign: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """What the generated parts are made from. `is_signed`: something holds already; else the paper
    is a proposal for the kinds the company has sources of."""

    kinds: tuple[str, ...]
    standing: Standing
    plan_days: int
    holders: tuple[Holder, ...]
    fixed: dict[str, str] = field(default_factory=dict)

    @property
    def purposes(self) -> frozenset[Purpose]:
        """Those that hold for every kind."""
        held = [cover.purposes for cover in self.standing.covers.values()]
        return frozenset.intersection(*held) if held else frozenset({Purpose.WATCH})


@cache
def _file(name: str) -> _File:
    text = (files("hinomi.portal.consents") / "papers" / f"{name}.yml").read_bytes()
    return msgspec.yaml.decode(text, type=_File)


def paper(name: str, company: Organisation) -> Paper:
    """One of PAPERS for this company, as of today."""
    written, facts = _file(name), facts_of(company)
    return Paper(
        title=written.title,
        to=f"{company.name} 様",
        by=facts.fixed["provider"],
        made=day_words(localdate(now())),
        warning=WARNING,
        parts=tuple(_part(each, facts) for each in written.parts),
        sign=written.sign,
    )


def facts_of(company: Organisation) -> Facts:
    """What holds for the company, or would."""
    standing = standing_of(company.id)
    kinds = sorted({*standing.covers, *in_use(company.id)})
    provider = provider_of(company.id) or configuration().service_name
    return Facts(
        kinds=tuple(kinds),
        standing=standing,
        plan_days=company.retention_days,
        holders=tuple(entrusted_for(company.id, day=localdate(now()))),
        fixed={"company": company.name, "provider": provider},
    )


def day_words(day: date) -> str:
    """「2026年11月21日」."""
    return f"{day.year}年{day.month}月{day.day}日"


def _part(written: _Written, facts: Facts) -> Part:
    filled = _FILLS[written.fill](facts) if written.fill else Part()
    return Part(
        title=written.title,
        text=(*(_with(each, facts) for each in written.text), *filled.text),
        points=(*(_with(each, facts) for each in written.points), *filled.points),
        boxes=(*((False, each) for each in written.boxes), *filled.boxes),
        table=filled.table,
    )


def _with(text: str, facts: Facts) -> str:
    """Plain replacement: a company's name may hold braces."""
    for name, value in facts.fixed.items():
        text = text.replace("{" + name + "}", value)
    return text


def _purposes(facts: Facts) -> Part:
    return Part(boxes=tuple((each in facts.purposes, each.ja) for each in Purpose))


def _fields(facts: Facts) -> Part:
    rows = []
    for kind in facts.kinds:
        collected = collected_of(kind)
        for number, group in enumerate(collected.groups):
            shown = "、".join(group.fields[:_FIELDS_SHOWN])
            more = len(group.fields) - _FIELDS_SHOWN
            told = f"{shown}{f' ほか{more}項目' if more > 0 else ''}" or "すべて"
            rows.append((collected.title_ja if number == 0 else "", group.title_ja, told))
    return _table(
        ("機器の種類", "集めるもの", "機器での項目の名前"), rows, "機器はまだありません。"
    )


def _groups(facts: Facts) -> Part:
    """Each group once, for people who do not know the devices."""
    titles = [group.title_ja for kind in facts.kinds for group in collected_of(kind).groups]
    points = tuple(dict.fromkeys(titles))
    return Part(points=points) if points else Part(text=("送られる記録はまだありません。",))


def _days(facts: Facts) -> Part:
    days = [
        (title_of(kind), f"{facts.standing.days(kind, plan_days=facts.plan_days)}日")
        for kind in facts.kinds
    ]
    return _table(("機器の種類", "残す日数"), days, f"計画では{facts.plan_days}日です。")


def _entrusted(facts: Facts) -> Part:
    rows = [(each.name, each.work, each.place, span_words(each)) for each in facts.holders]
    return _table(("名前", "頼む仕事", "場所", "期間"), rows, "記録を渡す再委託先はありません。")


def span_words(holder: Holder) -> str:
    """「2026年4月1日から」."""
    end = f"{day_words(holder.valid_to)}まで" if holder.valid_to else ""
    return f"{day_words(holder.valid_from)}から{end}"


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]], empty: str) -> Part:
    return Part(table=Table(head, tuple(rows))) if rows else Part(text=(empty,))


_FILLS: dict[str, Callable[[Facts], Part]] = {
    "purposes": _purposes,
    "fields": _fields,
    "groups": _groups,
    "days": _days,
    "entrusted": _entrusted,
}
