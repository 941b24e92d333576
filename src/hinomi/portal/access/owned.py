"""Rows that belong to a company, and the manager that refuses to read them without a scope.

Forgetting the filter is an exception, not a leak: the query is refused when it would run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from django.db import models
from django.db.models import Q

from hinomi.core.errors import HinomiError
from hinomi.portal.access.scope import CustomersOf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hinomi.portal.access.scope import Scope

_Row = TypeVar("_Row", bound=models.Model, covariant=True)


class UnscopedQuery(HinomiError):
    """A query over customers' rows was about to run without saying whose."""


class ScopedQuerySet(models.QuerySet[_Row]):
    """A query set that runs only after `within`, `of` or `across_all` was called on it.

    Rows reached from a row already read (`incident.timeline`) count as scoped by that row.
    """

    _is_scoped = False
    organisation_path = "organisation"

    def within(self, scope: Scope) -> Self:
        """Only the rows of companies in the scope."""
        seen: Q | None = getattr(self.model, "partner_sees", None)
        return self._scoped().filter(scope.condition(self.organisation_path, partner_sees=seen))

    def of(self, organisation_id: str) -> Self:
        """Only the rows of one company, deleted or not (the bell and the commands use it)."""
        return self._scoped().filter(**{self.organisation_path: organisation_id})

    def across_all(self, *, reason: str) -> Self:
        """Every company's rows. `reason` is for the reader: why no single company can be named."""
        if not reason:
            raise UnscopedQuery("across_all needs a reason.")
        return self._scoped()

    def _scoped(self) -> Self:
        chained = self._chain()  # type: ignore[attr-defined]
        chained._is_scoped = True
        return chained  # type: ignore[no-any-return]

    def _clone(self) -> Self:
        clone = super()._clone()  # type: ignore[misc]
        clone._is_scoped = self._is_scoped
        return clone  # type: ignore[no-any-return]

    def _require_scope(self) -> None:
        if self._is_scoped or self._hints.get("instance") is not None:  # type: ignore[attr-defined]
            return
        raise UnscopedQuery(
            f"{self.model.__name__} was read without a scope.",
            advice="Call .within(request.scope) or .of(organisation_id) first.",
        )

    def _fetch_all(self) -> None:
        if self._result_cache is None:
            self._require_scope()
        super()._fetch_all()

    def iterator(self, chunk_size: int | None = None) -> Iterator[_Row]:
        """Refuses without a scope."""
        self._require_scope()
        return super().iterator(chunk_size)

    def count(self) -> int:
        """Refuses without a scope."""
        self._require_scope()
        return super().count()

    def exists(self) -> bool:
        """Refuses without a scope."""
        self._require_scope()
        return super().exists()

    def aggregate(self, *args: Any, **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401 - as in Django
        """Refuses without a scope."""
        self._require_scope()
        return super().aggregate(*args, **kwargs)

    def update(self, **kwargs: Any) -> int:  # noqa: ANN401 - as in Django
        """Refuses without a scope."""
        self._require_scope()
        return super().update(**kwargs)

    def delete(self) -> tuple[int, dict[str, int]]:
        """Refuses without a scope."""
        self._require_scope()
        return super().delete()

    def explain(self, *args: Any, **kwargs: Any) -> str:  # noqa: ANN401 - as in Django
        """Refuses without a scope."""
        self._require_scope()
        return super().explain(*args, **kwargs)


class OrganisationsQuerySet(ScopedQuerySet[_Row]):
    """For the organisation table itself: the row is its own company."""

    organisation_path = "pk"


class FirmOwnedQuerySet(ScopedQuerySet[_Row]):
    """For rows of a firm: who serves the firm's customers reaches them, its customers never."""

    firm_path = "firm"

    def within(self, scope: Scope) -> Self:
        """Only rows of firms whose customers the scope covers."""
        firms = [part.firm_id for part in scope.parts if isinstance(part, CustomersOf)]
        return self._scoped().filter(**{f"{self.firm_path}__in": firms})

    def of_firm(self, firm_id: str) -> Self:
        """Only the rows of one firm."""
        return self._scoped().filter(**{self.firm_path: firm_id})


class OrganisationOwned(models.Model):
    """A row of one company: the company is never null and part of the unique keys.

    `partner_sees` says which rows a partner SOC reads on its slot: not one, unless a table that it
    works with says more."""

    partner_sees: ClassVar[Q | None] = None

    organisation = models.ForeignKey(
        "organisations.Organisation", on_delete=models.PROTECT, related_name="+"
    )

    objects = ScopedQuerySet.as_manager()

    class Meta:
        abstract = True
