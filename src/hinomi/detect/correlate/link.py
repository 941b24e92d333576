"""Drafts and the rules they name → correlations, inner ones first; dead references are refused."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from hinomi.detect.correlate.correlation import Correlation, Draft, Part
from hinomi.detect.rule import Refusal, Rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from hinomi.detect.rule import Reference

Target = Rule | Draft


@dataclass(frozen=True, slots=True)
class Linked:
    """`silent` are ids that only feed correlations. With two correlations of different mind, one
    that wants the rule to fire alone wins: a finding too many does less harm than one missing."""

    correlations: tuple[Correlation, ...]
    refused: tuple[Refusal, ...]
    silent: frozenset[str]


def needed_for(wanted: Iterable[Correlation], known: Iterable[Correlation]) -> frozenset[str]:
    """The ids of all rules and correlations that these depend on, however deep."""
    by_id = {one.id: one for one in known}
    needed: set[str] = set()
    waiting = [part.id for one in wanted for part in one.parts]
    while waiting:
        one = waiting.pop()
        if one not in needed:
            needed.add(one)
            waiting += [part.id for part in by_id[one].parts] if one in by_id else []
    return frozenset(needed)


class _Fault(Exception):
    """Not an error of the program: it becomes a Refusal at once."""

    def __init__(self, reason: str, reference: Reference) -> None:
        super().__init__(reason)
        self.refusal = Refusal(
            reference.place.path, reference.place.line, reference.place.column, reason
        )


def link(rules: Sequence[Rule], drafts: Sequence[Draft]) -> Linked:
    """Every draft is either linked or refused; a refused one never silences a rule."""
    linker = _Linker(rules, drafts)
    for draft in drafts:
        linker.visit(draft)
    done = tuple(linker.done.values())
    return Linked(done, tuple(linker.refused), silent_of(done))


def silent_of(correlations: Sequence[Correlation]) -> frozenset[str]:
    """What only feeds a correlation and does not fire by itself."""
    named = {part.id for one in correlations for part in one.parts}
    heard = {part.id for one in correlations if one.generate for part in one.parts}
    return frozenset(named - heard)


@dataclass(slots=True)
class _Linker:
    """Depth first: a correlation is done after those it names."""

    rules: Sequence[Rule]
    drafts: Sequence[Draft]
    done: dict[str, Correlation] = field(default_factory=dict)
    refused: list[Refusal] = field(default_factory=list)
    _ids: dict[str, Target] = field(init=False)
    _names: dict[str, list[Target]] = field(init=False)
    _path: list[str] = field(default_factory=list)
    _failed: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        targets: list[Target] = [*self.rules, *self.drafts]
        self._ids = {target.id: target for target in targets}
        self._names = {}
        for target in targets:
            self._names.setdefault(_head(target).name, []).append(target)

    def visit(self, draft: Draft) -> None:
        """Link it and what it needs; once."""
        if draft.id in self.done or draft.id in self._failed:
            return
        self._path.append(draft.id)
        try:
            targets = [self._follow(reference) for reference in draft.rules]
            parts = tuple(self._part(draft, target) for target in targets)
            _check_aliases(draft, targets)
            self.done[draft.id] = replace(draft.correlation, parts=parts)
        except _Fault as fault:
            self._failed.add(draft.id)
            self.refused.append(fault.refusal)
        finally:
            self._path.pop()

    def _part(self, draft: Draft, target: Target) -> Part:
        asked = "" if isinstance(target, Rule) else target.correlation.asked
        return Part(target.id, _head(target).title, self._fields(draft, target), asked)

    def _follow(self, reference: Reference) -> Target:
        target = self._find(reference)
        if isinstance(target, Rule):
            return target
        if target.id in self._path:
            reason = f"the correlation depends on itself through {reference.text!r}"
            raise _Fault(reason, reference)
        self.visit(target)
        if target.id in self._failed:
            raise _Fault(
                f"it needs the correlation {reference.text!r}, which is refused", reference
            )
        return target

    def _find(self, reference: Reference) -> Target:
        found = self._ids.get(reference.text)
        if found is not None:
            return found
        named = self._names.get(reference.text, [])
        if not named:
            raise _Fault(f"no loaded rule has the id or name {reference.text!r}", reference)
        if len(named) > 1:
            places = ", ".join(f"{_head(one).path}:{_head(one).line}" for one in named[:3])
            raise _Fault(f"several rules have the name {reference.text!r}: {places}", reference)
        return named[0]

    def _fields(self, draft: Draft, target: Target) -> dict[str, str]:
        names = (target.id, _head(target).name)
        return {alias.name: alias.field for alias in draft.aliases if alias.rule.text in names}


def _check_aliases(draft: Draft, targets: Sequence[Target]) -> None:
    known = {name for target in targets for name in (target.id, _head(target).name)}
    for alias in draft.aliases:
        if alias.rule.text not in known:
            reason = f"the alias {alias.name!r} names {alias.rule.text!r}, which is not in 'rules'"
            raise _Fault(reason, alias.rule)


def _head(target: Target) -> Rule | Correlation:
    return target.correlation if isinstance(target, Draft) else target
