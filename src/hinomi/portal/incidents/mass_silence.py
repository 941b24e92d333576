"""Many sources silent at once: is it us? Holds what customers would be told until that is answered.

A person of the firm answers on screen, or our own health does: most others speak, some by each way
by which the silent ones came, and our parts have done their work for ten minutes. Each hold and
each answer is in the company's 判断の控え.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING

from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from hinomi.portal.access import audit
from hinomi.portal.access.address import address_of
from hinomi.portal.access.time import configuration, now
from hinomi.portal.accounts import post
from hinomi.portal.incidents.campaigns.alarm import managers_of
from hinomi.portal.incidents.campaigns.firms import answering_firm
from hinomi.portal.incidents.decisions import DecisionKind, record_decision
from hinomi.portal.incidents.models import CLOSED_STATES, HeldSilence, Incident, MassSilence
from hinomi.portal.sources.watching import ARRIVING
from hinomi.triage.silence import KIND, is_mass, proves_us_well

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hinomi.portal.access.owned import ScopedQuerySet
    from hinomi.portal.accounts.models import User
    from hinomi.portal.sources.looking import Looked

_WHY_ALL = "the question spans companies; each is told of its own sources only"
_AT_ONCE = timedelta(minutes=15)  # sources notice their silence at different speeds
_WELL_FOR = timedelta(minutes=10)
_LET_BE = timedelta(hours=2)  # after "it was us": who is still silent then has its own reason
_LATELY = timedelta(minutes=5)

log = logging.getLogger(__name__)


def sift(
    looked: Sequence[Looked], *, fresh: Sequence[Looked], is_well: Callable[[], bool]
) -> list[Looked]:
    """Of the sources that fell silent (`fresh`), those whose customers are to be told now."""
    by_source = {one.source: one for one in looked}
    held = _held()
    waiting = {(each.source_id, each.last_alive) for each in held}
    told = _settle(held, by_source, looked=looked, is_well=is_well)
    new = [one for one in fresh if (one.source, one.missing_since) not in waiting]
    if not _is_mass(looked, new=new, held=held):
        return told + _not_of_an_open_question(new)
    return told + _hold(new, looked=looked, is_well=is_well)


def answer(*, mass: MassSilence, choice: str, reason: str, user: User) -> bool:
    """A person says whose fault it is: `customers` or `ours`. False when it was answered before."""
    changed = (
        _masses()
        .filter(pk=mass.pk, answer="")
        .update(answer=choice, answered_at=now(), answered_by=user, reason=reason)
    )
    if changed:
        audit.record(what="incidents:silence:answer", user_id=user.pk, mass=mass.pk, choice=choice)
    return bool(changed)


def _is_mass(
    looked: Sequence[Looked], *, new: Sequence[Looked], held: Sequence[HeldSilence]
) -> bool:
    since = now() - _AT_ONCE
    told = Incident.objects.across_all(reason=_WHY_ALL).filter(kind=KIND, opened_at__gte=since)
    lately = set(told.exclude(state__in=CLOSED_STATES).values_list("organisation_id", "group_key"))
    waiting = {(each.organisation_id, each.source_id) for each in held if not each.settled_at}
    at_once = lately | waiting | {(one.organisation, one.source) for one in new}
    return is_mass(
        silent=len(at_once),
        companies=len({company for company, _ in at_once}),
        judged=sum(one.is_judged for one in looked),
    )


def _not_of_an_open_question(new: Sequence[Looked]) -> list[Looked]:
    """While a firm's question is open, what else falls silent at its customers belongs to it."""
    asked = {mass.firm_id: mass for mass in _masses().filter(answer="")}
    if not asked:
        return list(new)
    told = []
    for one in new:
        mass = asked.get(answering_firm(one.organisation))
        if mass is None:
            told.append(one)
        else:
            _hold_one(one, mass)
    return told


def _hold(
    new: Sequence[Looked], *, looked: Sequence[Looked], is_well: Callable[[], bool]
) -> list[Looked]:
    """Hold them for their firm's answer. Where no firm serves a company nobody can answer: its
    people are told as soon as our own health says that it is not us."""
    by_firm: dict[str, list[Looked]] = defaultdict(list)
    for one in new:
        by_firm[answering_firm(one.organisation)].append(one)
    alone = by_firm.pop("", [])
    told = []
    for firm, ones in by_firm.items():
        if _was_told_not_us(firm):
            told += ones
            continue
        mass = _open_question(firm, silent=len(ones), judged=sum(o.is_judged for o in looked))
        for one in ones:
            _hold_one(one, mass)
    return told + (alone if alone and _are_we_well(looked, alone, is_well) else [])


def _was_told_not_us(firm: str) -> bool:
    """What falls silent minutes after the answer is the same event: it is not asked about again."""
    answers = _masses().filter(firm=firm, answer__in=("customers", "well"))
    return answers.filter(answered_at__gt=now() - _AT_ONCE).exists()


def _open_question(firm: str, *, silent: int, judged: int) -> MassSilence:
    found = _masses().filter(firm=firm, answer="").first()
    if found is not None:
        return found
    log.error("%s sources fell silent at once; asking whether it is us", silent)
    mass = MassSilence.objects.create(firm_id=firm, silent=silent, judged=judged)
    _alarm(firm, silent=silent, judged=judged)
    return mass


def _alarm(firm: str, *, silent: int, judged: int) -> None:
    """The managers are mailed; no company is named, mail is read in many places."""
    service, page = configuration().service_name, address_of(reverse("sensors"))
    body = (
        f"見守っている機器{judged:,}台のうち、{silent:,}台の記録が同時に途絶えました。\n"
        "こちら側の問題かもしれないため、お客様へのお知らせを止めています。\n"
        f"画面で、どちらの問題かを答えてください。\n\n{page}"
    )
    for mail in managers_of(firm):
        post.send_soon(
            EmailMessage(f"【{service}】多くの機器の記録が途絶えました", body, to=[mail])
        )


@transaction.atomic
def _hold_one(one: Looked, mass: MassSilence) -> None:
    if one.missing_since is None:
        return
    HeldSilence.objects.create(
        organisation_id=one.organisation,
        source_id=one.source,
        mass=mass,
        last_alive=one.missing_since,
    )
    since = one.missing_since.isoformat()
    body = {"source": one.source, "silent_since": since, "question": mass.pk}
    _record(one.organisation, DecisionKind.MASS_SILENCE_HELD, body)
    held = HeldSilence.objects.across_all(reason=_WHY_ALL).filter(mass=mass)
    _masses().filter(pk=mass.pk).update(silent=held.count())


def _settle(
    held: Sequence[HeldSilence],
    by_source: dict[str, Looked],
    *,
    looked: Sequence[Looked],
    is_well: Callable[[], bool],
) -> list[Looked]:
    """Carry answers to what waits; returns whose customers are told now."""
    told: list[Looked] = []
    by_mass: dict[int, list[HeldSilence]] = defaultdict(list)
    for each in held:
        if each.settled_at is None:
            by_mass[each.mass_id].append(each)
    for mass in _masses().filter(pk__in=by_mass):
        waiting = [each for each in by_mass[mass.pk] if not _spoke(each, by_source)]
        if not waiting:
            _masses().filter(pk=mass.pk, answer="").update(answer="over", answered_at=now())
        elif not mass.answer:
            _ask_our_health(mass, looked, [by_source[w.source_id] for w in waiting], is_well)
        elif mass.answer == "ours":
            for each in waiting:
                _end(each, "dropped", mass)
        else:
            for each in waiting:
                _end(each, "told", mass)
                told.append(by_source[each.source_id])
    return told


def _spoke(each: HeldSilence, by_source: dict[str, Looked]) -> bool:
    """True when the source speaks again, was switched off after all, or is not taken any more."""
    one = by_source.get(each.source_id)
    if one is not None and one.watch not in ARRIVING:
        return False
    _end(each, "spoke", None)
    return True


def _ask_our_health(
    mass: MassSilence,
    looked: Sequence[Looked],
    silent: Sequence[Looked],
    is_well: Callable[[], bool],
) -> None:
    """Ten minutes in which all we can see of ourselves is well answer for a person."""
    if not _are_we_well(looked, silent, is_well):
        _masses().filter(pk=mass.pk).update(well_since=None)
    elif mass.well_since is None:
        _masses().filter(pk=mass.pk).update(well_since=now())
    elif now() - mass.well_since >= _WELL_FOR:
        _masses().filter(pk=mass.pk, answer="").update(answer="well", answered_at=now())


def _are_we_well(
    looked: Sequence[Looked], silent: Sequence[Looked], is_well: Callable[[], bool]
) -> bool:
    """By what others send first: it costs nothing."""
    judged = [one for one in looked if one.is_judged]
    alive = [one for one in judged if one.watch in ARRIVING]
    lately = now() - _LATELY
    speaking = {one.way for one in alive if one.last_alive and one.last_alive >= lately}
    ways_proved = {one.way for one in silent} <= speaking
    proved = proves_us_well(alive=len(alive), judged=len(judged), ways_proved=ways_proved)
    return proved and is_well()


@transaction.atomic
def _end(each: HeldSilence, outcome: str, mass: MassSilence | None) -> None:
    each.outcome, each.settled_at = outcome, now()
    each.save(update_fields=["outcome", "settled_at"])
    body: dict[str, object] = {
        "source": each.source_id,
        "silent_since": each.last_alive.isoformat(),
        "question": each.mass_id,
    }
    if mass is not None:
        body |= {"answer": mass.answer, "by_person": mass.answered_by_id is not None}
    _record(each.organisation_id, DecisionKind(f"mass_silence_{outcome}"), body)


def _record(organisation_id: str, kind: DecisionKind, body: dict[str, object]) -> None:
    record_decision(organisation_id=organisation_id, kind=kind, incident=None, body=body)


def _held() -> list[HeldSilence]:
    """What waits, and what was dropped a short while ago."""
    rows = HeldSilence.objects.across_all(reason=_WHY_ALL)
    dropped = Q(outcome="dropped", settled_at__gt=now() - _LET_BE)
    return list(rows.filter(Q(settled_at=None) | dropped).order_by("pk"))


def _masses() -> ScopedQuerySet[MassSilence]:
    return MassSilence.objects.across_all(reason=_WHY_ALL)
