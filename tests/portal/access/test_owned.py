"""Forgetting whose rows to read is an exception, whatever the query looks like."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.apps import apps
from django.db.models import Count

from hinomi.portal.access.owned import OrganisationOwned, ScopedQuerySet, UnscopedQuery
from hinomi.portal.access.scope import CustomersOf, Scope, scope_of
from hinomi.portal.access.time import now
from hinomi.portal.incidents.models import Incident, TimelineEntry
from hinomi.portal.organisations.models import Membership, Organisation

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet

    from tests.portal.town import Town

RUNS: dict[str, Callable[[QuerySet[Incident]], object]] = {
    "iteration": list,
    "iterator": lambda rows: list(rows.iterator()),
    "count": lambda rows: rows.count(),
    "exists": lambda rows: rows.exists(),
    "first": lambda rows: rows.first(),
    "last": lambda rows: rows.last(),
    "get": lambda rows: rows.get(pk=1),
    "values": lambda rows: list(rows.values("number")),
    "aggregate": lambda rows: rows.aggregate(n=Count("pk")),
    "update": lambda rows: rows.update(level="none"),
    "delete": lambda rows: rows.delete(),
    "slice": lambda rows: list(rows[:1]),
    "in_bulk": lambda rows: rows.in_bulk([1]),
    "union": lambda rows: list(rows.union(rows)),
    "explain": lambda rows: rows.explain(),
}


@pytest.mark.parametrize("run", RUNS.values(), ids=list(RUNS))
def test_a_query_without_a_scope_is_refused(
    town: Town, run: Callable[[QuerySet[Incident]], object]
) -> None:
    with pytest.raises(UnscopedQuery):
        run(Incident.objects.filter(level="now"))


def test_nothing_was_changed_by_the_refused_update(town: Town) -> None:
    with pytest.raises(UnscopedQuery):
        Incident.objects.update(level="none")
    everything = Incident.objects.across_all(reason="test")
    assert set(everything.values_list("level", flat=True)) == {"now"}


def test_a_scope_of_one_company_shows_only_its_rows(town: Town) -> None:
    rows = Incident.objects.within(scope_of(town.aoba.organisation.id))
    assert [row.number for row in rows] == [town.aoba.incident.number]


def test_a_firm_reaches_the_companies_it_serves_now(town: Town) -> None:
    scope = Scope((CustomersOf(town.firm.id, now()),))
    names = Organisation.objects.within(scope).values_list("name", flat=True)
    assert set(names) == {"青葉工務店", "文京歯科"}


def test_an_empty_scope_shows_nothing(town: Town) -> None:
    assert not Incident.objects.within(Scope()).exists()


def test_a_deleted_company_is_in_no_scope(town: Town) -> None:
    organisation = town.aoba.organisation
    organisation.deleted_at = now()
    organisation.save()
    assert not Incident.objects.within(scope_of(organisation.id)).exists()


def test_the_scope_survives_further_filters(town: Town) -> None:
    rows = Incident.objects.within(scope_of(town.aoba.organisation.id))
    assert rows.exclude(level="none").order_by("pk").filter(device__contains="PC").count() == 1


def test_rows_reached_from_a_row_count_as_scoped(town: Town) -> None:
    incident = Incident.objects.within(scope_of(town.aoba.organisation.id)).get()
    assert incident.timeline.count() == 2
    rows = Incident.objects.of(town.aoba.organisation.id).prefetch_related("timeline")
    assert [len(row.timeline.all()) for row in rows] == [2]


def test_reading_across_all_companies_needs_a_reason(town: Town) -> None:
    with pytest.raises(UnscopedQuery):
        TimelineEntry.objects.across_all(reason="")


def test_every_table_of_a_company_is_guarded() -> None:
    """A new model with an organisation must inherit the guard, and the column must be required."""
    own = [
        model
        for model in apps.get_models()
        if model.__module__.startswith("hinomi.")
        and any(field.name == "organisation" for field in model._meta.fields)
    ]
    # These may belong to a firm instead.
    loose = {
        "AccessKey", "AuditEntry", "CustomerRoute", "FaxReturn", "FormatDraft", "Handed", "Letter",
        "MailRoute", "Membership", "RuleException", "WayUse",
    }  # fmt: skip
    for model in own:
        assert isinstance(model._default_manager.all(), ScopedQuerySet) or (
            model.__name__ == "AuditEntry"
        ), model
        if model.__name__ not in loose:
            assert issubclass(model, OrganisationOwned), model
            assert not model._meta.get_field("organisation").null, model
    assert len(own) > 8


def test_memberships_are_guarded_too(town: Town) -> None:
    with pytest.raises(UnscopedQuery):
        list(Membership.objects.all())
