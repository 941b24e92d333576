"""Who may ask for an exception, where it holds, and how it ends."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError, transaction

from hinomi.core.errors import RuleRefused, UsageError
from hinomi.portal.access.models import AuditEntry
from hinomi.portal.access.time import configuration, now
from hinomi.portal.exceptions.models import RuleException
from hinomi.portal.exceptions.queries import listed
from hinomi.portal.exceptions.services import add_exception, end_exception
from hinomi.portal.organisations.services import UnknownThing, end_engagement
from hinomi.portal.sources.publication import publish_if_changed
from hinomi.store.directory import load

if TYPE_CHECKING:
    from hinomi.core.directory import RuleException as Told
    from tests.portal.town import Town

BACKUP = """
title: The nightly backup
logsource: {product: linux, service: auditd}
filter:
  rules: [rule-1]
  selection: {comm: tar}
  condition: not selection
"""
_ALL = "the test looks at all of them"


def _add(town: Town, **changes: Any) -> RuleException:
    given = {
        "document": BACKUP,
        "path": "backup.yml",
        "organisation_id": town.aoba.organisation.id,
        "owner_mail": town.people["analyst", "own"].email,
        "reason": "毎晩のバックアップ",
        "days": 30,
    }
    return add_exception(**given | changes)


def _told() -> tuple[Told, ...]:
    publish_if_changed()
    return load(data=configuration().data).exceptions


def test_the_worker_is_told_of_it_until_it_ends(town: Town) -> None:
    row = _add(town)
    (told,) = _told()
    assert told.organisations == (town.aoba.organisation.id,)
    assert (told.id, told.filter, told.until) == (row.id, BACKUP, row.until)
    end_exception(exception_id=row.id)
    assert _told() == ()


def test_an_exception_of_a_firm_holds_where_the_firm_serves_and_nowhere_else(town: Town) -> None:
    _add(town, organisation_id="", firm_id=town.firm.id)
    (told,) = _told()
    assert set(told.organisations) == {town.aoba.organisation.id, town.fumi.organisation.id}
    end_engagement(firm_id=town.firm.id, organisation_id=town.fumi.organisation.id)
    (told,) = _told()
    assert told.organisations == (town.aoba.organisation.id,)


def test_the_same_twice_is_one_and_a_new_one_after_its_end(town: Town) -> None:
    first = _add(town)
    assert _add(town) == first
    end_exception(exception_id=first.id)
    assert _add(town) != first


@pytest.mark.parametrize("days", [0, -1, 181])
def test_it_holds_half_a_year_at_most(town: Town, days: int) -> None:
    with pytest.raises(UsageError, match="1 to 180 days"):
        _add(town, days=days)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"reason": "  "}, UsageError),
        ({"organisation_id": ""}, UsageError),
        ({"organisation_id": "org_nobody"}, UnknownThing),
        ({"owner_mail": "nobody@example.com"}, UnknownThing),
        ({"document": BACKUP.replace("[rule-1]", "any")}, RuleRefused),
    ],
    ids=["no reason", "no place", "no such company", "no such person", "from every rule"],
)
def test_what_nobody_answers_for_is_refused(
    town: Town, changes: dict[str, str], error: type[Exception]
) -> None:
    with pytest.raises(error):
        _add(town, **changes)
    assert not RuleException.objects.across_all(reason=_ALL).exists()


@pytest.mark.parametrize("who", [("owner", "own"), ("analyst", "other firm"), ("analyst", "ended")])
def test_only_staff_who_serve_the_company_answer_for_it(town: Town, who: tuple[str, str]) -> None:
    with pytest.raises(UsageError, match="does not work for a firm"):
        _add(town, owner_mail=town.people[who].email)


def test_an_expired_one_is_listed_but_not_told(town: Town) -> None:
    row = _add(town)
    past = now() - timedelta(days=1)
    RuleException.objects.across_all(reason=_ALL).update(
        since=past - timedelta(days=30), until=past
    )
    assert _told() == ()
    assert [(one["id"], one["state"]) for one in listed()] == [(row.id, "expired")]
    end_exception(exception_id=row.id)
    assert [one["state"] for one in listed()] == ["expired"], "it had ended by itself"


def test_a_list_for_one_company_shows_no_other_companys(town: Town) -> None:
    _add(town)
    _add(town, organisation_id="", firm_id=town.firm.id)
    assert len(listed(organisation_id=town.aoba.organisation.id)) == 2
    assert [one["firm"] for one in listed(organisation_id=town.fumi.organisation.id)] == [
        town.firm.id
    ]
    assert listed(organisation_id=town.umi.organisation.id) == []


def test_both_acts_leave_an_entry_in_the_audit(town: Town) -> None:
    row = _add(town)
    end_exception(exception_id=row.id)
    entries = AuditEntry.objects.filter(what__startswith="exceptions:").order_by("pk")
    assert [entry.what for entry in entries] == ["exceptions:add", "exceptions:end"]
    assert {entry.detail["exception"] for entry in entries} == {row.id}


def test_the_database_itself_refuses_one_that_belongs_to_nobody(town: Town) -> None:
    _add(town)
    rows = RuleException.objects.across_all(reason=_ALL)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(organisation=None)
