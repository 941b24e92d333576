"""Which kind of source a consent is about: the format's own name, whatever a source calls it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.normalise import FORMATS, KINDS
from hinomi.normalise.collected import collected_of
from hinomi.normalise.learned import id_of_kind
from hinomi.normalise.registry import KIN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from hinomi.business.consent import Standing

AUTO = "auto"
# Brings what devices of other kinds say, and of itself only how the box is doing.
RELAY = "relay"
VERSION = "1"  # of the wording in papers/

# Which kinds a company (its id) has sources of is known to an app above this one, which says so
# when it is ready.
IN_USE: list[Callable[[str], Iterable[str]]] = []


def kind_of(kind: str) -> str:
    """The consent's word for a source's kind. A taught format reads what "find out" would."""
    name = KINDS.get(kind, kind)
    return name if name in FORMATS and not id_of_kind(kind) else AUTO


def is_agreed(standing: Standing, kind: str) -> bool:
    """Whether anything of a source of this kind may be taken. A relay needs no consent of its own
    and is none for what it brings: it works while the company agrees to anything."""
    return standing.is_of_any if kind == RELAY else standing.allows(kind_of(kind))


def all_kinds() -> tuple[str, ...]:
    """Everything that can be agreed to."""
    return (*FORMATS, AUTO)


def title_of(kind: str) -> str:
    """In Japanese."""
    return collected_of(kind).title_ja


def in_use(organisation_id: str) -> list[str]:
    """The kinds of the company's sources, also of those that wait for consent."""
    found = {each for ask in IN_USE for each in ask(organisation_id)} - {RELAY}
    return sorted(set(map(kind_of, found)))


def fewer_days(standing: Standing, *, plan_days: int) -> tuple[tuple[str, int], ...]:
    """(Kind, days) where records are kept for fewer days than the plan has.

    What a server sends of its other programs (an agent's sign-in log) is kept as long as what
    itself writes, unless the company agreed to that kind for its own, or to one that finds out.
    """
    own = {kind: standing.days(kind, plan_days=plan_days) for kind in standing.covers}
    brought: dict[str, int] = {}
    for kind, days in own.items():
        for kin in KIN.get(kind, ()):
            brought[kin] = max(days, brought.get(kin, 0), own.get(AUTO, 0))
    return tuple(
        (kind, days) for kind, days in sorted({**brought, **own}.items()) if days < plan_days
    )
