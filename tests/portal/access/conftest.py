"""What walks every address for everybody makes dear tables once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hinomi.portal.rules.queries import coverage

if TYPE_CHECKING:
    from hinomi.portal.rules.queries.coverage import CoverageView, Marks

_make = coverage._made.__wrapped__
_kept: dict[Marks, CoverageView] = {}


def _made_once(data: str, marks: Marks) -> CoverageView:
    """The rules are the same in every folder of these tests: a process of seconds runs once."""
    if marks not in _kept:
        _kept[marks] = _make(data, marks)
    return _kept[marks]


@pytest.fixture(autouse=True)
def _coverage_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coverage, "_made", _made_once)
