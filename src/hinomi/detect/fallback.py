"""What a bad edit would take away stays as it was: rules, correlations and filters of a file that
was read before and is refused now. A file that is gone is gone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hinomi.detect.correlate.link import silent_of
from hinomi.detect.filters import apply_filters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hinomi.detect.correlate.correlation import Correlation
    from hinomi.detect.rule import Filter, Loaded, Rule


def with_fallback(loaded: Loaded, before: Loaded | None) -> Loaded:
    """`loaded`, and of `before` what its refusals would take away. The refusals stay."""
    if before is None or not loaded.refused:
        return loaded
    broken = {refusal.path for refusal in loaded.refused}
    here = {one.id for one in (*loaded.tellers, *loaded.filters)}
    filters = [one for one in before.filters if _is_lost(one, broken, here)]
    rules = [one for one in before.rules if _is_lost(one, broken, here)]
    own, _ = apply_filters(loaded.rules, filters)
    correlations = (*loaded.correlations, *_linked(before, broken, here | {r.id for r in rules}))
    return replace(
        loaded,
        rules=(*own, *rules),
        correlations=correlations,
        filters=(*loaded.filters, *filters),
        silent=silent_of(correlations),
    )


def _is_lost(one: Rule | Correlation | Filter, broken: set[str], here: set[str]) -> bool:
    return one.path in broken and one.id not in here


def _linked(before: Loaded, broken: set[str], known: set[str]) -> Iterator[Correlation]:
    """Correlations whose parts are all still there; inner ones come first."""
    found = set(known)
    for one in before.correlations:
        if _is_lost(one, broken, known) and found.issuperset(part.id for part in one.parts):
            found.add(one.id)
            yield one
