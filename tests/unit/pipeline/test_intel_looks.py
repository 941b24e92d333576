"""What a view calls an address, name, URL or hash, intelligence looks up, in every format."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hinomi.core.indicators import Indicator
from hinomi.core.records import Event
from hinomi.detect.intel import Finder, Kind, Look, NotAnIndicator, guess
from hinomi.normalise import FileProblem, read_path, view
from hinomi.pipeline.intel.looks import look_of

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).resolve().parents[2] / "goldens" / "formats"
SAMPLES = sorted(path for path in FOLDER.glob("*/*") if not path.name.endswith(".expected.jsonl"))
NAMES = (
    "source.ip", "destination.ip", "destination.domain", "url.domain", "url.original",
    "dns.question.name", "file.hash.md5", "file.hash.sha1", "file.hash.sha256",
    "process.hash.md5", "process.hash.sha1", "process.hash.sha256", "email.from.address",
    "email.to.address",
)  # fmt: skip
# A view finds these in an inner document (AD FS writes XML into a field), puts them together of a
# host and a path (both are looked up for themselves), or takes them from behind another's @.
_OUT_OF_TEXT = {
    ("windows", "source.ip"),
    ("cisco_esa", "file.hash.sha256"),
    ("sonicwall", "url.original"),
    ("watchguard", "url.original"),
    ("postfix", "destination.domain"),
}


class One:
    """A set of one indicator."""

    name = "one"
    has_private = True

    def __init__(self, indicator: Indicator) -> None:
        self._known = indicator
        self.prefixes: dict[int, tuple[int, ...]] = {}

    def find(self, kind: Kind, value: str) -> Indicator | None:
        return self._known if self._known.key == (kind, value) else None


def events(sample: Path) -> Iterator[Event]:
    received = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
    for item in read_path(sample, timezone="Asia/Tokyo", receive_time=received):
        assert not isinstance(item, FileProblem)
        if isinstance(item.result, Event):
            yield item.result


def values(event: Event) -> Iterator[tuple[str, str]]:
    ecs = view(event, "ecs")
    for name in NAMES:
        value = ecs.get(name)
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, str):
                yield name, each


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_what_the_view_names_is_found(sample: Path) -> None:
    missed = []
    for event in events(sample):
        for name, value in values(event):
            try:
                key = guess(value)
            except NotAnIndicator:
                continue
            is_found = Finder(One(Indicator(*key)), look_of)(event)
            if not is_found and (event.shape, name) not in _OUT_OF_TEXT:
                missed.append((name, value, dict(event.fields)))
    assert not missed, missed[:3]


@pytest.mark.parametrize(
    ("shape", "field", "look"),
    [
        ("fortigate", "dstip", Look.DESTINATION),
        ("fortigate", "srcip", Look.SOURCE),
        ("fortigate", "qname", Look.NAME),
        ("windows", "Hashes", Look.HASH),
        ("windows", "CommandLine", Look.TEXT),
        ("windows", "QueryName", Look.NAME),
        ("windows", "QueryResults", Look.ANSWERS),
        ("sophos", "sha1sum", Look.HASH),
        ("linux", "src_ip", Look.SOURCE),
        ("generic", "dstIP", Look.DESTINATION),
        ("generic", "destination.ip", Look.DESTINATION),
        ("windows", "destination.ip", Look.DESTINATION),
        ("generic", "whatever", None),
        ("windows", "User", None),
    ],
)
def test_a_field_is_looked_at_as_what_it_holds(shape: str, field: str, look: Look | None) -> None:
    assert look_of(shape, field) is look
