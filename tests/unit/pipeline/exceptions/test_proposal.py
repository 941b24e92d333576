"""A proposed exception is a valid filter that means the events it was made from."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hinomi.core.records import Event
from hinomi.detect import Logsource
from hinomi.detect.exceptions import ExceptionRule
from hinomi.normalise import aliases_by_shape
from hinomi.pipeline.exceptions.proposal import Proposal, propose

NOW = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
GIT = {"type": "PATH", "exe": "/usr/bin/git", "key": "delete", "pid": "7", "name": "/home/a/.git/x"}


def _propose(*events: dict[str, str]) -> Proposal:
    source = Logsource(product="linux", service="auditd")
    made = propose(rule_id="r", title="Hidden files", logsource=source, events=events)
    assert made is not None
    return made


def _is_meant(proposal: Proposal, fields: dict[str, str]) -> bool:
    rule = ExceptionRule(proposal.text, path="p", aliases=aliases_by_shape())
    return rule.means(Event("E", "aoi", "s", "auditd", "", NOW, NOW, fields, b""))


def test_what_all_have_in_common_is_asked_for_and_what_changes_is_not() -> None:
    made = _propose(GIT, GIT | {"pid": "8", "name": "/home/a/.git/y"})
    assert made.selection == {"exe": "/usr/bin/git", "key": "delete"}
    assert (made.covers, made.of) == (2, 2)
    assert _is_meant(made, GIT | {"pid": "9"})
    assert not _is_meant(made, GIT | {"exe": "/tmp/git"})


def test_the_most_frequent_doer_is_covered_and_the_rest_counted() -> None:
    made = _propose(GIT, GIT, GIT | {"exe": "/usr/bin/nc"})
    assert (made.covers, made.of) == (2, 3)
    assert not _is_meant(made, GIT | {"exe": "/usr/bin/nc"})


def test_files_without_a_doer_are_meant_by_their_folder() -> None:
    """A PATH record of the audit does not say who wrote: git's folder is what one knows."""
    files = ("/home/a/notes/.git/HEAD", "/home/a/notes/.git/refs/x", "/home/a/.ssh/config")
    made = _propose(*({"type": "PATH", "name": name} for name in files))
    assert made.selection == {"name|startswith": "/home/a/notes/.git/"}
    assert (made.covers, made.of) == (2, 3)
    assert _is_meant(made, {"type": "PATH", "name": "/home/a/notes/.git/objects/1"})
    assert not _is_meant(made, {"type": "PATH", "name": "/home/a/.ssh/config"})


@pytest.mark.parametrize("name", ["/etc/passwd", "/home/a/x", "x", "/x", "notes/a/b/c/d"])
def test_a_whole_etc_is_never_proposed(name: str) -> None:
    source = Logsource(product="linux", service="auditd")
    events = [{"type": "PATH", "name": name}] * 5
    assert propose(rule_id="r", title="t", logsource=source, events=events) is None


def test_of_two_equal_doers_the_order_of_events_decides_nothing() -> None:
    other = GIT | {"exe": "/usr/bin/nc"}
    assert _propose(GIT, other) == _propose(other, GIT)


def test_events_that_say_nothing_of_a_doer_give_no_proposal() -> None:
    source = Logsource(product="linux", service="auditd")
    events = [{"exe": ""}, {"comm": "(null)"}, {}]
    assert propose(rule_id="r", title="t", logsource=source, events=events) is None


def test_the_same_proposal_twice_is_the_same_document() -> None:
    assert _propose(GIT).text == _propose(GIT).text


@pytest.mark.parametrize(
    "value",
    [
        "C:\\Tools\\a.exe",
        "\\\\server\\share\\",
        "a*b?c",
        "\\*",
        "1",
        "null",
        "yes",
        "ひ",
        "%x%",
        "'q'",
        "# no",
    ],
)
def test_a_value_with_signs_of_sigma_or_yaml_means_itself(value: str) -> None:
    fields = {"type": "PATH", "exe": value}
    made = _propose(fields)
    assert _is_meant(made, fields)
    assert not _is_meant(made, {"type": "PATH", "exe": f"{value}x"})


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=2, max_size=40))
def test_any_text_means_itself_and_no_longer_text(value: str) -> None:
    fields = {"type": "PATH", "exe": value}
    made = _propose(fields)
    assert _is_meant(made, fields)
    assert not _is_meant(made, {"type": "PATH", "exe": f"{value}x"})
