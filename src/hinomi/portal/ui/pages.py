"""Paging of lists: which page was asked for, and links that keep the rest of the question."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import Model, QuerySet
    from django.http import HttpRequest, QueryDict

_Item = TypeVar("_Item")
_Row = TypeVar("_Row", bound="Model")

SIZE = 30
_LAST = 100_000  # past this nobody pages; it keeps OFFSET within what SQLite takes


@dataclass(frozen=True, slots=True)
class Page(Generic[_Item]):
    """One page of a list. `query` is the address's question without the page number."""

    items: Sequence[_Item]
    number: int
    total: int
    size: int
    query: str

    @property
    def pages(self) -> int:
        """How many pages there are; one when the list is empty."""
        return max(1, -(-self.total // self.size))

    @property
    def previous(self) -> str:
        """The link to the page before, "" on the first."""
        return self._link(self.number - 1) if self.number > 1 else ""

    @property
    def following(self) -> str:
        """The link to the next page, "" on the last."""
        return self._link(self.number + 1) if self.number < self.pages else ""

    def _link(self, number: int) -> str:
        return f"?{self.query}&page={number}" if self.query else f"?page={number}"


def asked(request: HttpRequest) -> int:
    """The page number asked for; 1 for anything that is not one."""
    text = request.GET.get("page", "1")
    return min(max(int(text), 1), _LAST) if text.isascii() and text.isdigit() else 1


def page_of(
    rows: QuerySet[_Row], *, number: int, question: QueryDict, size: int = SIZE
) -> Page[_Row]:
    """One page of the rows; a number past the end gives the last page."""
    total = rows.count()
    number = min(number, max(1, -(-total // size)))
    start = (number - 1) * size
    return Page(list(rows[start : start + size]), number, total, size, kept(question))


def page_of_list(
    rows: Sequence[_Item], *, number: int, question: QueryDict, size: int = SIZE
) -> Page[_Item]:
    """The same of rows that were worked out here, not by the database."""
    number = min(number, max(1, -(-len(rows) // size)))
    start = (number - 1) * size
    return Page(rows[start : start + size], number, len(rows), size, kept(question))


def kept(question: QueryDict) -> str:
    """The question without its page number, as text for a link."""
    copy = question.copy()
    copy.pop("page", None)
    return copy.urlencode()
