"""What the tests of correlations share: rules named a … d that look at one field, and events."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from hinomi.core.records import Event
from hinomi.detect import Loaded, Refusal
from hinomi.detect.load import join_documents, parse_documents

if TYPE_CHECKING:
    from hinomi.detect.found import Found

NOON = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
RULES = "".join(
    f"---\ntitle: Rule {name}\nid: id-{name}\nname: {name}\nlogsource: {{product: generic}}\n"
    f"detection: {{s: {{kind: {name}}}, condition: s}}\n"
    for name in "abcd"
)


def load(text: str) -> Loaded:
    """The documents of the text, and the rules a … d."""
    found = list(parse_documents((text + RULES).encode(), path="r.yml"))
    refused = [one for one in found if isinstance(one, Refusal)]
    return join_documents([one for one in found if not isinstance(one, Refusal)], refused=refused)


def correlation(body: str, *, name: str = "one", head: str = "") -> str:
    """A correlation document around the lines of its `correlation:` key."""
    lines = "".join(f"  {line.strip()}\n" for line in body.strip().splitlines())
    return f"---\ntitle: {name}\nid: id-{name}\nname: {name}\n{head}correlation:\n{lines}"


def event(number: int, kind: str, *, at: float, organisation: str = "aoi", **fields: str) -> Event:
    """`at`: seconds after noon. It arrives a second after the one before."""
    return Event(
        event_id=f"e{number}",
        organisation=organisation,
        source=fields.pop("source", "s1"),
        shape="generic",
        device="",
        event_time=NOON + timedelta(seconds=at),
        receive_time=NOON + timedelta(seconds=number),
        fields={"kind": kind, "user": "mori", **fields},
        raw=b"",
    )


def fired(one: Event) -> list[str]:
    """The rules a … d that fire on the event: what a RuleSet would say, cheaper."""
    return [f"id-{name}" for name in one.fields["kind"]]


def told(found: Found) -> tuple[str, str, str, str]:
    """Correlation, group, first event, completing event."""
    group, _, first = found.key.rpartition("\0")
    return found.teller.id, group, first, found.event.event_id
