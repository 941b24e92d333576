"""A company's own values for rules: on its page, by the command, in the directory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hinomi.portal.access.models import AuditEntry
from hinomi.portal.access.time import configuration
from hinomi.portal.organisations.values import MOST_VALUES, NotAValue, set_values, values_of
from hinomi.store.directory import load
from tests.portal.town import sign_in

if TYPE_CHECKING:
    from tests.portal.town import Town


def post(town: Town, role: str, relation: str, **fields: str) -> int:
    client = sign_in(town.people[role, relation])
    url = f"/customers/{town.aoba.organisation.pk}/values/"
    return int(client.post(url, fields).status_code)


def test_values_are_saved_shown_published_and_in_the_audit_trail(town: Town) -> None:
    company = town.aoba.organisation.pk
    assert post(town, "analyst", "own", name="%servers%", values="FILESV\nBACKUP*\nFILESV\n") == 302
    assert values_of(company) == {"servers": ("FILESV", "BACKUP*")}
    page = sign_in(town.people["analyst", "own"]).get(f"/customers/{company}/").content.decode()
    assert "%servers%" in page
    assert "BACKUP*" in page
    published = load(data=configuration().data).placeholders
    assert published == {company: {"servers": ("FILESV", "BACKUP*")}}
    entry = AuditEntry.objects.get(what="organisations:value:set")
    assert (entry.user_id, entry.organisation_id) == (town.people["analyst", "own"].pk, company)
    assert entry.detail == {"name": "servers", "values": 2, "before": 0}


def test_a_name_is_changed_from_what_it_stands_for(town: Town) -> None:
    company = town.aoba.organisation.pk
    set_values(organisation_id=company, name="servers", values=["FILESV", "BACKUPSV"])
    client = sign_in(town.people["analyst", "own"])
    page = client.get(f"/customers/{company}/?edit=servers").content.decode()
    assert 'value="servers"' in page
    assert "FILESV\nBACKUPSV</textarea>" in page
    assert "</textarea>" in client.get(f"/customers/{company}/?edit=other").content.decode()


def test_an_empty_list_takes_the_name_away(town: Town) -> None:
    assert post(town, "manager", "own", name="servers", values="FILESV") == 302
    assert post(town, "manager", "own", name="servers", values=" \n") == 302
    assert values_of(town.aoba.organisation.pk) == {}
    assert load(data=configuration().data).placeholders == {}


def test_what_changes_nothing_is_no_act(town: Town) -> None:
    for _ in range(2):
        assert post(town, "analyst", "own", name="servers", values="FILESV") == 302
    assert AuditEntry.objects.filter(what="organisations:value:set").count() == 1


@pytest.mark.parametrize(
    ("role", "relation", "status"),
    [
        ("desk", "own", 403),
        ("owner", "own", 403),
        ("analyst", "other firm", 404),
        ("manager", "ended", 404),
    ],
)
def test_only_analysts_and_managers_of_the_serving_firm_may(
    town: Town, role: str, relation: str, status: int
) -> None:
    assert post(town, role, relation, name="servers", values="FILESV") == status
    assert values_of(town.aoba.organisation.pk) == {}


def test_who_may_not_sees_the_values_without_a_form(town: Town) -> None:
    company = town.aoba.organisation.pk
    set_values(organisation_id=company, name="servers", values=["FILESV"])
    page = sign_in(town.people["desk", "own"]).get(f"/customers/{company}/").content.decode()
    assert "%servers%" in page
    assert f"/customers/{company}/values/" not in page


@pytest.mark.parametrize(
    ("name", "values", "said"),
    [
        ("", "x", "名前を入力してください。"),
        ("日本", "x", "名前は、英字・数字"),
        ("servers", "x" * 201, "値は、1つ200文字まで"),
        ("servers", "a\x1b[31m", "値は、1つ200文字まで"),
    ],
)
def test_what_no_rule_could_use_is_refused_with_the_words_kept(
    town: Town, name: str, values: str, said: str
) -> None:
    client = sign_in(town.people["analyst", "own"])
    url = f"/customers/{town.aoba.organisation.pk}/values/"
    answer = client.post(url, {"name": name, "values": f"KEPT-WORD\n{values}"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert said in page
    assert "KEPT-WORD" in page
    assert values_of(town.aoba.organisation.pk) == {}


def test_a_list_that_would_slow_every_worker_is_refused(town: Town) -> None:
    many = [f"HOST-{number}" for number in range(MOST_VALUES + 1)]
    with pytest.raises(NotAValue):
        set_values(organisation_id=town.aoba.organisation.pk, name="servers", values=many)
