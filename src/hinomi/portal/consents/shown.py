"""What the page of a company's consent shows, ready to print."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.timezone import localdate

from hinomi.business.consent import Act, Purpose
from hinomi.portal.access.time import now
from hinomi.portal.consents.kinds import in_use, title_of
from hinomi.portal.consents.paper import day_words, span_words
from hinomi.portal.consents.queries import entrusted_for, history, standing_of

if TYPE_CHECKING:
    from hinomi.business.consent import Cover
    from hinomi.portal.consents.models import ConsentStep
    from hinomi.portal.organisations.models import Organisation

_DONE = {
    Act.SIGNED.value: "同意しました",
    Act.ADDED.value: "加えました",
    Act.WITHDRAWN.value: "取りやめました",
}


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind that is agreed to."""

    title: str
    purposes: str
    days: int


@dataclass(frozen=True, slots=True)
class Line:
    """One step of the history. `way` says how it reached us, `by` who wrote it down."""

    day: str
    done: str
    signer: str
    about: str
    way: str
    by: str


@dataclass(frozen=True, slots=True)
class ConsentView:
    """The page. `waiting` are kinds of sources that nothing is taken of."""

    company: Organisation
    kinds: tuple[Kind, ...]
    waiting: tuple[str, ...]
    has_signature: bool
    entrusted: tuple[tuple[str, str], ...]
    history: tuple[Line, ...]

    @property
    def sentence(self) -> str:
        """How it stands, in one sentence."""
        if not self.kinds:
            return "見守りの同意はありません。記録は受け取っていません。"
        if self.waiting:
            return "同意を待っている機器があります。"
        return "見守りの同意があります。"


def consent(company: Organisation) -> ConsentView:
    """Everything the page says."""
    standing, steps = standing_of(company.id), history(company.id)
    numbers = {cover.number for cover in standing.covers.values()}
    return ConsentView(
        company=company,
        kinds=tuple(
            Kind(
                title_of(kind), _words(cover), standing.days(kind, plan_days=company.retention_days)
            )
            for kind, cover in standing.covers.items()
        ),
        waiting=tuple(title_of(k) for k in in_use(company.id) if not standing.allows(k)),
        has_signature=any(step.pk in numbers and step.signer for step in steps),
        entrusted=tuple(
            (f"{each.name}（{each.work}）", span_words(each))
            for each in entrusted_for(company.id, day=localdate(now()))
        ),
        history=tuple(map(_line, steps)),
    )


def _words(cover: Cover) -> str:
    return "、".join(each.ja for each in Purpose if each in cover.purposes)


def _line(step: ConsentStep) -> Line:
    kinds = "、".join(map(title_of, step.kinds)) or "すべての種類"
    purposes = "、".join(each.ja for each in Purpose if each.value in step.purposes)
    return Line(
        day=day_words(step.signed_on),
        done=_DONE[step.act],
        signer=step.signer or "署名なし",
        about=f"{kinds}（{purposes}）",
        way=step.get_way_display(),
        by=step.recorded_by.shown_name if step.recorded_by else "",
    )
