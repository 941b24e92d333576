"""Where a part's group and value fields stand in its events: the same names its rule may use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.detect import facts
from hinomi.detect.bind import bind
from hinomi.detect.read_value import number_of
from hinomi.detect.reference import applies

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hinomi.core.records import Event
    from hinomi.detect.bind import Bound
    from hinomi.detect.correlate.correlation import Correlation, Part
    from hinomi.detect.rule import Rule

BETWEEN = "\x1f"  # no field of a log holds a unit separator that means anything
_LONGEST = 1_000


class FieldReader:
    """Reads group keys and values out of events on which a part's rule fired."""

    def __init__(self, rules: Iterable[Rule], *, aliases: Mapping[str, Mapping[str, str]]) -> None:
        self._aliases = aliases
        self._bound: dict[str, list[Bound]] = {}
        for bound in bind(rules, aliases):
            self._bound.setdefault(bound.rule.id, []).append(bound)

    def group(
        self, one: Correlation, part: Part, event: Event, given: Mapping[str, str]
    ) -> dict[str, str] | None:
        """The event's values of the group fields; None when one is missing: it is in no group."""
        found = {}
        for name in one.group_by:
            value = self._value(part, name, event, given)
            if value is None:
                return None
            found[name] = value
        return found

    def value(
        self, one: Correlation, part: Part, event: Event, given: Mapping[str, str]
    ) -> str | float | None:
        """What the condition measures: a number, or texts to be told apart (ignoring case)."""
        texts = [self._value(part, name, event, given) for name in one.values]
        known = [text for text in texts if text is not None]
        if len(known) < len(texts):
            return None
        if one.is_numeric:
            return number_of(known[0])
        return BETWEEN.join(known).lower()

    def _value(self, part: Part, name: str, event: Event, given: Mapping[str, str]) -> str | None:
        field = part.fields.get(name, name)
        if field in given:
            return given[field]
        found = facts.find(event, self._names(part, field, event))
        return found[1][:_LONGEST] if found else None

    def _names(self, part: Part, field: str, event: Event) -> facts.Names:
        for bound in self._bound.get(part.id, ()):
            if applies(bound.route, event):
                return bound.names(field)
        return facts.candidates(field, {}, self._aliases.get(event.shape, {}))


def key_of(group: Mapping[str, str]) -> str:
    """One text for the values of a group; like all values of Sigma they ignore case."""
    return BETWEEN.join(group.values()).lower()
